"""From what somebody typed to a queued submission, or a refusal that says how to mend it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import Field

from leaderboard import catalogue
from leaderboard.domain import (
    Conflict,
    Event,
    Finding,
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
    Word,
    check_repo_id,
    failed,
    now,
    rejections,
)
from leaderboard.record import Record
from submissions import checks
from submissions.hub_facts import HubFacts
from submissions.limits import Gate

_ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class Request(Word):
    """What is asked for: `POST /api/v1/submissions` (DESIGN §8)."""

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


@dataclass(frozen=True)
class Preview:
    """What would be done, before anybody presses a button."""

    plan: Plan
    facts: ModelFacts
    findings: tuple[Finding, ...]


class Intake:
    """Checks requests against the Hub and the record, and queues what passes."""

    def __init__(
        self,
        record: Record,
        hub: HubFacts,
        *,
        gate: Gate | None = None,
        when_received: Callable[[], None] | None = None,
    ) -> None:
        """`gate`: the limits; None: the queue's usual cap alone.

        `when_received`: told of each submission, where somebody else queues it once it is safe.
        """
        self.gate = gate or Gate(record, Limits().only_queue())
        self._record = record
        self._hub = hub
        self._when_received = when_received

    def preview(self, request: Request) -> Preview:
        """The plan and every check's finding; nothing is written.

        Raises:
            BadInput, UnknownName: the request itself is malformed.
            NotFound, Refused, HubUnavailable: what the Hub said.
        """
        repo_id = check_repo_id(request.model)
        task = catalogue.task(request.task)
        hardware = catalogue.hardware(request.hardware)
        catalogue.protocol(request.protocol)
        facts = self._hub.facts(repo_id, request.revision or None)
        precision = request.precision or hardware.default_precision
        plan = catalogue.make_plan(
            ModelRef(repo_id=facts.repo_id, sha=facts.sha, precision=precision),
            task=task.id,
            hardware=hardware.id,
            protocol=request.protocol,
            reasoning=request.reasoning,
        )
        return Preview(plan, facts, tuple(checks.check_model(facts, task, hardware, precision)))

    def submit(self, request: Request, person: Person, *, address: str = "") -> Submission:
        """Queue the request. `address`: a keyed hash of the network address that it came from.

        Raises:
            TooMany: a limit of the person's or the address's is reached, or the queue is full.
            Refused: a check failed, or the same run is queued or done; `findings` say which, and the remedy.
            And what `preview` raises.
        """
        self.gate.check(person, address=address)
        preview = self.preview(request)
        no = rejections(preview.findings)
        if no:
            raise Refused(no[0].message, no[0].remedy, preview.findings)
        submission = Submission(
            id="".join(secrets.choice(_ID_ALPHABET) for _ in range(12)),
            plan=preview.plan,
            facts=preview.facts,
            submitted_by=person.subject,
            submitted_by_name=person.name,
            submitted_at=now(),
            note=request.note,
        )
        try:
            events = [_received_event(submission, preview.findings)]
            if self._when_received is None:
                events.append(queued_event(submission))
            limits = self.gate.limits_of(person)
            self._record.submit(submission, events, address=address, limits=limits)
        except Conflict as error:
            finding = failed("not-there-already", error.message, error.remedy)
            raise Refused(error.message, error.remedy, [*preview.findings, finding]) from error
        if self._when_received is not None:
            self._when_received()
        return submission


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
