"""From what somebody typed to a queued submission, or a refusal that says how to mend it."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ConfigDict, Field, field_validator

from leaderboard import catalogue
from leaderboard.domain import (
    Conflict,
    Event,
    Finding,
    Forbidden,
    Limits,
    ModelFacts,
    ModelRef,
    Person,
    Plan,
    Precision,
    ReasoningMode,
    Refused,
    Status,
    Submission,
    Task,
    Word,
    check_repo_id,
    check_revision,
    failed,
    now,
    rejections,
)
from leaderboard.record import Record
from submissions import checks, costs, doubles, fitting
from submissions.costs import Cost
from submissions.hub.facts import HubFacts
from submissions.limits import Gate

ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class Request(Word):
    """What is asked for: `POST /api/v1/submissions` (DESIGN §8)."""

    model_config = ConfigDict(populate_by_name=True)

    model: str = Field(max_length=200)
    """Hub id, org/name."""
    revision: str | None = Field(default=None, max_length=200)
    """Branch, tag or commit; None: the default branch. Resolved to a commit before anything else."""
    task: str = Field(max_length=64)
    hardware: str = Field(max_length=64)
    precision: Precision | None = None
    """None: the hardware class's default."""
    protocol: str = Field(default="offline-b1", max_length=64)
    reasoning: ReasoningMode = "off"
    """Off unless asked for: the frugal default."""
    note: str = Field(default="", max_length=500)
    owner: str = Field(default="", max_length=200, alias="for")
    """An organisation of the person who asks, by its subject id or its name; empty: for themselves."""

    @field_validator("note", "owner")
    @classmethod
    def _shown_as_text(cls, value: str) -> str:
        """Without characters that no page can show."""
        return "".join(" " if unicodedata.category(sign) == "Cc" and sign != "\n" else sign for sign in value)


@dataclass(frozen=True)
class Preview:
    """What would be done, before anybody presses a button."""

    plan: Plan
    facts: ModelFacts
    findings: tuple[Finding, ...]
    cost: Cost
    tasks: tuple[Task, ...]
    """Tasks that the model's architecture does, the most fitting first."""
    waits_s: float | None = None
    """How long it would wait for a runner, seconds; None: not known."""

    @property
    def refused(self) -> bool:
        """Whether it could not be submitted as it is."""
        return bool(rejections(self.findings))


