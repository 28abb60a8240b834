"""One job that a worker has claimed: watched while it runs, its log told, its folder and end handed in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from leaderboard.domain import BadFile, SpaceUnavailable, StorageUnavailable
from runners.bench.record import LOG, RUN, TRACE
from runners.executors import Ending, Job, Moment, Placed
from runners.patience import Stopped, patiently
from runners.scrub import scrub
from runners.space import Claimed, SpaceClient, Told

HEARTBEATS_PER_LEASE = 10
NEWS_S = 1.0
"""A new step of a run is told at once, but not more often than this."""
LONGEST_LOG = 32 * 1024
"""Characters of log in one heartbeat; what is more comes with the next."""
LOOK_EVERY_S = 0.2
_Answer = TypeVar("_Answer")


@dataclass
class Assignment:
    """What is done for one claim. The fields are its worker's own."""

    claimed: Claimed
    space: SpaceClient
    say: Callable[[str], None]
    drain: threading.Event
    stop: threading.Event
    clock: Callable[[], float]
    secrets: tuple[str, ...]
    _rest: tuple[_Telling, Placed] | None = field(default=None, init=False)
    """A job that has ended, with what of its log was not told yet."""

    def watch(self, placed: Placed) -> Ending:
        """Heartbeats until the job has ended; the rest of its log comes with handing it in.

        Raises:
            FenceLost, NotFound, Stopped: it was killed.
        """
        every_s = self.claimed.lease_s / HEARTBEATS_PER_LEASE
        told = _Telling(placed, self.secrets)
        step, leaving = "", False
        told_at = self.clock() - every_s
        try:
            while (ending := placed.ending()) is None:
                if self.stop.wait(min(every_s, LOOK_EVERY_S)):
                    self.say(f"{self.claimed.submission_id}: told to end; the job is ended with it")
                    raise Stopped
                moment, since_s = placed.moment(), self.clock() - told_at
                news = moment.message != step and since_s >= NEWS_S
                if since_s < every_s and not news and leaving == self.drain.is_set():
                    continue
                told_at, step, leaving = self.clock(), moment.message, self.drain.is_set()
                told.look()
                try:
                    self._heartbeat(told, moment)
                except SpaceUnavailable as error:
                    # It ends no job: there is time until the lease runs out.
                    self.say(f"{self.claimed.submission_id}: not heard ({error.message})")
            told.look()
            self._rest = told, placed
            return ending
        finally:
            placed.kill()

    def _heartbeat(self, told: _Telling, moment: Moment) -> None:
        piece = told.piece
        self.space.heartbeat(
            self.claimed,
            Told(
                fraction=moment.fraction,
                message=moment.message[:300],
                remaining_s=moment.remaining_s,
                log=piece,
                log_at=told.at,
                draining=self.drain.is_set() or self.stop.is_set(),
            ),
        )
        told.heard(piece)

    def hand_in(self, job: Job, ending: Ending) -> None:
        """Tell the rest of the log, bring the run folder, say how it ended."""
        outcome = ending.outcome
        files_of = "" if ending.handed_in else outcome
        cause, remedy = scrub(ending.cause, self.secrets), scrub(ending.remedy, self.secrets)

        def finish() -> str:
            return self.space.finish(self.claimed, outcome, cause, remedy, ending.code, ending.node)

        self._tell_rest()
        self._put_files(job, files_of)
        try:
            status = self._patiently(finish)
        except BadFile as error:
            # A Space that was restored on a new disk has the claim, and not the files that it had been given.
            self.say(f"{self.claimed.submission_id}: its files once more ({error.message})")
            self._put_files(job, files_of)
            status = self._patiently(finish)
        self.say(f"{self.claimed.submission_id}: {status or outcome}" + (f", {cause}" if cause else ""))

    def _tell_rest(self) -> None:
        if self._rest is not None:
            told, placed = self._rest
            while told.piece:
                self._patiently(lambda: self._heartbeat(told, placed.moment()))

    def _put_files(self, job: Job, outcome: str) -> None:
        if outcome in ("done", "rejected"):
            for name in (LOG, TRACE, RUN):
                self._patiently(lambda path=job.out / name: self._put(path))  # type: ignore[misc]

    def _put(self, path: Path) -> None:
        try:
            self.space.put_file(self.claimed, path)
        except OSError as error:
            raise StorageUnavailable(
                f"{path.name} cannot be read ({error.strerror}).", "Measure again."
            ) from error

    def _patiently(self, ask: Callable[[], _Answer]) -> _Answer:
        return patiently(ask, self.stop, self.say)


class _Telling:
    """A job's log on its way to the Space: kept here until it was heard, told with where it begins."""

    def __init__(self, placed: Placed, secrets: tuple[str, ...]) -> None:
        self._placed, self._secrets = placed, secrets
        self._unsent = ""
        self.at = 0
        """Characters that were heard."""

    def look(self) -> None:
        """Take in what the job has said meanwhile."""
        self._unsent += scrub(self._placed.new_log(), self._secrets)

    @property
    def piece(self) -> str:
        """What is to be told next; empty: all of it was heard."""
        return self._unsent[:LONGEST_LOG]

    def heard(self, piece: str) -> None:
        self._unsent = self._unsent[len(piece) :]
        self.at += len(piece)
