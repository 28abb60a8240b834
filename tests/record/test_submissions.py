"""Asking for runs: once each, followed through events, listed in the order they will be claimed."""

from __future__ import annotations

import pytest

from leaderboard.domain import BadInput, Conflict, FenceLost, Status, fold
from leaderboard.record import Record
from tests import builders
from tests.record import scenes

FIRST = builders.plan(seed=1)


def test_a_new_submission(record: Record) -> None:
    submission = scenes.queued(record, note="hello <b>")
    assert record.submission(submission.id) == submission
    assert record.status(submission.id) is Status.QUEUED
    assert record.events(submission.id) == builders.received_and_queued()
    assert record.progress(submission.id) is None
    assert record.log(submission.id) == ""
    assert record.version == 1
    (row,) = record.queue()
    assert (row.submission, row.status, row.attempt, row.worker, row.progress) == (
        submission,
        Status.QUEUED,
        0,
        None,
        None,
    )


def test_one_still_being_received(record: Record) -> None:
    submission = builders.submission()
    record.submit(submission, [builders.event(Status.RECEIVED)])
    assert record.claim(["cpu"], "bench", 1.0) is None
    assert [row.status for row in record.queue()] == [Status.RECEIVED]
    assert record.append(submission.id, builders.event(Status.QUEUED)) is Status.QUEUED
    assert record.claim(["cpu"], "bench", 1.0) is not None


def test_one_that_ended_at_once_stands_in_nobodys_way(record: Record) -> None:
    plan = builders.plan()
    refused = [builders.event(Status.RECEIVED), builders.event(Status.REJECTED, remedy="Ask otherwise.")]
    open_one = scenes.queued(record, plan)
    record.submit(builders.submission(plan, id="0" * 12), refused)
    assert record.status("0" * 12) is Status.REJECTED
    assert [row.submission for row in record.queue()] == [open_one]


@pytest.mark.parametrize(
    "statuses",
    [[], [Status.QUEUED], [Status.RECEIVED, Status.RUNNING], [Status.RECEIVED, Status.RECEIVED]],
)
def test_a_stream_of_events_that_cannot_be(record: Record, statuses: list[Status]) -> None:
    with pytest.raises(Conflict):
        record.submit(builders.submission(), [builders.event(status) for status in statuses])
    assert record.submissions() == []
    assert record.version == 0


def test_nobody_but_a_runner_claims(record: Record) -> None:
    held = [*builders.received_and_queued(), builders.event(Status.CLAIMED)]
    with pytest.raises(BadInput):
        record.submit(builders.submission(), held)
    submission = scenes.queued(record)
    with pytest.raises(BadInput):
        record.append(submission.id, builders.event(Status.CLAIMED))
    assert record.status(submission.id) is Status.QUEUED


def test_the_same_run_is_asked_for_once(record: Record) -> None:
    first = scenes.queued(record, FIRST)
    again = builders.submission(FIRST, id="0" * 12)
    for _ in range(2):
        with pytest.raises(Conflict) as caught:
            record.submit(again, builders.received_and_queued())
        assert first.id in caught.value.message
        assert f"/submissions/{first.id}" in caught.value.remedy
        record.claim(["cpu"], "bench", 1.0)  # claimed or queued, it is the same
    assert record.find_run_key(FIRST.run_key) == (first.id, None)
    assert [row.submission for row in record.submissions()] == [first]


def test_a_finished_run_is_not_asked_for_again(record: Record) -> None:
    _, run, _ = scenes.done(record, FIRST)
    with pytest.raises(Conflict) as caught:
        record.submit(builders.submission(FIRST, id="0" * 12), builders.received_and_queued())
    assert run.id in caught.value.message
    assert f"/runs/{run.id}" in caught.value.remedy
    assert record.find_run_key(FIRST.run_key) == (None, run.id)
    assert record.has_run(FIRST.run_key)
    retest = builders.plan(seed=1, occasion=1)
    scenes.queued(record, retest)  # a re-test is another run
    assert not record.has_run(retest.run_key)


@pytest.mark.parametrize("status", [Status.REJECTED, Status.FAILED, Status.CANCELLED])
def test_what_ended_without_a_figure_may_be_asked_for_again(record: Record, status: Status) -> None:
    claim = scenes.running(record, FIRST)
    if status is Status.CANCELLED:
        record.append(claim.submission.id, builders.event(status))
    else:
        run = builders.run(FIRST) if status is Status.REJECTED else None
        record.finish(claim.submission.id, claim.fence, scenes.ending(status), run, [])
    assert record.find_run_key(FIRST.run_key) == (None, None)
    again = scenes.queued(record, FIRST, id="0" * 12)
    assert record.find_run_key(FIRST.run_key) == (again.id, None)