class Intake:
    """Checks requests against the Hub and the record, and queues what passes."""

    def __init__(
        self,
        record: Record,
        hub: HubFacts,
        *,
        gate: Gate | None = None,
        when_received: Callable[[], None] | None = None,
        waits_s: Callable[[str], float | None] = lambda _: None,
    ) -> None:
        """
        Args:
            gate: the limits; None: the queue's usual cap alone.
            when_received: told of each submission, where somebody else queues it once it is safe.
            waits_s: how long a new submission for a hardware class would wait, seconds; None: not known.
        """
        self.gate = gate or Gate(record, Limits().only_queue())
        self._record = record
        self._hub = hub
        self._when_received = when_received
        self._waits_s = waits_s

    def preview(self, request: Request) -> Preview:
        """The plan, what it costs, and every check's finding; nothing is written.

        Raises:
            BadInput, UnknownName: the request itself is malformed.
            NotFound, Refused, HubUnavailable: what the Hub said.
        """
        plan, facts, findings = self._checked(request)
        return Preview(
            plan=plan,
            facts=facts,
            findings=findings,
            cost=costs.cost(self._record, plan, facts),
            tasks=tuple(fitting.fitting_tasks(facts)),
            waits_s=self._waits_s(plan.hardware),
        )

    def _checked(self, request: Request) -> tuple[Plan, ModelFacts, tuple[Finding, ...]]:
        """What is asked for as a plan, what the Hub says of it, and every check's finding."""
        repo_id = check_repo_id(request.model)
        revision = check_revision(request.revision) if request.revision else None
        task = catalogue.task(request.task)
        hardware = catalogue.hardware(request.hardware)
        catalogue.protocol(request.protocol)
        facts = self._hub.facts(repo_id, revision)
        precision = request.precision or facts.quantised or hardware.default_precision
        plan = catalogue.make_plan(
            ModelRef(repo_id=facts.repo_id, sha=facts.sha, precision=precision),
            task=task.id,
            hardware=hardware.id,
            protocol=request.protocol,
            reasoning=request.reasoning,
        )
        account = self._hub.account if facts.gated else ""
        findings = (
            checks.is_at_commit(facts, revision),
            *checks.check_model(facts, task, hardware, precision, account),
            checks.queries_pinned(plan),
            doubles.not_there_already(self._record, plan),
            doubles.no_other_name(self._record, facts, plan),
        )
        return plan, facts, findings

    def tasks_for(self, model: str, revision: str | None) -> list[Task]:
        """The tasks that a model's architecture does, the most fitting first; raises as `preview`."""
        repo_id = check_repo_id(model)
        return fitting.fitting_tasks(self._hub.facts(repo_id, check_revision(revision) if revision else None))

    def submit(self, request: Request, person: Person, *, address: str = "") -> Submission:
        """Queue the request. `address`: a keyed hash of the network address that it came from.

        Raises:
            TooMany: a limit of the person's or the address's is reached, or the queue is full.
            Refused: a check failed, or the same run is queued or done; `findings` say which, and the remedy.
            Forbidden: it is for an organisation that the person does not act for.
            And what `preview` raises.
        """
        owner, owner_name = owner_of(request, person)
        self.gate.check(person, owner=owner, address=address)
        plan, facts, findings = self._checked(request)
        no = rejections(findings)
        if no:
            raise Refused(no[0].message, no[0].remedy, findings)
        submission = Submission(
            id="".join(secrets.choice(ID_ALPHABET) for _ in range(12)),
            plan=plan,
            facts=facts,
            submitted_by=person.subject,
            submitted_by_name=person.name,
            owner=owner,
            owner_name=owner_name,
            submitted_at=now(),
            note=request.note,
        )
        try:
            events = [_received_event(submission, findings)]
            if self._when_received is None:
                events.append(queued_event(submission))
            limits = self.gate.limits_of(person)
            self._record.submit(submission, events, address=address, limits=limits)
        except Conflict as error:
            finding = failed(doubles.NAME, error.message, error.remedy)
            raise Refused(error.message, error.remedy, [*findings, finding]) from error
        if self._when_received is not None:
            self._when_received()
        return submission


def owner_of(request: Request, person: Person) -> tuple[str, str]:
    """Subject id and name of whom a request is for; both empty: for the person themselves.

    Raises:
        Forbidden: it is neither them nor an organisation of theirs, as the Hub said when they signed in.
    """
    wanted = request.owner.strip()
    if wanted in ("", person.subject, person.name):
        return "", ""
    for org in person.orgs:
        if wanted in (org.subject, org.name) and person.speaks_for(org.subject):
            return org.subject, org.name
    yours = ", ".join(org.name for org in person.orgs) or "none"
    raise Forbidden(
        f"You do not act for {wanted[:60]!r} here.",
        f"Your organisations as the Hub told them when you signed in: {yours}. Sign in again if you "
        "joined one since.",
    )


def queued_event(submission: Submission) -> Event:
    """That it waits for a runner now."""
    minutes = submission.plan.expected_duration_s / 60
    return Event(
        status=Status.QUEUED,
        at=now(),
        actor="space",
        message=f"Waiting for a runner; measuring should take about {max(minutes, 0.1):.1f} minutes.",
    )


def _received_event(submission: Submission, findings: tuple[Finding, ...]) -> Event:
    return Event(
        status=Status.RECEIVED,
        at=submission.submitted_at,
        actor=submission.submitted_by,
        message=f"All {len(findings)} checks allow it.",
        detail={"findings": [finding.model_dump(mode="json") for finding in findings]},
    )
