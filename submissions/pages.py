"""The form, the page of a submission, the queue; and the same as JSON."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from leaderboard import catalogue
from leaderboard.board.render import Pages
from leaderboard.domain import (
    BadInput,
    Event,
    Finding,
    NotFound,
    Precision,
    Refused,
    StarwattError,
    Status,
    now,
)
from leaderboard.record import Record, SubmissionRow
from submissions import intake
from submissions.keeper import Keeper
from submissions.policy import CLOSED, same_origin, who

_WAIT_FOR_HUB_S = 5.0
"""What is safe by then is said to be so; what is not follows on the submission's page."""


def create_pages(record: Record, desk: intake.Intake, pages: Pages, single_user: bool) -> APIRouter:
    """Routes `/submit`, `/submissions/{id}`, `/queue`."""
    router = APIRouter(include_in_schema=False)
    nothing: dict[str, Any] = {"error": None, "findings": (), "closed": "" if single_user else CLOSED}

    def form(request: Request, values: dict[str, str], status: int = 200, **context: Any) -> HTMLResponse:
        return pages.render(
            "submit.html", request, status, values=values, **_choices(), **{**nothing, **context}
        )

    @router.api_route("/submit", methods=["GET", "HEAD"])
    def show_form(request: Request) -> HTMLResponse:
        asked = {name: request.query_params.get(name, "")[:200] for name in _FIELDS}
        offered = {"reasoning": "off", "hardware": _hardware_at_hand(record)}
        return form(request, {name: value or offered.get(name, "") for name, value in asked.items()})

    @router.post("/submit", dependencies=[Depends(same_origin)])
    def submit(
        request: Request,
        model: Annotated[str, Form()] = "",
        task: Annotated[str, Form()] = "",
        hardware: Annotated[str, Form()] = "",
        revision: Annotated[str, Form()] = "",
        precision: Annotated[str, Form()] = "",
        protocol: Annotated[str, Form()] = "offline-b1",
        reasoning: Annotated[str, Form()] = "off",
        note: Annotated[str, Form()] = "",
    ) -> Response:
        values = {
            "model": model.strip(),
            "task": task,
            "hardware": hardware,
            "revision": revision.strip(),
            "precision": precision,
            "protocol": protocol,
            "reasoning": reasoning,
            "note": note,
        }
        try:
            wanted = request_of({name: value for name, value in values.items() if value})
            submission = desk.submit(wanted, who(single_user))
        except StarwattError as error:
            findings = error.findings if isinstance(error, Refused) else ()
            return form(request, values, error.http_status, error=error, findings=findings)
        return RedirectResponse(f"/submissions/{submission.id}", status_code=303)

    @router.api_route("/submissions/{submission_id}", methods=["GET", "HEAD"])
    def show(request: Request, submission_id: str) -> HTMLResponse:
        return pages.render(
            "submission.html", request, may_cancel=single_user, **_whole(record, submission_id)
        )

    @router.post("/submissions/{submission_id}/cancel", dependencies=[Depends(same_origin)])
    def cancel_form(submission_id: str) -> RedirectResponse:
        cancel(record, submission_id, who(single_user))
        return RedirectResponse(f"/submissions/{submission_id}", status_code=303)

    @router.api_route("/queue", methods=["GET", "HEAD"])
    def queue(request: Request) -> HTMLResponse:
        return pages.render("queue.html", request, rows=record.queue(), workers=record.workers())

    return router


def create_api(
    record: Record, desk: intake.Intake, single_user: bool, keeper: Keeper | None = None
) -> APIRouter:
    """Routes under `/api/v1`: submissions and the queue (DESIGN §8).

    `keeper`: who knows when a submission is safe; None: it is as soon as the record has it.
    """
    router = APIRouter(prefix="/api/v1", tags=["submissions"])

    @router.post("/submissions", status_code=202, dependencies=[Depends(same_origin)])
    def submit(request: intake.Request) -> dict[str, str]:
        """Submit a model; refused with findings when a check fails."""
        submission = desk.submit(request, who(single_user))
        answer = {
            "id": submission.id,
            "status": record.status(submission.id).value,
            "url": f"/submissions/{submission.id}",
        }
        if keeper is not None and keeper.hub_first:
            answer["status"] = Status.RECEIVED.value
            answer["safe_in"] = "hub" if keeper.is_safe(_WAIT_FOR_HUB_S) else "disk"
        return answer

    @router.post("/submissions/preview", dependencies=[Depends(same_origin)])
    def preview(request: intake.Request) -> dict[str, Any]:
        """What would be measured, for how long, and what each check says; nothing is queued."""
        seen = desk.preview(request)
        return {
            "plan": seen.plan.model_dump(mode="json"),
            "facts": seen.facts.model_dump(mode="json"),
            "findings": [finding.model_dump(mode="json") for finding in seen.findings],
            "expected_duration_s": seen.plan.expected_duration_s,
        }

    @router.api_route("/submissions/{submission_id}", methods=["GET", "HEAD"])
    def show(submission_id: str) -> dict[str, Any]:
        """A submission with its timeline."""
        return as_json(record, submission_id)

    @router.post("/submissions/{submission_id}/cancel", dependencies=[Depends(same_origin)])
    def cancel_api(submission_id: str) -> dict[str, str]:
        """Cancel a submission that has not been measured yet."""
        return {"status": cancel(record, submission_id, who(single_user)).value}

    @router.api_route("/queue", methods=["GET", "HEAD"])
    def queue() -> dict[str, Any]:
        """What waits and what runs, and which runners were heard from."""
        return {
            "items": [_row_json(place, row) for place, row in enumerate(record.queue(), start=1)],
            "runners": [
                {"machine": machine, "hardware": list(hardware), "last_seen": seen.isoformat()}
                for machine, hardware, seen in record.workers()
            ],
        }

    return router


