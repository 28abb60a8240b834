"""Who works on what: claims under a lease and a fence, heartbeats, and the lost taken back (DESIGN §4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, null, or_, select, update

from leaderboard.domain import BadInput, Event, FenceLost, Progress, Status, Submission
from leaderboard.record.logs import add_log, arrived, unseen
from leaderboard.record.pauses import all_held_back
from leaderboard.record.prepared import Prepared
from leaderboard.record.returns import Returns
from leaderboard.record.states import LIVE, MOST_ATTEMPTS, add_events, check_held, event_rows, state_of
from leaderboard.record.tables import events, journal_head, states, submissions, turns
from leaderboard.record.workers import machine_of

_NEXT = Prepared(
    select(turns.c.owner, turns.c.head)
    .where(turns.c.hardware == bindparam("of"), turns.c.head.is_not(None))
    .order_by(turns.c.last, turns.c.head)
    .limit(1)
)
_SERVED = Prepared(
    update(turns)
    .where(turns.c.hardware == bindparam("of"), turns.c.owner == bindparam("whose"))
    .values(last=select(func.max(events.c.seq)).scalar_subquery())
)
_BODY = select(submissions.c.body).where(submissions.c.id == states.c.submission_id).scalar_subquery()
_TAKE = Prepared(
    update(states)
    .where(states.c.seq == bindparam("head"))
    .values(
        status=Status.CLAIMED.value,
        # Above the floor too: after a restore, claims of the lost disk may have gone past the row's fence.
        fence=func.max(states.c.fence, select(journal_head.c.fence_floor).scalar_subquery()) + 1,
        attempt=states.c.attempt + 1,
        worker=bindparam("runner"),
        lease_s=bindparam("lease"),
        progress=null(),
    )
    .returning(states.c.submission_id, states.c.fence, states.c.attempt, _BODY)
)
_BEAT = Prepared(
    update(states)
    .where(
        states.c.submission_id == bindparam("of"),
        states.c.fence == bindparam("by"),
        or_(*(states.c.status == live for live in LIVE)),
    )
    .values(progress=bindparam("far"), lease_s=bindparam("lease"))
)


@dataclass(frozen=True)
class Claim:
    """A submission that a runner now holds."""

    body: str
    """The submission as JSON, as it was written down; the Space hands it on as it is."""
    fence: int
    """To be shown with every later write; rises with every claim."""
    attempt: int
    """Which try this is, from 1."""
    lease_s: float
    """Seconds the runner may be silent."""

    @cached_property
    def submission(self) -> Submission:
        return Submission.model_validate_json(self.body)


class _Place(NamedTuple):
    hardware: str
    owner: str
    head: int
    """The `seq` of the submission."""


class Claims(Returns):
    """Handing out work, and keeping it where it is."""

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
            taken = {"head": place.head, "runner": worker, "lease": lease_s}
            id, fence, attempt, body = _TAKE.only(connection, taken)
            add_events(connection, event_rows(id, [_claimed(at, worker, fence, attempt)]))
            _SERVED.run(connection, {"of": place.hardware, "whose": place.owner})
            self._leases.grant(id, fence, lease_s)
            return body, fence, attempt

        taken = self._writer.run(job, small=True)
        return None if taken is None else Claim(*taken, lease_s)

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
            _BEAT.run(connection, {"of": id, "by": fence, "far": body, "lease": lease_s})
            self._leases.grant(id, fence, lease_s)
            return Status(state.status)

        return self._writer.run(job, small=True)

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


def _claimed(at: datetime, worker: str, fence: int, attempt: int) -> Event:
    return Event(
        status=Status.CLAIMED,
        at=at,
        actor=worker,
        message=f"The runner {worker} has taken it (try {attempt} of {MOST_ATTEMPTS}).",
        detail={"fence": fence, "attempt": attempt},
    )


def _next(connection: Connection, hardware: Sequence[str]) -> _Place | None:
    """What is next for a runner that may have work of these classes."""
    heads = []
    for one in hardware:
        row = _NEXT.first(connection, {"of": one})
        if row is not None:
            heads.append(_Place(one, *row))
    return min(heads, key=lambda place: place.head, default=None)


def check_lease(lease_s: float) -> None:
    """Whether a lease can run at all. Raises BadInput."""
    if not 0 < lease_s < math.inf:
        raise BadInput(f"A lease of {lease_s} s cannot run.", "Ask for more than 0 s, and an end.")
