"""Asking for a model to be rated, over HTTP: submit, and look before one does (DESIGN §8)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request

from leaderboard.domain import Finding, ModelFacts, Person, Plan, Status, Submission, Word
from leaderboard.record import Record
from submissions import intake
from submissions.accounts import Accounts, own_page
from submissions.accounts.seam import require
from submissions.costs import Cost
from submissions.form.suggestions import suggestions
from submissions.hub.facts import HubFacts
from submissions.keeper import Keeper
from submissions.policy import address_of

_WAIT_FOR_HUB_S = 5.0
"""What is safe by then is said to be so; what is not follows on the submission's page."""


class Accepted(Word):
    """A submission that was taken."""

    id: str
    status: Status
    url: str
    """Path of its page; `/api/v1` before it gives its JSON."""
    safe_in: str | None = None
    """`hub` or `disk`, where submissions wait for the Hub; else absent."""


class Seen(Word):
    """What would be done, before it is asked for."""

    plan: Plan
    facts: ModelFacts
    findings: tuple[Finding, ...]
    """Every check, passed ones too, each with its remedy."""
    refused: bool
    """Whether one of them forbids it."""
    expected_duration_s: float
    """The plan's own length, seconds."""
    cost: Cost
    waits_s: float | None
    """How long it would wait for a runner, seconds; null: not known."""
    fitting_tasks: tuple[str, ...]
    """Ids of the tasks that the model's architecture does, the most fitting first."""


class Found(Word):
    """Models whose name holds a text."""

    models: tuple[str, ...]


def create_form_api(
    record: Record, desk: intake.Intake, accounts: Accounts, hub: HubFacts, keeper: Keeper | None = None
) -> APIRouter:
    """Routes under `/api/v1`.

    `keeper`: who knows when a submission is safe; None: it is as soon as the record has it.
    """
    router = APIRouter(prefix="/api/v1", tags=["submissions"])

    @router.post(
        "/submissions",
        status_code=202,
        response_model_exclude_none=True,
        dependencies=[Depends(own_page(accounts))],
    )
    def submit(request: Request, wanted: intake.Request) -> Accepted:
        """Submit a model; refused with findings when a check fails."""
        return take(record, desk, wanted, require(accounts, request), keeper, address_of(request))

    @router.post("/submissions/preview", dependencies=[Depends(own_page(accounts))])
    def preview(wanted: intake.Request) -> Seen:
        """What would be measured, how long it takes and what it costs, and what each check says; nothing is
        queued."""
        return seen(desk.preview(wanted))

    @router.get("/suggestions")
    def suggest(q: str = "") -> Found:
        """Models whose name holds `q`: those that are rated, then those that the Hub finds; ten at most."""
        return Found(models=tuple(suggestions(record, hub, q)))

    return router


def take(
    record: Record,
    desk: intake.Intake,
    wanted: intake.Request,
    person: Person,
    keeper: Keeper | None,
    address: str = "",
) -> Accepted:
    """Submit, and say how safe it is by now. Raises as `Intake.submit`."""
    submission: Submission = desk.submit(wanted, person, address=address)
    url = f"/submissions/{submission.id}"
    if keeper is not None and keeper.hub_first:
        safe_in = "hub" if keeper.is_safe(_WAIT_FOR_HUB_S) else "disk"
        return Accepted(id=submission.id, status=Status.RECEIVED, url=url, safe_in=safe_in)
    return Accepted(id=submission.id, status=record.status(submission.id), url=url)


def seen(preview: intake.Preview) -> Seen:
    """A preview as the API tells it."""
    return Seen(
        plan=preview.plan,
        facts=preview.facts,
        findings=preview.findings,
        refused=preview.refused,
        expected_duration_s=preview.plan.expected_duration_s,
        cost=preview.cost,
        waits_s=preview.waits_s,
        fitting_tasks=tuple(task.id for task in preview.tasks),
    )


def as_tool(answer: Word) -> dict[str, Any]:
    """An answer as JSON, without what does not apply to it."""
    return {name: value for name, value in answer.model_dump(mode="json").items() if value is not None}
