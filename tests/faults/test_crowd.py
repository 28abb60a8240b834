"""Eight clients at once on one record, each in a thread, with a reaper between: nobody has another's job.

A few hundred operations here, a hundred thousand in `make faults`.
"""

from __future__ import annotations

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

from leaderboard.domain import Conflict, Event, FenceLost, Status, fold
from leaderboard.record import Claim, Record
from leaderboard.record.clock import HandClock
from leaderboard.record.states import MOST_ATTEMPTS
from tests import builders
from tests.faults.conftest import Report
from tests.faults.rounds import rounds
from tests.record import scenes

CLIENTS = 8
OPERATIONS = 100 * rounds("crowd")
LEASE_S = 300.0


class Client:
    """Draws what it does next, and writes down what it was told."""

    def __init__(self, number: int, record: Record, clock: HandClock, submitted: list[str]) -> None:
        self.number, self.record, self.clock, self.submitted = number, record, clock, submitted
        self.chance = random.Random(number)
        self.claims: list[Claim] = []
        self.finished: list[tuple[str, int]] = []
        self.refused = 0
        self.made = 0
        self.broken: list[BaseException] = []

    def run(self) -> None:
        doings = [self.submit, self.claim, self.claim, self.beat, self.beat, self.start, self.start]
        doings += [self.finish, self.finish, self.release, self.cancel, self.wait]
        try:
            for _ in range(OPERATIONS // CLIENTS):
                self.chance.choice(doings)()
        except BaseException as error:  # noqa: BLE001  said by the test, in its own thread
            self.broken.append(error)

    def submit(self) -> None:
        self.made += 1
        plan = builders.plan(
            f"org/m{self.number}-{self.made}", hardware=self.chance.choice(["cpu", "t4-16gb"])
        )
        self.submitted.append(scenes.queued(self.record, plan).id)

    def claim(self) -> None:
        claim = self.record.claim(["cpu", "t4-16gb"], f"rack-{self.number}:1", LEASE_S)
        if claim is not None:
            self.claims.append(claim)

    def beat(self) -> None:
        self.write(
            lambda claim: self.record.heartbeat(
                claim.submission.id, claim.fence, builders.progress(), LEASE_S, "line\n"
            )
        )

    def start(self) -> None:
        self.write(
            lambda claim: self.record.append(
                claim.submission.id, builders.event(Status.RUNNING), fence=claim.fence
            )
        )

    def finish(self) -> None:
        def end(claim: Claim) -> None:
            run = builders.run(claim.submission.plan)
            rating = builders.rating(run.plan.model.repo_id, run_id=run.id)
            self.record.finish(claim.submission.id, claim.fence, scenes.ending(), run, [rating])
            self.finished.append((claim.submission.id, claim.fence))

        self.write(end)

    def release(self) -> None:
        self.write(lambda claim: self.record.release(claim.submission.id, claim.fence, "told to end"))

    def write(self, deed: Callable[[Claim], object]) -> None:
        """With any claim of the last few, most of them lost."""
        if not self.claims:
            return
        try:
            deed(self.chance.choice(self.claims[-4:]))
        except (FenceLost, Conflict):
            self.refused += 1

    def cancel(self) -> None:
        if self.submitted and self.chance.random() < 0.3:
            event = Event(status=Status.CANCELLED, at=self.clock.now(), actor="somebody")
            try:
                self.record.append(self.chance.choice(self.submitted), event)
            except Conflict:
                self.refused += 1

    def wait(self) -> None:
        """Time passes for all of them, and who was silent loses what they held."""
        self.clock.advance(self.chance.choice([1.0, 1.0, 100.0, 301.0]))
        self.record.reap()


def test_what_eight_do_at_once_is_as_if_one_did_it(tmp_path: Path, report: Report) -> None:
    clock = HandClock(builders.NOON)
    submitted: list[str] = []
    with Record.open(tmp_path / "data", clock=clock) as record:
        clients = [Client(number, record, clock, submitted) for number in range(CLIENTS)]
        threads = [threading.Thread(target=client.run) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for client in clients:
            assert client.broken == []
        given = [(claim.submission.id, claim.fence) for client in clients for claim in client.claims]
        # No claim was handed out twice, and each that was handed out is written down, and no other.
        assert Counter(given).most_common(1)[0][1] == 1
        fences = defaultdict(list)
        waiting = {row.submission.id for row in record.queue()}
        finished = dict(pair for client in clients for pair in client.finished)
        for id in submitted:
            happened = record.events(id)
            statuses = [event.status for event in happened]
            assert fold(happened) is record.status(id)
            assert (id in waiting) is not record.status(id).final
            fences[id] = [event.detail["fence"] for event in happened if event.status is Status.CLAIMED]
            assert fences[id] == sorted(set(fences[id]))
            assert len(fences[id]) <= MOST_ATTEMPTS
            assert statuses.count(Status.DONE) <= 1
            # Between two claims somebody gave it back or lost it.
            for place, status in enumerate(statuses):
                assert status is not Status.CLAIMED or statuses[place - 1] is Status.QUEUED
            if Status.DONE in statuses:
                assert finished[id] == fences[id][-1]
        assert sorted(given) == sorted((id, fence) for id, all_of in fences.items() for fence in all_of)
        done = sum(record.status(id) is Status.DONE for id in submitted)
    refused = sum(client.refused for client in clients)
    assert done
    assert refused
    report(
        "crowd", OPERATIONS // 100, f"{len(given)} claims, none doubled; {done} done once, {refused} refused"
    )
