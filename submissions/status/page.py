"""What became of a submission: its page, the same as JSON, and what may be done to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field

from leaderboard.board.address import public_address
from leaderboard.board.feed import MEDIA_TYPE as ATOM
from leaderboard.board.render import Pages
from leaderboard.domain import Person, Status, Word
from leaderboard.record import Record
from submissions.accounts import Accounts, own_page
from submissions.accounts.seam import is_owner, may_change, require, require_change
from submissions.desk.log import By, written
from submissions.outlook import Outlook
from submissions.status import changes
from submissions.status.changes import LONGEST_REASON, Verb
from submissions.status.disputes import Disputes
from submissions.status.news import feed_of
from submissions.status.told import Told, as_json, is_development, tell
from submissions.status.words import owner_words

_READ = ["GET", "HEAD"]
_LONGEST_FIELD = 8 * LONGEST_REASON
"""Above what is kept, so that who writes a little too much is told so in words."""
Reason = Annotated[str, Form(max_length=_LONGEST_FIELD)]


class Why(Word):
    """Why somebody does it; kept and shown."""

    reason: str = Field(default="", max_length=_LONGEST_FIELD)


Given = Annotated[Why | None, Body()]


@dataclass(frozen=True)
class Doors:
    """What a reader may do to a submission: shown as forms."""

    verbs: tuple[Verb, ...]
    owner: bool
    """Whether it is theirs, or they operate."""
    theirs: bool
    """Whether it is theirs; an operator has to say why they touch somebody else's."""
    no_rerun: str
    """Why its owner cannot have it run again, where they might expect it; else empty."""


def create_status(
    record: Record, pages: Pages, accounts: Accounts, disputes: Disputes, outlook: Outlook | None = None
) -> APIRouter:
    """Routes under `/submissions/{id}`."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/submissions/{submission_id}.atom", methods=_READ)
    def news(request: Request, submission_id: str) -> Response:
        feed = feed_of(tell(record, submission_id, outlook), public_address(request))
        return Response(feed, media_type=ATOM)

    @router.api_route("/submissions/{submission_id}", methods=_READ)
    def show(request: Request, submission_id: str) -> HTMLResponse:
        told, person = tell(record, submission_id, outlook), accounts.person(request)
        return pages.render(
            "submission.html",
            request,
            told=told,
            doors=doors_for(told, person),
            owner=owner_words(told.submission),
            development=is_development(told.submission),
        )

    @router.post("/submissions/{submission_id}/{verb}", dependencies=[Depends(own_page(accounts))])
    def act(request: Request, submission_id: str, verb: Verb, reason: Reason = "") -> RedirectResponse:
        _act(request, submission_id, verb, reason)
        return RedirectResponse(f"/submissions/{submission_id}", status_code=303)

    def _act(request: Request, submission_id: str, verb: Verb, reason: str) -> None:
        person = _may(record, accounts, request, submission_id, verb)
        if verb == "dispute":
            disputes.dispute(submission_id, person, reason)
        else:
            _change(record, submission_id, verb, person, reason)

    return router


def create_status_api(
    record: Record, accounts: Accounts, disputes: Disputes, outlook: Outlook | None = None
) -> APIRouter:
    """Routes under `/api/v1/submissions/{id}` (DESIGN §8)."""
    router = APIRouter(prefix="/api/v1", tags=["submissions"])

    def change(request: Request, submission_id: str, verb: Verb, why: Why | None) -> dict[str, str]:
        person = _may(record, accounts, request, submission_id, verb)
        status = _change(record, submission_id, verb, person, why.reason if why else "")
        return {"status": status.value}

    @router.head("/submissions/{submission_id}", include_in_schema=False)
    @router.get("/submissions/{submission_id}")
    def show(submission_id: str) -> dict[str, Any]:
        """A submission with its timeline, and why each act is not possible now (empty: it is)."""
        return as_json(tell(record, submission_id, outlook))

    @router.post("/submissions/{submission_id}/cancel", dependencies=[Depends(own_page(accounts))])
    def cancel(request: Request, submission_id: str, why: Given = None) -> dict[str, str]:
        """Cancel a submission that has not been measured yet."""
        return change(request, submission_id, "cancel", why)

    @router.post("/submissions/{submission_id}/rerun", dependencies=[Depends(own_page(accounts))])
    def rerun(request: Request, submission_id: str, why: Given = None) -> dict[str, str]:
        """Queue a submission again that ended without a figure by a fault of ours."""
        return change(request, submission_id, "rerun", why)

    @router.post("/submissions/{submission_id}/withdraw", dependencies=[Depends(own_page(accounts))])
    def withdraw(request: Request, submission_id: str, why: Given = None) -> dict[str, str]:
        """Take back a result, with a reason; its page stays, and its rating says so."""
        return change(request, submission_id, "withdraw", why)

    @router.post("/submissions/{submission_id}/dispute", dependencies=[Depends(own_page(accounts))])
    def dispute(request: Request, submission_id: str, why: Given = None) -> dict[str, str]:
        """Doubt a rating, with a reason: a notice stands beside it, and it is measured again."""
        person = _may(record, accounts, request, submission_id, "dispute")
        retest = disputes.dispute(submission_id, person, why.reason if why else "")
        return {"retest": retest, "url": f"/submissions/{retest or submission_id}"}

    return router


_OWNERS: dict[Verb, Any] = {
    "cancel": changes.cancel,
    "rerun": changes.rerun,
    "withdraw": changes.withdraw,
}


def _change(record: Record, submission_id: str, verb: Verb, person: Person, reason: str) -> Status:
    """An owner's act. What an operator does to somebody else's stands in the operators' log first."""
    effect = partial(_OWNERS[verb], record, submission_id, person, reason)
    not_now = changes.why_not(verb, record.events(submission_id), operator=person.operator)
    if not_now or is_owner(person, record.submission(submission_id)):
        status: Status = effect()
        return status
    with written(record, By(person, reason), verb, submission_id, kind="submission"):
        answer: Status = effect()
    return answer


def doors_for(told: Told, person: Person | None) -> Doors:
    """What a page offers its reader."""
    owner = may_change(person, told.submission)
    operator = person is not None and person.operator
    verbs = tuple(
        verb
        for verb in changes.VERBS
        if (owner or (verb == "dispute" and person is not None))
        and not changes.why_not(verb, told.events, operator=operator)
    )
    rerun = changes.why_not("rerun", told.events, operator=operator) if told.fault else ""
    theirs = person is not None and is_owner(person, told.submission)
    return Doors(verbs, owner, theirs, rerun)


def _may(record: Record, accounts: Accounts, request: Request, submission_id: str, verb: Verb) -> Person:
    """Who does it. A dispute is open to anybody who is signed in, the rest to the owner.

    Raises:
        SignInNeeded, Forbidden: as `require_change`.
        NotFound: there is no such submission.
    """
    submission = record.submission(submission_id)
    return require(accounts, request) if verb == "dispute" else require_change(accounts, request, submission)
