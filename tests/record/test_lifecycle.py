"""Submissions through any order of events, against a model of them in plain Python."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from leaderboard.domain import MOVES, Conflict, FenceLost, Plan, Status, fold
from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from tests import builders
from tests.record import scenes

LEASE_S = 100.0
PLANS = 3
HARDWARE = ("cpu", "t4-16gb")


@dataclass
class Expected:
    """What the record should say of one submission."""

    plan: int
    hardware: str
    status: Status = Status.QUEUED
    fence: int = 0
    attempt: int = 0
    heard_at: float = 0.0
    finished: int | None = None
    moves: int = 2
    progress: float | None = None

    def becomes(self, status: Status) -> None:
        self.status = status
        self.moves += 1
        if not status.live:
            self.progress = None


class Lifecycle(RuleBasedStateMachine):
    """Submitting, claiming, beating, finishing, losing runners, cancelling, restarting."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = HandClock(builders.NOON)
        self.record = Record.open(Path(self.folder.name), clock=self.clock)
        self.expected: dict[str, Expected] = {}
        self.done: set[int] = set()
        self.version = 0

    def teardown(self) -> None:
        self.record.close()
        self.folder.cleanup()

    def plan_of(self, number: int) -> Plan:
        return builders.plan(seed=number + 1, hardware=HARDWARE[number % 2])

    def pick(self, data: st.DataObject) -> tuple[str, Expected]:
        id = data.draw(st.sampled_from(sorted(self.expected)))
        return id, self.expected[id]

    def is_open(self, plan: int) -> bool:
        return any(one.plan == plan and not one.status.final for one in self.expected.values())

    @rule(plan=st.integers(0, PLANS - 1))
    def submit(self, plan: int) -> None:
        id = f"{len(self.expected):012d}"
        submission = builders.submission(self.plan_of(plan), id=id)
        try:
            self.record.submit(submission, builders.received_and_queued())
        except Conflict:
            assert self.is_open(plan) or plan in self.done
        else:
            assert not self.is_open(plan)
            assert plan not in self.done
            self.expected[id] = Expected(plan, HARDWARE[plan % 2])

    @rule(hardware=st.sampled_from([HARDWARE[:1], HARDWARE[1:], HARDWARE]))
    def claim(self, hardware: tuple[str, ...]) -> None:
        waiting = [
            id
            for id, one in sorted(self.expected.items())
            if one.status is Status.QUEUED and one.hardware in hardware
        ]
        claim = self.record.claim(hardware, "bench", LEASE_S)
        if claim is None:
            assert not waiting
            return
        assert claim.submission.id == waiting[0]
        one = self.expected[waiting[0]]
        one.fence += 1
        one.attempt += 1
        assert (claim.fence, claim.attempt) == (one.fence, one.attempt)
        one.heard_at = self.clock.monotonic()
        one.becomes(Status.CLAIMED)

    @precondition(lambda self: self.expected)
    @rule(data=st.data(), stale=st.booleans(), fraction=st.floats(0, 1))
    def heartbeat(self, data: st.DataObject, stale: bool, fraction: float) -> None:
        id, one = self.pick(data)
        try:
            self.record.heartbeat(id, one.fence - stale, builders.progress(fraction), LEASE_S)
        except FenceLost:
            assert stale or not one.status.live
        else:
            assert not stale
            assert one.status.live
            one.heard_at = self.clock.monotonic()
            one.progress = fraction

    @precondition(lambda self: self.expected)
    @rule(data=st.data(), stale=st.booleans(), status=st.sampled_from([Status.RUNNING, Status.VERIFYING]))
    def advance(self, data: st.DataObject, stale: bool, status: Status) -> None:
        id, one = self.pick(data)
        try:
            self.record.append(id, builders.event(status), fence=one.fence - stale)
        except FenceLost:
            assert stale or not one.status.live
        except Conflict:
            assert status not in MOVES[one.status]
        else:
            assert not stale
            one.becomes(status)

    @precondition(lambda self: self.expected)
    @rule(
        data=st.data(),
        stale=st.booleans(),
        status=st.sampled_from([Status.DONE, Status.REJECTED, Status.FAILED]),
    )
    def finish(self, data: st.DataObject, stale: bool, status: Status) -> None:
        id, one = self.pick(data)
        plan = self.plan_of(one.plan)
        events = scenes.ending(status)
        if one.status is Status.VERIFYING:
            events = events[-1:]
        run = None if status is Status.FAILED else builders.run(plan)
        fence = one.fence - stale
        try:
            self.record.finish(id, fence, events, run, [])
        except FenceLost:
            assert fence != one.finished
            assert stale or not one.status.live
        except Conflict:
            assert one.status is Status.CLAIMED
            assert status is not Status.FAILED
        else:
            if fence == one.finished:
                return  # said before; nothing changes
            assert not stale
            one.finished = fence
            for event in events:
                one.becomes(event.status)
            if status is Status.DONE:
                self.done.add(one.plan)

    @precondition(lambda self: self.expected)
    @rule(data=st.data(), status=st.sampled_from([Status.CANCELLED, Status.QUEUED, Status.WITHDRAWN]))
    def somebody_says(self, data: st.DataObject, status: Status) -> None:
        id, one = self.pick(data)
        reopens = one.status.final and status is Status.QUEUED
        try:
            self.record.append(id, builders.event(status, actor="local"))
        except Conflict:
            taken = reopens and (self.is_open(one.plan) or one.plan in self.done)
            assert status not in MOVES[one.status] or taken
        else:
            one.becomes(status)
            if reopens:
                one.attempt = 0

    @rule(seconds=st.sampled_from([1.0, LEASE_S, LEASE_S + 1]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def reap(self) -> None:
        moment = self.clock.monotonic()
        lost = {
            id for id, one in self.expected.items() if one.status.live and moment - one.heard_at > LEASE_S
        }
        assert set(self.record.reap()) == lost
        for id in lost:
            one = self.expected[id]
            one.becomes(Status.QUEUED if one.attempt < 3 else Status.FAILED)

    @rule()
    def all_fall_silent(self) -> None:
        self.time_passes(LEASE_S + 1)
        self.reap()

    @rule()
    def restart(self) -> None:
        self.record.close()
        self.record = Record.open(Path(self.folder.name), clock=self.clock)
        for one in self.expected.values():
            one.heard_at = self.clock.monotonic()

    @invariant()
    def the_record_says_what_happened(self) -> None:
        rows = {row.submission.id: row for row in self.record.submissions(limit=1000)}
        assert set(rows) == set(self.expected)
        for id, one in self.expected.items():
            row = rows[id]
            assert (row.status, row.attempt) == (one.status, one.attempt)
            assert (None if row.progress is None else row.progress.fraction) == one.progress
            events = self.record.events(id)
            assert len(events) == one.moves
            assert fold(events) is one.status
        for plan in range(PLANS):
            assert self.record.has_run(self.plan_of(plan).run_key) == (plan in self.done)
        assert self.record.version >= self.version
        self.version = self.record.version


Lifecycle.TestCase.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, derandomize=True
)
TestLifecycle = Lifecycle.TestCase
