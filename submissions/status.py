"""What became of a submission: its page, the same as JSON, and what its owner may do to it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from leaderboard import catalogue
from leaderboard.board.render import Pages
from leaderboard.domain import (
    Event,
    Finding,
    NotFound,
    Status,
    now,
)
from leaderboard.record import Record
from submissions.accounts import Accounts, own_page
from submissions.accounts.seam import may_change, require_change


def create_status(record: Record, pages: Pages, accounts: Accounts) -> APIRouter:
    """Routes under `/submissions/{id}`."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/submissions/{submission_id}", methods=["GET", "HEAD"])
    def show(request: Request, submission_id: str) -> HTMLResponse:
        whole = _whole(record, submission_id)
        may_cancel = may_change(accounts.person(request), whole["submission"])
        return pages.render("submission.html", request, may_cancel=may_cancel, **whole)

    @router.post("/submissions/{submission_id}/cancel", dependencies=[Depends(own_page(accounts))])
    def cancel_form(request: Request, submission_id: str) -> RedirectResponse:
        person = require_change(accounts, request, record.submission(submission_id))
        cancel(record, submission_id, person.subject)
        return RedirectResponse(f"/submissions/{submission_id}", status_code=303)

    return router


def create_status_api(record: Record, accounts: Accounts) -> APIRouter:
    """Routes under `/api/v1/submissions/{id}` (DESIGN §8)."""
    router = APIRouter(prefix="/api/v1", tags=["submissions"])

    @router.api_route("/submissions/{submission_id}", methods=["GET", "HEAD"])
    def show(submission_id: str) -> dict[str, Any]:
        """A submission with its timeline."""
        return as_json(record, submission_id)

    @router.post("/submissions/{submission_id}/cancel", dependencies=[Depends(own_page(accounts))])
    def cancel_api(request: Request, submission_id: str) -> dict[str, str]:
        """Cancel a submission that has not been measured yet."""
        person = require_change(accounts, request, record.submission(submission_id))
        return {"status": cancel(record, submission_id, person.subject).value}

    return router


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
