"""Work that comes back: given back, spoilt by a fault of ours, or taken from a lost runner (DESIGN §4)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from leaderboard.domain import Event, Status
from leaderboard.record.clock import Clock
from leaderboard.record.leases import Lease, Leases
from leaderboard.record.pauses import hold
from leaderboard.record.readers import Readers
from leaderboard.record.shelf import Shelf
from leaderboard.record.states import LIVE, another_try, check_held, move, state_of
from leaderboard.record.writer import Writer


class Returns(Shelf):
    """Taking work back; each time another try, or after the last one the end."""

    def __init__(self, readers: Readers, writer: Writer, clock: Clock) -> None:
        super().__init__(readers, writer, clock)
        self._leases = Leases(clock)

    def hear(self, id: str, fence: int) -> None:
        """A word from the runner that holds a submission: its lease starts anew.

        Whatever it does says that it lives: a run that takes longer to hand in than a lease is not lost.

        Raises:
            NotFound: there is no such submission.
            FenceLost: this runner no longer holds it.
        """
        with self._readers.snapshot() as connection:
            check_held(state_of(connection, id), fence)
        self._leases.prolong(id, fence)

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

        return self._writer.run(job, small=True)

    def try_again(
        self,
        id: str,
        fence: int,
        said: str,
        remedy: str,
        aside: tuple[str, str] | None = None,
        check: str = "",
    ) -> Status:
        """Take back a submission whose run ended by a fault of ours: another try, or after the last the end.

        Args:
            said: what happened.
            remedy: what to do, once there is no other try.
            aside: a machine that gets no more work until it is found fit, and why.
            check: the check of the run that says so, if it was one.

        Raises:
            NotFound: there is no such submission.
            FenceLost: this runner no longer holds it.
        """

        def job(connection: Connection) -> Status:
            state = state_of(connection, id)
            check_held(state, fence)
            detail = {"worker": state.worker, "fence": fence}
            if aside is not None:
                detail |= {"aside": aside[0], "check": check}
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


def _lost(at: datetime, worker: str | None, attempt: int, silence_s: float) -> Event:
    """What a lost runner means for the submission."""
    said = f"The runner {worker} was not heard from for {silence_s:.0f} s"
    return another_try(at, attempt, said, {"worker": worker, "silence_s": round(silence_s, 3)})