def test_an_id_belongs_to_one_submission(record: Record) -> None:
    scenes.queued(record, FIRST, id="0" * 12)
    with pytest.raises(Conflict, match="already"):
        scenes.queued(record, builders.plan(seed=2), id="0" * 12)
    assert record.submission("0" * 12).plan == FIRST


def test_a_move_that_the_table_forbids(record: Record) -> None:
    submission = scenes.queued(record)
    version = record.version
    with pytest.raises(Conflict, match="queued cannot become done"):
        record.append(submission.id, builders.event(Status.DONE))
    assert record.events(submission.id) == builders.received_and_queued()
    assert record.version == version


def test_a_person_may_cancel_what_runs_and_the_runner_hears_of_it(record: Record) -> None:
    claim = scenes.running(record)
    id, fence = claim.submission.id, claim.fence
    cancelled = builders.event(Status.CANCELLED, actor="local")
    assert record.append(id, cancelled) is Status.CANCELLED
    for write in (
        lambda: record.heartbeat(id, fence, builders.progress(), 1.0),
        lambda: record.append(id, builders.event(Status.VERIFYING), fence=fence),
        lambda: record.append_log(id, fence, "more"),
        lambda: record.check_fence(id, fence),
        lambda: record.finish(id, fence, scenes.ending(), builders.run(), []),
    ):
        with pytest.raises(FenceLost, match="cancelled"):
            write()
    assert record.events(id)[-1] == cancelled
    assert record.log(id) == ""


def test_queued_again_by_a_person_starts_with_fresh_tries(record: Record) -> None:
    claim = scenes.running(record, FIRST)
    id = claim.submission.id
    record.finish(id, claim.fence, scenes.ending(Status.FAILED), None, [])
    assert record.append(id, builders.event(Status.QUEUED, actor="local")) is Status.QUEUED
    again = record.claim(["cpu"], "bench-2", 1.0)
    assert again is not None
    assert (again.submission.id, again.fence, again.attempt) == (id, 2, 1)
    assert record.worker_of(id) == "bench-2"
    with pytest.raises(FenceLost):
        record.check_fence(id, 1)


def test_queued_again_only_if_the_run_is_still_wanted(record: Record) -> None:
    claim = scenes.running(record, FIRST)
    id = claim.submission.id
    record.finish(id, claim.fence, scenes.ending(Status.FAILED), None, [])
    other = scenes.queued(record, FIRST, id="0" * 12)
    with pytest.raises(Conflict, match=other.id):
        record.append(id, builders.event(Status.QUEUED))
    assert record.status(id) is Status.FAILED


def test_withdrawing_keeps_the_record_of_it(record: Record) -> None:
    claim, run, _ = scenes.done(record)
    id = claim.submission.id
    assert record.append(id, builders.event(Status.WITHDRAWN)) is Status.WITHDRAWN
    assert record.run(run.id) == run
    assert fold(record.events(id)) is Status.WITHDRAWN
    with pytest.raises(Conflict):
        record.append(id, builders.event(Status.QUEUED))


def test_lists(record: Record) -> None:
    plans = [builders.plan(seed=number) for number in range(1, 7)]
    submissions = [scenes.queued(record, plan) for plan in plans]
    ids = [submission.id for submission in submissions]
    record.claim(["cpu"], "bench-1", 1.0)
    record.append(ids[3], builders.event(Status.CANCELLED))
    assert [row.submission.id for row in record.submissions()] == ids[::-1]
    assert [row.submission.id for row in record.submissions(limit=2)] == ids[:3:-1]
    assert [row.submission.id for row in record.submissions({Status.CANCELLED})] == [ids[3]]
    assert record.submissions([]) == []
    open_ones = [Status.QUEUED, Status.CLAIMED]
    assert len(record.submissions(open_ones)) == 5
    assert [row.submission.id for row in record.queue()] == [ids[0], ids[1], ids[2], ids[4], ids[5]]
    assert [row.worker for row in record.queue()][:2] == ["bench-1", None]


def test_what_runs_stands_before_what_waits(record: Record) -> None:
    first = scenes.queued(record, builders.plan(seed=1, hardware="t4-16gb"))
    second = scenes.queued(record, builders.plan(seed=2, hardware="cpu"))
    third = scenes.queued(record, builders.plan(seed=3, hardware="t4-16gb"))
    assert record.claim(["cpu"], "bench", 1.0) is not None
    assert [row.submission for row in record.queue()] == [second, first, third]