_FIELDS = ("model", "task", "hardware", "revision", "precision", "protocol", "reasoning", "note")


def _choices() -> dict[str, Any]:
    return {
        "tasks": list(catalogue.tasks().values()),
        "hardware": list(catalogue.hardware_classes().values()),
        "protocols": [protocol for protocol in catalogue.protocols().values() if protocol.available],
        "precisions": get_args(Precision),
    }


def _hardware_at_hand(record: Record) -> str:
    """The class whose runner was heard from last, so that what is chosen first can be measured; or empty."""
    heard = record.workers()
    return heard[0].hardware[0] if heard else ""


def request_of(values: dict[str, str]) -> intake.Request:
    """Form or command-line values as a request.

    Raises:
        BadInput: a field is missing or too long; the message names it.
    """
    missing = [name for name in ("model", "task", "hardware") if not values.get(name)]
    if missing:
        raise BadInput(f"{missing[0].capitalize()} is missing.", "Fill it in and submit again.")
    try:
        return intake.Request.model_validate(values)
    except ValueError as error:
        field = str(error).splitlines()[1].strip()
        raise BadInput(f"{field} cannot be read.", "Choose one of the values the form offers.") from error


def cancel(record: Record, submission_id: str, actor: str) -> Status:
    """Cancel a submission; a running one is stopped by its runner at the next heartbeat.

    Raises:
        Conflict: it has ended already.
    """
    event = Event(status=Status.CANCELLED, at=now(), actor=actor, message="Cancelled on request.")
    return record.append(submission_id, event)


def _whole(record: Record, submission_id: str) -> dict[str, Any]:
    submission = record.submission(submission_id)
    events = record.events(submission_id)
    last = events[-1].detail
    findings = events[0].detail.get("findings", [])
    return {
        "submission": submission,
        "status": events[-1].status,
        "sentence": events[-1].status.sentence,
        "development": catalogue.hardware(submission.plan.hardware).development,
        "events": events,
        "findings": [Finding.model_validate(finding) for finding in findings],
        "progress": record.progress(submission_id),
        "log": record.log(submission_id),
        "run_id": last.get("run_id"),
        "rating": _rating(record, last.get("rating_id")),
        "position": _position(record, submission_id),
    }


def _rating(record: Record, rating_id: str | None) -> Any:
    try:
        return record.rating(rating_id) if rating_id else None
    except NotFound:
        return None


def _position(record: Record, submission_id: str) -> int | None:
    """Its place among those that wait for the same hardware, 1 is next; None once it does not wait."""
    waiting = [row.submission for row in record.queue() if row.status is Status.QUEUED]
    mine = next((submission for submission in waiting if submission.id == submission_id), None)
    if mine is None:
        return None
    same = [submission.id for submission in waiting if submission.plan.hardware == mine.plan.hardware]
    return same.index(submission_id) + 1


def as_json(record: Record, submission_id: str) -> dict[str, Any]:
    """A submission as the API tells it."""
    whole = _whole(record, submission_id)
    submission, status = whole["submission"], whole["status"]
    return {
        "id": submission.id,
        "status": status.value,
        "sentence": status.sentence,
        "final": status.final,
        "url": f"/submissions/{submission.id}",
        "model": submission.plan.model.repo_id,
        "revision": submission.plan.model.sha,
        "task": submission.plan.task,
        "hardware": submission.plan.hardware,
        "precision": submission.plan.model.precision,
        "protocol": submission.plan.protocol,
        "reasoning": submission.plan.reasoning,
        "submitted_at": submission.submitted_at.isoformat(),
        "expected_duration_s": submission.plan.expected_duration_s,
        "position": whole["position"],
        "progress": whole["progress"].model_dump(mode="json") if whole["progress"] else None,
        "events": [event.model_dump(mode="json", exclude={"detail"}) for event in whole["events"]],
        "run_id": whole["run_id"],
        "rating_id": whole["rating"].id if whole["rating"] else None,
    }


def _row_json(place: int, row: SubmissionRow) -> dict[str, Any]:
    plan = row.submission.plan
    return {
        "place": place,
        "id": row.submission.id,
        "status": row.status.value,
        "model": plan.model.repo_id,
        "task": plan.task,
        "hardware": plan.hardware,
        "attempt": row.attempt,
        "worker": row.worker,
        "progress": row.progress.model_dump(mode="json") if row.progress else None,
    }
