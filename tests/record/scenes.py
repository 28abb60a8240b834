"""How far a submission has come, in one call each."""

from __future__ import annotations

from leaderboard.domain import Event, Plan, Rating, Run, Status, Submission
from leaderboard.record import Claim, Record
from tests import builders

LEASE_S = 300.0
WORKER = "bench-1"


def queued(record: Record, plan: Plan | None = None, **fields: object) -> Submission:
    """A submission that waits."""
    submission = builders.submission(plan, **fields)
    record.submit(submission, builders.received_and_queued())
    return submission


def claimed(record: Record, plan: Plan | None = None, worker: str = WORKER) -> Claim:
    """A submission that a runner has just taken."""
    submission = queued(record, plan)
    claim = record.claim([submission.plan.hardware], worker, LEASE_S)
    assert claim is not None
    assert claim.submission == submission
    return claim


def running(record: Record, plan: Plan | None = None, worker: str = WORKER) -> Claim:
    """A submission that is being measured."""
    claim = claimed(record, plan, worker)
    record.append(claim.submission.id, builders.event(Status.RUNNING), fence=claim.fence)
    return claim


def ending(status: Status = Status.DONE) -> list[Event]:
    """The events that end a running submission."""
    first = [] if status is Status.FAILED else [builders.event(Status.VERIFYING)]
    return [*first, builders.event(status)]


def done(record: Record, plan: Plan | None = None) -> tuple[Claim, Run, Rating]:
    """A submission that was measured and is on the board."""
    claim = running(record, plan)
    run = builders.run(claim.submission.plan)
    rating = builders.rating(run.plan.model.repo_id, run_id=run.id)
    record.finish(claim.submission.id, claim.fence, ending(), run, [rating])
    return claim, run, rating
