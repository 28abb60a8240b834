"""Copies are found by the hash of their weights, by an index, among what waits, runs or is done."""

from __future__ import annotations

from leaderboard.domain import Status
from leaderboard.record import Record
from leaderboard.record.connections import reading_engine
from leaderboard.record.folder import DATABASE
from tests import builders
from tests.record import scenes

HASH = builders.facts().weights_hash


def test_what_waits_runs_or_is_done_is_found_newest_first(record: Record) -> None:
    assert HASH is not None
    done, _, _ = scenes.done(record, builders.plan(seed=1))
    failed = scenes.running(record, builders.plan(seed=2))
    record.append(failed.submission.id, builders.event(Status.FAILED), fence=failed.fence)
    waiting = scenes.queued(record, builders.plan(seed=3))
    scenes.queued(record, builders.plan("org/other", seed=4))
    found = [(submission.id, status) for submission, status in record.of_weights(HASH)]
    assert found == [(waiting.id, Status.QUEUED), (done.submission.id, Status.DONE)]
    assert record.of_weights("0" * 64) == []


def test_it_goes_by_the_index(record: Record) -> None:
    engine = reading_engine(record.folder / DATABASE)
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT body FROM submissions "
            "WHERE json_extract(submissions.body, '$.facts.weights_hash') = 'x'"
        ).all()
    engine.dispose()
    assert any("submissions_weights" in str(row) for row in plan)
