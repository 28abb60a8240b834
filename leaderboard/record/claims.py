"""Who works on what: claims under a lease and a fence, heartbeats, and the lost taken back (DESIGN §4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select, update

from leaderboard.domain import BadInput, Event, FenceLost, Progress, Status, Submission
from leaderboard.record.clock import Clock
from leaderboard.record.leases import Lease, Leases
from leaderboard.record.logs import add_log, arrived, unseen
from leaderboard.record.pauses import all_held_back, hold
from leaderboard.record.readers import Readers
from leaderboard.record.shelf import Shelf
from leaderboard.record.states import LIVE, MOST_ATTEMPTS, add_events, another_try, check_held, move, state_of
from leaderboard.record.tables import events, journal_head, states, submissions, turns
from leaderboard.record.workers import machine_of
from leaderboard.record.writer import Writer

_NEXT = (
    select(turns.c.owner, turns.c.head)
    .where(turns.c.hardware == bindparam("of"), turns.c.head.is_not(None))
    .order_by(turns.c.last, turns.c.head)
    .limit(1)
)
_SERVED = (
    update(turns)
    .where(turns.c.hardware == bindparam("of"), turns.c.owner == bindparam("whose"))
    .values(last=select(func.max(events.c.seq)).scalar_subquery())
)
_TAKE = (
    update(states)
    .where(states.c.seq == bindparam("head"))
    .values(
        status=Status.CLAIMED.value,
        # Above the floor too: after a restore, claims of the lost disk may have gone past the row's fence.
        fence=func.max(states.c.fence, select(journal_head.c.fence_floor).scalar_subquery()) + 1,
        attempt=states.c.attempt + 1,
        worker=bindparam("runner"),
        lease_s=bindparam("lease"),
        progress=None,
    )
    .returning(states.c.submission_id, states.c.fence, states.c.attempt)
)
_BODY = select(submissions.c.body).where(submissions.c.id == bindparam("of"))
_BEAT = (
    update(states)
    .where(
        states.c.submission_id == bindparam("of"),
        states.c.fence == bindparam("by"),
        states.c.status.in_(LIVE),
    )
    .values(progress=bindparam("far"), lease_s=bindparam("lease"))
)


@dataclass(frozen=True)
class Claim:
    """A submission that a runner now holds."""

    submission: Submission
    fence: int
    """To be shown with every later write; rises with every claim."""
    attempt: int
    """Which try this is, from 1."""
    lease_s: float
    """Seconds the runner may be silent."""


class _Place(NamedTuple):
    hardware: str
    owner: str
    head: int
    """The `seq` of the submission."""


class Claims(Shelf):
    """Handing out work and taking it back."""

    def __init__(self, readers: Readers, writer: Writer, clock: Clock) -> None:
        super().__init__(readers, writer, clock)
        self._leases = Leases(clock)

    def _resume_leases(self) -> None:
        """After a start: every live lease gets its full length once more."""
        live = select(states.c.submission_id, states.c.fence, states.c.lease_s).where(
            states.c.status.in_(LIVE)
        )
        with self._readers.snapshot() as connection:
            for row in connection.execute(live):
                self._leases.grant(row.submission_id, row.fence, row.lease_s)

    def claim(self, hardware: Sequence[str], worker: str, lease_s: float) -> Claim | None:
        """Take what is next for one of the hardware classes; None: nothing waits.

        In each class owners take turns: next is who was served there longest ago, or never, and of those
        who came first; each with the oldest of theirs. Between classes the older submission goes first.
        Nothing is handed out of a paused class, and nothing to a draining machine.

        Raises:
            BadInput: a lease that is not longer than nothing.
        """
        check_lease(lease_s)
        at = self._clock.now()

        def job(connection: Connection) -> tuple[str, int, int] | None:
            held = all_held_back(connection)
            if {worker, machine_of(worker)} & (held["draining"].keys() | held["aside"].keys()):
                return None
            place = _next(connection, [one for one in hardware if one not in held["paused"]])
            if place is None:
                return None
            taken = connection.execute(_TAKE, {"head": place.head, "runner": worker, "lease": lease_s}).one()
            event = Event(
                status=Status.CLAIMED,
                at=at,
                actor=worker,
                message=f"The runner {worker} has taken it (try {taken.attempt} of {MOST_ATTEMPTS}).",
                detail={"fence": taken.fence, "attempt": taken.attempt},
            )
            add_events(connection, taken.submission_id, [event])
            connection.execute(_SERVED, {"of": place.hardware, "whose": place.owner})
            self._leases.grant(taken.submission_id, taken.fence, lease_s)
            body = connection.execute(_BODY, {"of": taken.submission_id}).scalar_one()
            return body, taken.fence, taken.attempt

        taken = self._writer.run(job)
        if taken is None:
            return None
        body, fence, attempt = taken
        return Claim(Submission.model_validate_json(body), fence, attempt, lease_s)

    def heartbeat(
        self,
        id: str,
        fence: int,
        progress: Progress,
        lease_s: float,
        log: str = "",
        log_at: int | None = None,
    ) -> Status:
        """Prolong the lease and write down how far the run is, and what its log says.

        Args:
            log: the next piece of the run's log.
            log_at: where in it the piece begins, in characters: what is here already is not added again.
                None: all of it is new.

        Raises:
            NotFound: there is no such submission.
            FenceLost: this runner no longer holds it; it must stop.
        """
        check_lease(lease_s)

        def job(connection: Connection) -> Status:
            state = state_of(connection, id)
            check_held(state, fence)
            new, here = unseen(log, log_at, arrived(state))
            add_log(connection, id, new)
            body = progress.model_copy(update={"log_characters": here}).model_dump_json()
            connection.execute(_BEAT, {"of": id, "by": fence, "far": body, "lease": lease_s})
            self._leases.grant(id, fence, lease_s)
            return Status(state.status)

        return self._writer.run(job)

    def check_fence(self, id: str, fence: int) -> None:
        """Whether the runner with this fence holds the submission now. Raises NotFound, FenceLost."""
        with self._readers.snapshot() as connection:
            check_held(state_of(connection, id), fence)

    def worker_of(self, id: str) -> str:
        """The runner that holds it, or held it last.

        Raises:
            NotFound: there is no such submission.
            FenceLost: no runner ever did.
        """
        with self._readers.snapshot() as connection:
            worker: str | None = state_of(connection, id).worker
        if worker is None:
            raise FenceLost(f"No runner has claimed submission {id}.", "Claim it first.")
        return worker

    def release(self, id: str, fence: int, why: str) -> Status:
        """Give a submission back that its runner cannot go on with: at once, not when its lease runs out.

        It counts as a try; after the last one it ends as failed.

        Raises:
            NotFound: there is no such submission.
            FenceLost: this runner no longer holds it.
        """

        def job(connection: Connection) -> Status:
            state = state_of(connection, id)
            check_held(state, fence)
            said = f"The runner {state.worker} gave it back: {why.rstrip('.')}"
            detail = {"worker": state.worker, "fence": fence}
            event = another_try(self._clock.now(), state.attempt, said, detail)
            return move(connection, state, [event], finished_fence=fence if event.status.final else None)

        return self._writer.run(job)

    def try_again(
        self, id: str, fence: int, said: str, remedy: str, aside: tuple[str, str] | None = None
    ) -> Status:
        """Take back a submission whose run ended by a fault of ours: another try, or after the last the end.

        Args:
            said: what happened.
            remedy: what to do, once there is no other try.
            aside: a machine that gets no more work until it is found fit, and why.

        Raises:
            NotFound: there is no such submission.
            FenceLost: this runner no longer holds it.
        """

        def job(connection: Connection) -> Status:
            state = state_of(connection, id)
            check_held(state, fence)
            detail = {"worker": state.worker, "fence": fence}
            if aside is not None:
                detail["aside"] = aside[0]
                hold(connection, "aside", *aside)
            event = another_try(self._clock.now(), state.attempt, said.rstrip("."), detail, remedy)
            return move(connection, state, [event], finished_fence=fence if event.status.final else None)

        return self._writer.run(job)

    def reap(self) -> list[str]:
        """Take submissions back from runners that were silent for longer than their lease; returns the ids.

        Each is queued again and keeps its place; after the third lost runner it ends as failed.
        """
        return [lease.submission_id for lease in self._leases.expired() if self._take_back(lease)]

    def _take_back(self, lease: Lease) -> bool:
        def job(connection: Connection) -> bool:
            state = state_of(connection, lease.submission_id)
            # Between the look and the deed it may have ended, gone on to another runner, or been heard from.
            over = state.fence != lease.fence or state.status not in LIVE
            if over or not self._leases.has_expired(lease):
                return False
            silence_s = self._leases.silence_s(lease)
            move(connection, state, [_lost(self._clock.now(), state.worker, state.attempt, silence_s)])
            return True

        taken = self._writer.run(job)
        # Only now that it is on disk: had the disk failed, the lease would have to run out again.
        self._leases.forget(lease)
        return taken


def _next(connection: Connection, hardware: Sequence[str]) -> _Place | None:
    """What is next for a runner that may have work of these classes."""
    heads = []
    for one in hardware:
        row = connection.execute(_NEXT, {"of": one}).one_or_none()
        if row is not None:
            heads.append(_Place(one, row.owner, row.head))
    return min(heads, key=lambda place: place.head, default=None)


def check_lease(lease_s: float) -> None:
    """Whether a lease can run at all. Raises BadInput."""
    if not 0 < lease_s < math.inf:
        raise BadInput(f"A lease of {lease_s} s cannot run.", "Ask for more than 0 s, and an end.")


def _lost(at: datetime, worker: str, attempt: int, silence_s: float) -> Event:
    """What a lost runner means for the submission."""
    said = f"The runner {worker} was not heard from for {silence_s:.0f} s"
    return another_try(at, attempt, said, {"worker": worker, "silence_s": round(silence_s, 3)})
