"""Claims: oldest first, one holder at a time, and what becomes of a runner that falls silent (DESIGN §4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.domain import FenceLost, NotFound, Status, fold
from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from leaderboard.record.leases import Lease
from tests import builders
from tests.record import scenes
from tests.record.scenes import LEASE_S


def test_the_oldest_for_that_hardware(record: Record) -> None:
    wanted = ["t4-16gb", "cpu", "t4-16gb", "cpu", "h100-sxm-80gb"]
    submissions = [
        scenes.queued(record, builders.plan(seed=number + 1, hardware=hardware))
        for number, hardware in enumerate(wanted)
    ]
    taken = []
    for hardware in (["cpu"], ["cpu", "t4-16gb"], ["t4-16gb", "cpu"], ["t4-16gb", "cpu"], ["cpu"], []):
        claim = record.claim(hardware, "bench", LEASE_S)
        taken.append(None if claim is None else claim.submission)
    assert taken == [submissions[1], submissions[0], submissions[2], submissions[3], None, None]
    assert record.status(submissions[4].id) is Status.QUEUED


def test_a_claim_is_told(record: Record, clock: HandClock) -> None:
    clock.advance(5)
    claim = scenes.claimed(record)
    assert (claim.fence, claim.attempt, claim.lease_s) == (1, 1, LEASE_S)
    event = record.events(claim.submission.id)[-1]
    assert (event.status, event.actor, event.at) == (Status.CLAIMED, scenes.WORKER, clock.now())
    assert event.detail == {"fence": 1, "attempt": 1}
    assert record.worker_of(claim.submission.id) == scenes.WORKER


def test_asking_for_work_that_is_not_there_changes_nothing(record: Record) -> None:
    assert record.claim(["cpu"], "bench", LEASE_S) is None
    assert record.version == 0


def test_a_heartbeat_shows_progress(record: Record) -> None:
    claim = scenes.claimed(record)
    progress = builders.progress(0.25)
    assert record.heartbeat(claim.submission.id, claim.fence, progress, LEASE_S) is Status.CLAIMED
    assert record.progress(claim.submission.id) == progress
    assert record.queue()[0].progress == progress
    record.append(claim.submission.id, builders.event(Status.RUNNING), fence=claim.fence)
    assert record.progress(claim.submission.id) == progress
    record.finish(claim.submission.id, claim.fence, scenes.ending(), builders.run(), [])
    assert record.progress(claim.submission.id) is None


@pytest.mark.parametrize("fence", [0, 2, -1])
def test_another_fence_writes_nothing(record: Record, fence: int) -> None:
    claim = scenes.running(record)
    id = claim.submission.id
    before = record.events(id)
    for write in (
        lambda: record.heartbeat(id, fence, builders.progress(), LEASE_S),
        lambda: record.append(id, builders.event(Status.VERIFYING), fence=fence),
        lambda: record.append_log(id, fence, "text"),
        lambda: record.check_fence(id, fence),
        lambda: record.finish(id, fence, scenes.ending(), builders.run(), [builders.rating()]),
    ):
        with pytest.raises(FenceLost) as caught:
            write()
        assert "Stop" in caught.value.remedy
    assert record.events(id) == before
    assert record.progress(id) is None
    assert record.log(id) == ""
    assert not record.has_run(claim.submission.plan.run_key)
    record.check_fence(id, claim.fence)


def test_writes_to_what_is_not_there(record: Record) -> None:
    for write in (
        lambda: record.heartbeat("0" * 12, 1, builders.progress(), LEASE_S),
        lambda: record.append("0" * 12, builders.event(Status.RUNNING), fence=1),
        lambda: record.append_log("0" * 12, 1, "text"),
        lambda: record.check_fence("0" * 12, 1),
        lambda: record.finish("0" * 12, 1, scenes.ending(), None, []),
    ):
        with pytest.raises(NotFound):
            write()


def test_nobody_held_it_yet(record: Record) -> None:
    submission = scenes.queued(record)
    with pytest.raises(FenceLost):
        record.worker_of(submission.id)


def test_a_lease_ends_only_after_its_whole_length(record: Record, clock: HandClock) -> None:
    claim = scenes.running(record)
    clock.advance(LEASE_S)
    assert record.reap() == []
    record.heartbeat(claim.submission.id, claim.fence, builders.progress(), LEASE_S)
    clock.advance(LEASE_S)
    assert record.reap() == []
    clock.advance(0.5)
    assert record.reap() == [claim.submission.id]
    assert record.reap() == []


def test_a_heartbeat_may_ask_for_another_lease(record: Record, clock: HandClock) -> None:
    claim = scenes.running(record)
    record.heartbeat(claim.submission.id, claim.fence, builders.progress(), 10.0)
    clock.advance(11)
    assert record.reap() == [claim.submission.id]


def test_a_lost_runner_is_told_of_and_its_work_goes_on(record: Record, clock: HandClock) -> None:
    claim = scenes.running(record)
    id = claim.submission.id
    record.heartbeat(id, claim.fence, builders.progress(), LEASE_S)
    later = scenes.queued(record, builders.plan(seed=2))
    clock.advance(LEASE_S + 12)
    assert record.reap() == [id]
    event = record.events(id)[-1]
    assert (event.status, event.actor, event.at) == (Status.QUEUED, "space", clock.now())
    assert f"{scenes.WORKER} was not heard from for 312 s" in event.message
    assert event.remedy
    assert record.progress(id) is None
    with pytest.raises(FenceLost, match="queued"):
        record.heartbeat(id, claim.fence, builders.progress(), LEASE_S)
    # It keeps its place: the fault was not the submitter's.
    second = record.claim(["cpu"], "bench-2", LEASE_S)
    assert second is not None
    assert (second.submission.id, second.fence, second.attempt) == (id, 2, 2)
    with pytest.raises(FenceLost):
        record.check_fence(id, claim.fence)
    record.check_fence(id, second.fence)
    assert [row.submission.id for row in record.queue()] == [id, later.id]


def test_the_third_lost_runner_is_the_last(record: Record, clock: HandClock) -> None:
    submission = scenes.queued(record)
    for attempt in (1, 2, 3):
        claim = record.claim(["cpu"], f"bench-{attempt}", LEASE_S)
        assert claim is not None
        assert claim.attempt == attempt
        clock.advance(LEASE_S + 1)
        assert record.reap() == [submission.id]
    assert record.status(submission.id) is Status.FAILED
    event = record.events(submission.id)[-1]
    assert "bench-3 was not heard from" in event.message
    assert "last of 3 tries" in event.message
    assert event.remedy
    assert record.claim(["cpu"], "bench", LEASE_S) is None
    assert record.queue() == []
    assert fold(record.events(submission.id)) is Status.FAILED


@pytest.mark.parametrize("through", [Status.CLAIMED, Status.RUNNING, Status.VERIFYING])
def test_every_live_state_is_taken_back(record: Record, clock: HandClock, through: Status) -> None:
    claim = scenes.claimed(record)
    for status in (Status.RUNNING, Status.VERIFYING):
        if record.status(claim.submission.id) is not through:
            record.append(claim.submission.id, builders.event(status), fence=claim.fence)
    assert record.status(claim.submission.id) is through
    clock.advance(LEASE_S + 1)
    assert record.reap() == [claim.submission.id]
    assert record.status(claim.submission.id) is Status.QUEUED


def test_what_ended_is_not_taken_back(record: Record, clock: HandClock) -> None:
    done, _, _ = scenes.done(record)
    cancelled = scenes.running(record, builders.plan(seed=2))
    record.append(cancelled.submission.id, builders.event(Status.CANCELLED))
    given_back = scenes.running(record, builders.plan(seed=3))
    record.append(given_back.submission.id, builders.event(Status.QUEUED), fence=given_back.fence)
    clock.advance(LEASE_S + 1)
    version = record.version
    assert record.reap() == []
    assert record.version == version
    assert record.status(done.submission.id) is Status.DONE


def test_a_runner_heard_from_at_the_last_moment_keeps_its_work(
    record: Record, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = scenes.running(record)
    clock.advance(LEASE_S + 1)
    look = record._leases.expired

    def look_and_then_hear() -> list[Lease]:
        found = look()
        record.heartbeat(claim.submission.id, claim.fence, builders.progress(), LEASE_S)
        return found

    monkeypatch.setattr(record._leases, "expired", look_and_then_hear)
    assert record.reap() == []
    assert record.status(claim.submission.id) is Status.RUNNING
    monkeypatch.undo()
    clock.advance(LEASE_S + 1)
    assert record.reap() == [claim.submission.id]


def test_the_longest_silence_first(record: Record, clock: HandClock) -> None:
    ids = []
    for seed in (1, 2, 3):
        ids.append(scenes.running(record, builders.plan(seed=seed)).submission.id)
        clock.advance(1)
    record.heartbeat(ids[0], 1, builders.progress(), LEASE_S)
    clock.advance(LEASE_S + 1)
    assert record.reap() == [ids[1], ids[2], ids[0]]


def test_a_restart_grants_a_full_lease(tmp_path: Path) -> None:
    clock = HandClock(builders.NOON)
    with Record.open(tmp_path, clock=clock) as record:
        claim = scenes.running(record)
        clock.advance(LEASE_S - 1)
    fresh = HandClock(builders.NOON)  # a monotonic clock starts anew with the machine
    fresh.advance(7)
    with Record.open(tmp_path, clock=fresh) as record:
        fresh.advance(LEASE_S)
        assert record.reap() == []
        record.check_fence(claim.submission.id, claim.fence)
        fresh.advance(1)
        assert record.reap() == [claim.submission.id]
    with Record.open(tmp_path, clock=fresh) as record:
        assert record.reap() == []
        again = record.claim(["cpu"], "bench", LEASE_S)
        assert again is not None
        assert (again.fence, again.attempt) == (2, 2)
