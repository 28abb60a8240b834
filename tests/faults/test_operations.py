"""Random operations from eight clients, with time that passes and restarts: invariants hold after each one.

A few hundred here, a hundred thousand in `make faults`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from leaderboard.domain import Conflict, Event, FenceLost, Status, fold
from leaderboard.record import Claim, Record
from leaderboard.record.clock import HandClock
from leaderboard.record.states import MOST_ATTEMPTS
from tests import builders
from tests.faults.conftest import Report
from tests.faults.rounds import FULL, rounds
from tests.record import scenes

ROUNDS = rounds("operations")
STEPS = 100
LEASE_S = 300.0
CLIENTS = st.integers(0, 7)


class Fleet(RuleBasedStateMachine):
    """What each client believes it holds, beside what the record says."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = HandClock(builders.NOON)
        self.record = Record.open(self.folder, clock=self.clock)
        self.acknowledged: list[str] = []
        self.held: dict[int, Claim] = {}
        self.fences: dict[str, int] = {}
        self.heard_at: dict[tuple[str, int], float] = {}
        self.ended_by: dict[str, int] = {}
        self.made = 0

    def teardown(self) -> None:
        self.record.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @rule(hardware=st.sampled_from(["cpu", "t4-16gb"]))
    def submit(self, hardware: str) -> None:
        self.made += 1
        plan = builders.plan(f"org/m{self.made}", hardware=hardware)
        self.acknowledged.append(scenes.queued(self.record, plan).id)

    @rule(client=CLIENTS, hardware=st.sampled_from([["cpu"], ["t4-16gb"], ["cpu", "t4-16gb"]]))
    def claim(self, client: int, hardware: list[str]) -> None:
        waiting = [row for row in self.record.queue() if row.status is Status.QUEUED]
        claim = self.record.claim(hardware, f"rack-{client // 2}:{client % 2 + 1}", LEASE_S)
        fitting = [row for row in waiting if row.submission.plan.hardware in hardware]
        assert (claim is None) == (not fitting)
        if claim is None:
            return
        id = claim.submission.id
        assert id in {row.submission.id for row in fitting}
        assert claim.fence > self.fences.get(id, 0)
        assert claim.attempt <= MOST_ATTEMPTS
        self.fences[id] = claim.fence
        self.held[client] = claim
        self._heard(claim)

    def _heard(self, claim: Claim) -> None:
        self.heard_at[claim.submission.id, claim.fence] = self.clock.monotonic()

    def _write(self, client: int, write: Callable[[Claim], object]) -> None:
        """A client's write is taken exactly when its claim is the last one and lives."""
        claim = self.held[client]
        id = claim.submission.id
        mine = self.fences[id] == claim.fence and self.record.status(id).live
        try:
            write(claim)
        except FenceLost:
            assert not mine
        except Conflict:
            # The move is not one from here: it runs already.
            assert mine
        else:
            assert mine
            self._heard(claim)
            if self.record.status(id).final:
                self.ended_by[id] = claim.fence

    @precondition(lambda self: self.held)
    @rule(data=st.data(), log=st.integers(0, 3))
    def heartbeat(self, data: st.DataObject, log: int) -> None:
        client = data.draw(st.sampled_from(sorted(self.held)))
        self._write(
            client,
            lambda claim: self.record.heartbeat(
                claim.submission.id, claim.fence, builders.progress(), LEASE_S, "line\n" * log, 0
            ),
        )

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def start(self, data: st.DataObject) -> None:
        client = data.draw(st.sampled_from(sorted(self.held)))

        def write(claim: Claim) -> None:
            self.record.append(claim.submission.id, builders.event(Status.RUNNING), fence=claim.fence)
            self.record.hear(claim.submission.id, claim.fence)

        self._write(client, write)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), again=st.booleans())
    def finish(self, data: st.DataObject, again: bool) -> None:
        client = data.draw(st.sampled_from(sorted(self.held)))
        claim = self.held[client]
        id = claim.submission.id
        if self.record.status(id) is Status.CLAIMED and self.fences[id] == claim.fence:
            return
        run = builders.run(claim.submission.plan)
        rating = builders.rating(run.plan.model.repo_id, run_id=run.id)
        for _ in range(1 + again):
            if self.ended_by.get(id) == claim.fence:
                # It ended it itself, and did not hear the answer: nothing changes.
                before = self.record.events(id)
                self.record.finish(id, claim.fence, scenes.ending(), run, [rating])
                assert self.record.events(id) == before
            else:
                self._write(
                    client,
                    lambda held: self.record.finish(id, held.fence, scenes.ending(), run, [rating]),
                )

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        client = data.draw(st.sampled_from(sorted(self.held)))
        self._write(
            client, lambda claim: self.record.release(claim.submission.id, claim.fence, "told to end")
        )

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def fail_by_ours(self, data: st.DataObject) -> None:
        client = data.draw(st.sampled_from(sorted(self.held)))
        self._write(
            client,
            lambda claim: self.record.try_again(claim.submission.id, claim.fence, "No Hub.", "Wait."),
        )

    @precondition(lambda self: self.acknowledged)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(self.acknowledged))
        before = self.record.status(id)
        try:
            self.record.append(id, Event(status=Status.CANCELLED, at=self.clock.now(), actor="somebody"))
        except Conflict:
            assert before.final

    @rule(seconds=st.sampled_from([1.0, 100.0, 299.0, 301.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)
        live = {row.submission.id for row in self.record.queue() if row.status.live}
        for id in self.record.reap():
            assert id in live
            silent_s = self.clock.monotonic() - self.heard_at[id, self.fences[id]]
            assert silent_s > LEASE_S
            live.discard(id)
        for id in live:
            assert self.clock.monotonic() - self.heard_at[id, self.fences[id]] <= LEASE_S

    @rule()
    def restart(self) -> None:
        self.record.close()
        self.record = Record.open(self.folder, clock=self.clock)
        # Each live lease has its full length again.
        for row in self.record.queue():
            if row.status.live:
                id = row.submission.id
                self.heard_at[id, self.fences[id]] = self.clock.monotonic()

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        queue = {row.submission.id: row for row in self.record.queue()}
        for id in self.acknowledged:
            events = self.record.events(id)
            status = self.record.status(id)
            assert fold(events) is status
            assert (id in queue) is not status.final
            assert [event.status for event in events].count(Status.DONE) <= 1
            claims = [event.detail["fence"] for event in events if event.status is Status.CLAIMED]
            assert claims == sorted(set(claims))
            assert len(claims) <= MOST_ATTEMPTS


SETTINGS = settings(
    max_examples=ROUNDS,
    stateful_step_count=STEPS,
    deadline=None,
    derandomize=not FULL,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_every_invariant_holds_after_each_operation(report: Report) -> None:
    run_state_machine_as_test(Fleet, settings=SETTINGS)
    report("operations", ROUNDS, f"{ROUNDS * STEPS} operations, every invariant held after each")
