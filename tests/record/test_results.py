"""The end of a submission: events, run, rows and outbox together, once, and only from who holds it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from leaderboard.domain import BadInput, Conflict, FenceLost, Finding, NotFound, Run, Status, failed
from leaderboard.record import RatingQuery, Record
from leaderboard.record.logs import LOG_BYTES
from leaderboard.record.runs import prepare_run, store_run
from leaderboard.record.states import move, state_of
from leaderboard.record.tables import runs
from tests import builders
from tests.record import scenes

ALL = RatingQuery(development=True)


def stored_runs(record: Record) -> int:
    with record._readers.snapshot() as connection:
        count: int = connection.execute(select(func.count()).select_from(runs)).scalar_one()
    return count


def throttled() -> Finding:
    return failed("no-throttling", "The card slowed down.", "Cool it.")


def test_done(record: Record) -> None:
    version = record.version
    claim, run, rating = scenes.done(record)
    id = claim.submission.id
    assert record.status(id) is Status.DONE
    assert [event.status for event in record.events(id)][-2:] == [Status.VERIFYING, Status.DONE]
    assert record.run(run.id) == run
    assert record.has_run(run.run_key)
    assert record.ratings(ALL).items == (rating,)
    assert [(row.kind, row.subject) for row in record.outbox()] == [("edition", rating.edition)]
    assert record.queue() == []
    assert record.version > version


def test_doing_it_again_changes_nothing(record: Record) -> None:
    claim, run, rating = scenes.done(record)
    version, events, outbox = record.version, record.events(claim.submission.id), record.outbox()
    other = builders.rating("another/model")
    record.finish(claim.submission.id, claim.fence, scenes.ending(), run, [rating, other])
    record.finish(claim.submission.id, claim.fence, scenes.ending(Status.FAILED), None, [])
    assert (record.version, record.events(claim.submission.id), record.outbox()) == (version, events, outbox)
    assert record.ratings(ALL).items == (rating,)
    assert stored_runs(record) == 1
    for fence in (claim.fence - 1, claim.fence + 1):
        with pytest.raises(FenceLost):
            record.finish(claim.submission.id, fence, scenes.ending(), run, [rating])


def test_rejected_keeps_the_run_and_shows_no_row(record: Record) -> None:
    claim = scenes.running(record)
    run = builders.run(findings=(throttled(),))
    record.finish(claim.submission.id, claim.fence, scenes.ending(Status.REJECTED), run, [])
    assert record.status(claim.submission.id) is Status.REJECTED
    assert record.run(run.id) == run
    assert record.runs_of(builders.MODEL) == [run]
    assert not record.has_run(run.run_key)
    assert record.ratings(ALL).total == 0
    assert record.outbox() == []


def test_a_rejected_run_gives_way_and_an_accepted_one_does_not(record: Record) -> None:
    plan = builders.plan()

    def end(id: str, run: Run, status: Status) -> None:
        submission = builders.submission(plan, id=id)
        record.submit(submission, builders.received_and_queued())
        claim = record.claim(["cpu"], "bench", 1.0)
        assert claim is not None
        record.append(id, builders.event(Status.RUNNING), fence=claim.fence)
        record.finish(id, claim.fence, scenes.ending(status), run, [])

    rejected, accepted = builders.run(plan, findings=(throttled(),)), builders.run(plan)
    end("0" * 12, rejected, Status.REJECTED)
    end("1" * 12, rejected, Status.REJECTED)
    assert stored_runs(record) == 1  # the same run again is no second one
    end("2" * 12, accepted, Status.DONE)
    assert record.run(accepted.id) == accepted
    assert record.runs_of(builders.MODEL) == [accepted]
    assert record.has_run(plan.run_key)
    assert stored_runs(record) == 2  # what was rejected is kept
    with pytest.raises(Conflict, match=accepted.id):
        end("3" * 12, accepted, Status.DONE)


def test_an_accepted_run_is_never_replaced(record: Record) -> None:
    claim, run, _ = scenes.done(record)
    for accepted in (True, False):
        other = prepare_run(builders.run(energy_per_query_j=0.7), claim.submission.id, accepted)
        record._writer.run(partial(store_run, prepared=other))
    assert record.run(run.id) == run
    assert stored_runs(record) == 1


def test_a_write_by_an_outdated_view_of_the_state_moves_nothing(record: Record) -> None:
    id = scenes.queued(record).id
    stale = record._writer.run(lambda connection: state_of(connection, id))
    record.append(id, builders.event(Status.CANCELLED))
    with pytest.raises(FenceLost, match="meanwhile"):
        record._writer.run(lambda connection: move(connection, stale, [builders.event(Status.CANCELLED)]))
    assert len(record.events(id)) == 3


def test_failed_needs_no_run(record: Record) -> None:
    claim = scenes.running(record)
    record.finish(claim.submission.id, claim.fence, scenes.ending(Status.FAILED), None, [])
    assert record.status(claim.submission.id) is Status.FAILED
    with pytest.raises(NotFound):
        record.run(claim.submission.plan.run_key[:12])


@pytest.mark.parametrize(
    ("events", "error"),
    [
        ([], BadInput),
        ([builders.event(Status.VERIFYING)], BadInput),
        ([builders.event(Status.DONE)], Conflict),
        ([builders.event(Status.VERIFYING), builders.event(Status.CANCELLED)], Conflict),
    ],
)
def test_events_that_do_not_end_it(record: Record, events: list[Any], error: type[Exception]) -> None:
    claim = scenes.running(record)
    with pytest.raises(error):
        record.finish(claim.submission.id, claim.fence, events, builders.run(), [builders.rating()])
    assert record.status(claim.submission.id) is Status.RUNNING
    assert record.ratings(ALL).total == 0
    record.check_fence(claim.submission.id, claim.fence)


def test_the_run_of_another_plan(record: Record) -> None:
    claim = scenes.running(record)
    other = builders.run(builders.plan(seed=2))
    with pytest.raises(BadInput, match="not of the plan"):
        record.finish(claim.submission.id, claim.fence, scenes.ending(), other, [])
    assert record.status(claim.submission.id) is Status.RUNNING


def test_all_or_nothing(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that the tables refuse takes the events, the run and the outbox with it."""
    claim = scenes.running(record)
    broken = builders.rating().model_copy(update={"energy_wh_per_1000": -1.0})
    before = record.version, record.events(claim.submission.id)
    with pytest.raises(IntegrityError):
        record.finish(claim.submission.id, claim.fence, scenes.ending(), builders.run(), [broken])
    assert (record.version, record.events(claim.submission.id)) == before
    assert record.status(claim.submission.id) is Status.RUNNING
    assert record.outbox() == []
    assert stored_runs(record) == 0
    record.finish(claim.submission.id, claim.fence, scenes.ending(), builders.run(), [builders.rating()])
    assert record.status(claim.submission.id) is Status.DONE


