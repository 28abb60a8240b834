"""Submissions in every state, people of every kind, and the routes of a submission's page over them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from leaderboard import board, editions
from leaderboard.domain import Event, Fault, Org, Person, Progress, Rating, Run, Status, Submission, now
from leaderboard.record import Record
from submissions.accounts.seam import Accounts
from submissions.status.disputes import Disputes
from submissions.status.live import Streams, create_live
from submissions.status.page import create_status, create_status_api
from tests import builders
from tests.submissions.people import Asking

ORG = Org(subject="org-1", name="The Org")
OWNER = Person(subject="id-owner", name="Olga Owner", orgs=(ORG,))
COLLEAGUE = Person(subject="id-colleague", name="Carl Colleague", orgs=(ORG,))
LEFT = Person(subject=OWNER.subject, name=OWNER.name)
"""The owner after they left the organisation; asks as `left`."""
STRANGER = Person(subject="id-stranger", name="Sam Stranger")
OPERATOR = Person(subject="id-operator", name="Opal Operator", operator=True)
PEOPLE = {person.subject: person for person in (OWNER, COLLEAGUE, STRANGER, OPERATOR)} | {"left": LEFT}
RUNNER = "rack-7"


def named() -> Asking:
    """Accounts in which a header says who asks."""
    return Asking(lambda request: PEOPLE.get(request.headers.get("x-person", "")), sign_in="/sign-in")


def app_of(record: Record, accounts: Accounts | None = None, streams: Streams | None = None) -> FastAPI:
    """The site with a submission's routes; who asks is said by the header `X-Person`."""
    known = accounts or named()
    app = FastAPI(docs_url=None, redoc_url=None)
    site = board.create_site(record, version="0.1.0", single_user=False, about=known.about)
    site.install(app)
    disputes, opened = Disputes(record), streams or Streams(record)
    app.state.before_end = (opened.end,)
    app.include_router(create_status(record, site.pages, known, disputes))
    app.include_router(create_status_api(record, known, disputes))
    app.include_router(create_live(record, opened))
    return app


def submitted(record: Record, model: str = builders.MODEL, **fields: Any) -> Submission:
    """A queued submission of the owner's, made for their organisation."""
    asked = {
        "submitted_by": OWNER.subject,
        "submitted_by_name": OWNER.name,
        "owner": ORG.subject,
        "owner_name": ORG.name,
        **fields,
    }
    submission = builders.submission(builders.plan(model), **asked)
    events = [
        builders.event(Status.RECEIVED, actor=submission.submitted_by, message="All 7 checks allow it."),
        builders.event(Status.QUEUED, message="Waiting for a runner."),
    ]
    record.submit(submission, events)
    return submission


def claimed(record: Record, submission: Submission) -> int:
    """Take it as a runner; returns the fence."""
    claim = record.claim([submission.plan.hardware], RUNNER, 300)
    assert claim is not None
    assert claim.submission.id == submission.id
    return claim.fence


def running(record: Record, submission: Submission, fraction: float = 0.4) -> int:
    """Claimed, started, heard of; returns the fence."""
    fence = claimed(record, submission)
    record.append(submission.id, _event(Status.RUNNING, actor=RUNNER), fence=fence)
    progress = Progress(fraction=fraction, message="window 2 of 3", remaining_s=90.0, heartbeat_at=now())
    record.heartbeat(submission.id, fence, progress, 300)
    return fence


def ended(
    record: Record, submission: Submission, status: Status, fault: Fault = Fault.OURS, **detail: Any
) -> Run | None:
    """Done with a rating, or rejected or failed by somebody's fault; returns the run where there is one."""
    fence = running(record, submission)
    if status is Status.FAILED:
        event = _event(status, actor=RUNNER, message="The Hub did not answer.", remedy="Run it again.")
        event = event.model_copy(update={"detail": {"fault": fault.value, "fence": fence, **detail}})
        record.finish(submission.id, fence, [event], None, [])
        return None
    run = builders.run(submission.plan)
    rows: list[Rating] = []
    told: dict[str, Any] = {"run_id": run.id, "fence": fence, **detail}
    if status is Status.DONE:
        rating = editions.rate_run(record, run, submission.facts).rating
        rows, told = [rating], {**told, "rating_id": rating.id}
    else:
        told["fault"] = fault.value
    end = _event(status, message="0.139 Wh per 1,000 queries." if rows else "The GPU was held back.")
    end = end.model_copy(update={"detail": told})
    verifying = _event(Status.VERIFYING, actor=RUNNER, message="The run folder has arrived.")
    record.finish(submission.id, fence, [verifying, end], run, rows)
    return run


def in_state(record: Record, status: Status, fault: Fault = Fault.OURS) -> Submission:
    """A submission of the owner's that is there now."""
    submission = submitted(record)
    if status is Status.RECEIVED:
        submission = builders.submission(
            builders.plan("org/received"), submitted_by=OWNER.subject, owner=ORG.subject
        )
        record.submit(submission, [_event(Status.RECEIVED, actor=OWNER.subject)])
    elif status is Status.CLAIMED:
        claimed(record, submission)
    elif status is Status.RUNNING:
        running(record, submission)
    elif status is Status.VERIFYING:
        fence = running(record, submission)
        record.append(submission.id, _event(Status.VERIFYING, actor=RUNNER), fence=fence)
    elif status in (Status.DONE, Status.REJECTED, Status.FAILED):
        ended(record, submission, status, fault)
    elif status is Status.CANCELLED:
        record.append(submission.id, _event(status, actor=OWNER.subject))
    elif status is Status.WITHDRAWN:
        ended(record, submission, Status.DONE)
        record.append(submission.id, _event(status, actor=OWNER.subject))
    assert record.status(submission.id) is status
    return submission


def _event(status: Status, **fields: Any) -> Event:
    return builders.event(status, **{"at": now(), **fields})
