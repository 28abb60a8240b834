"""A bundle in the record: its nonce ends with its submission, and its decision is all or nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leaderboard.domain import BadInput, Conflict, NotFound, Provenance, Status
from leaderboard.record import Record
from tests import builders

NONCE = "20261116-" + "7" * 24
PLAN = builders.plan(nonce=NONCE)
RECEIVED = [builders.event(Status.RECEIVED)]


def give(record: Record, subject: str = "local") -> None:
    expires = record.now() + timedelta(days=14)
    record.put_ticket("nonce", NONCE, subject=subject, body="{}", expires=expires)


def test_a_nonce_ends_with_the_submission(record: Record) -> None:
    give(record)
    submission = builders.submission(PLAN)
    record.submit(submission, RECEIVED, nonce=NONCE)
    assert submission.attested
    with pytest.raises(Conflict, match="used before"):
        record.submit(submission, RECEIVED, nonce=NONCE)


def test_what_is_not_written_leaves_the_nonce(record: Record) -> None:
    give(record)
    first = builders.submission(builders.plan())
    record.submit(first, builders.received_and_queued())
    # The id is taken.
    with pytest.raises(Conflict, match="another id"):
        record.submit(builders.submission(PLAN, id=first.id), RECEIVED, nonce=NONCE)
    ticket = record.ticket("nonce", NONCE)
    assert ticket is not None
    assert not ticket.used


def test_somebody_elses_nonce_or_none(record: Record) -> None:
    with pytest.raises(Conflict, match="not yours"):
        record.submit(builders.submission(PLAN), RECEIVED, nonce=NONCE)
    give(record, "another")
    with pytest.raises(Conflict, match="not yours"):
        record.submit(builders.submission(PLAN), RECEIVED, nonce=NONCE)
    ticket = record.ticket("nonce", NONCE)
    assert ticket is not None
    assert not ticket.used
    assert record.submissions() == []


def test_a_decision_is_all_or_nothing(record: Record) -> None:
    give(record)
    submission = builders.submission(PLAN)
    record.submit(submission, RECEIVED, nonce=NONCE)
    run = builders.run(PLAN, provenance=Provenance.ATTESTED)
    row = builders.rating(stars=None, provenance=Provenance.ATTESTED, run_id=run.id)
    moves = [builders.event(Status.VERIFYING), builders.event(Status.DONE)]
    with pytest.raises(BadInput, match="do not end"):
        record.decide_bundle(submission.id, moves[:1], run, [row])
    with pytest.raises(BadInput, match="not of the plan"):
        record.decide_bundle(submission.id, moves, builders.run(), [row])
    with pytest.raises(NotFound):
        record.decide_bundle("0" * 12, moves, run, [row])
    assert record.status(submission.id) is Status.RECEIVED
    assert record.runs_of(run.plan.model.repo_id) == []
    record.decide_bundle(submission.id, moves, run, [row])
    assert record.status(submission.id) is Status.DONE
    assert record.run(run.id) == run
    assert record.rating(row.id) == row
    assert record.outbox()
    with pytest.raises(Conflict, match="waits no longer"):
        record.decide_bundle(submission.id, moves, run, [row])