def test_a_row_of_the_same_id_is_replaced(record: Record) -> None:
    scenes.done(record, builders.plan(seed=1))
    claim = scenes.running(record, builders.plan(seed=2))
    better = builders.rating(energy_wh_per_1000=0.01, stars=5, quality=None, licence=None)
    run = builders.run(builders.plan(seed=2))
    record.finish(claim.submission.id, claim.fence, scenes.ending(), run, [better])
    assert record.ratings(ALL).items == (better,)
    assert record.rating(better.id) == better


def test_runs_of_a_model_newest_first(record: Record) -> None:
    made = []
    for seed, minute in ((1, 5), (2, 9), (3, 7)):
        claim = scenes.running(record, builders.plan(seed=seed))
        run = builders.run(claim.submission.plan, finished_at=builders.NOON.replace(minute=minute))
        record.finish(claim.submission.id, claim.fence, scenes.ending(), run, [])
        made.append(run)
    assert record.runs_of(builders.MODEL) == [made[1], made[2], made[0]]
    assert record.runs_of("nobody/nothing") == []
    assert record.all_runs() == made


def test_the_log_grows_and_keeps_its_end(record: Record) -> None:
    claim = scenes.running(record)
    id, fence = claim.submission.id, claim.fence
    record.append_log(id, fence, "one\n")
    record.append_log(id, fence, "two ü\n")
    assert record.log(id) == "one\ntwo ü\n"
    for number in range(30):
        record.append_log(id, fence, f"{number} " + "é" * 2000 + "\n")
    log = record.log(id)
    assert LOG_BYTES - 5000 < len(log.encode()) <= LOG_BYTES
    assert log.endswith("29 " + "é" * 2000 + "\n")
    assert log.splitlines()[0].split()[0].isdigit()  # from the start of a line


def test_a_log_without_lines_and_with_odd_text(record: Record) -> None:
    claim = scenes.running(record)
    id, fence = claim.submission.id, claim.fence
    record.append_log(id, fence, "x" + "é" * LOG_BYTES)
    assert record.log(id) == "é" * (LOG_BYTES // 2)
    record.append_log(id, fence, "\ud800 half a character\n")
    assert record.log(id).endswith("? half a character\n")
