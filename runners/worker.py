"""The worker: claims what a Space has queued, has it measured, hands it in; and keeps going (DESIGN §6)."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from leaderboard import __version__
from leaderboard.domain import (
    BadFile,
    FenceLost,
    Forbidden,
    NotFound,
    SpaceUnavailable,
    StarwattError,
    StorageUnavailable,
    WrongSchema,
)
from runners.bench.record import LOG, RUN, TRACE
from runners.executors import Ending, Executor, Job, Moment, Placed
from runners.patience import Stopped, patiently
from runners.scrub import scrub
from runners.space import Claimed, SpaceClient, Told

HEARTBEATS_PER_LEASE = 10
NEWS_S = 1.0
"""A new step of a run is told at once, but not more often than this."""
LONGEST_LOG = 32 * 1024
"""Characters of log in one heartbeat; what is more comes with the next."""
LOOK_EVERY_S = 0.2
LAST_WORDS = 3
"""Tries to give a job back before the worker ends without having been heard."""
_Answer = TypeVar("_Answer")


@dataclass
class Worker:
    """One runner, that has one job measured at a time."""

    space: SpaceClient
    executor: Executor
    hardware: tuple[str, ...]
    say: Callable[[str], None]
    """Takes one line per step."""
    machine: str
    """Its name (`runners.names`)."""
    poll_s: float = 2.0
    work: Path | None = None
    """Where job folders are made; None: the system's folder for such things."""
    secrets: tuple[str, ...] = ()
    drain: threading.Event = field(default_factory=threading.Event)
    """Set from a signal handler or another thread: the current job is finished, and no other is taken."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Likewise: the current job is ended and given back, then the worker ends."""
    clock: Callable[[], float] = time.monotonic
    """Seconds that never jump."""

    def end(self) -> None:
        """What the first signal asks for is to finish, what the second asks for is to end now."""
        if self.drain.is_set():
            self.stop.set()
        self.drain.set()

    def run(self, once: bool = False) -> None:
        """Claim and measure until stopped; `once`: one job at most, and none to claim ends it too.

        Raises:
            Forbidden: the token is wrong, which no retry mends.
        """
        self._tell(f"{self.machine}: waiting for {', '.join(self.hardware)} from {self.space.address}")
        try:
            while not self._ending():
                claimed = self._patiently(self._claim)
                if claimed is not None:
                    self._measure_and_live_on(claimed)
                if once:
                    return
                if claimed is None:
                    self.drain.wait(self.poll_s)
            self._say_farewell()
        except Stopped:
            pass
        self._tell(f"{self.machine}: ended")

    def _ending(self) -> bool:
        return self.drain.is_set() or self.stop.is_set()

    def _say_farewell(self) -> None:
        """Not heard, it is missed a minute later: no reason to stay."""
        try:
            self.space.draining(self.hardware, self.machine)
        except (SpaceUnavailable, Forbidden) as error:
            self._tell(f"{self.machine}: not heard ({error.message})")

    def _claim(self) -> Claimed | None:
        try:
            return self.space.claim(self.hardware, self.machine, __version__)
        except WrongSchema as error:
            # Its lease will run out, and a runner of the Space's version takes it.
            self._tell(f"left to another runner: {error}")
            return None

    def _measure_and_live_on(self, claimed: Claimed) -> None:
        try:
            self._measure(claimed)
        except (Forbidden, Stopped):
            raise
        except StarwattError as error:
            # What the Space refuses once it refuses again: the lease runs out, and it is queued anew.
            self._tell(f"{claimed.submission_id}: given up, {error}")
        except Exception:  # noqa: BLE001  the worker's loop: one job's fault must not end the others
            self._tell(f"{claimed.submission_id}: given up\n{traceback.format_exc().rstrip()}")

    def _measure(self, claimed: Claimed) -> None:
        """One job from claim to finish."""
        who = claimed.submission_id
        plan = claimed.plan
        self._tell(f"{who}: {plan.model.repo_id}, {plan.task} on {plan.hardware}, attempt {claimed.attempt}")
        folder = Path(tempfile.mkdtemp(prefix=f"starwatt-{who}-", dir=self.work))
        job = Job(plan=plan, folder=folder / "job")
        try:
            self._patiently(lambda: self.space.start(claimed))
            self._tell(f"{who}: started, about {plan.expected_duration_s:.0f} s")
            try:
                placed = self.executor.place(job)
            except StarwattError as error:
                ending = Ending("failed", error.message, error.remedy, error.code)
            else:
                ending = self._watch(claimed, placed)
            self._hand_in(claimed, job, ending)
        except FenceLost as error:
            self._tell(f"{who}: stopped, {error.message}")
        except NotFound as error:
            self._tell(f"{who}: stopped, the Space does not know it any more ({error.message})")
        except Stopped:
            self._give_back(claimed, "it was told to end")
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _give_back(self, claimed: Claimed, why: str) -> None:
        """So that it is queued again at once. Not heard, it is when its lease runs out."""
        try:
            patiently(lambda: self.space.release(claimed, why), threading.Event(), self._tell, LAST_WORDS)
            self._tell(f"{claimed.submission_id}: given back")
        except StarwattError as error:
            self._tell(f"{claimed.submission_id}: not given back ({error.message})")

    def _watch(self, claimed: Claimed, placed: Placed) -> Ending:
        """Heartbeats until the job has ended, and until all of its log is told.

        Raises:
            FenceLost, NotFound, Stopped: it was killed.
        """
        every_s = claimed.lease_s / HEARTBEATS_PER_LEASE
        told = _Telling(placed, self.secrets)
        step, leaving = "", False
        told_at = self.clock() - every_s
        try:
            while (ending := placed.ending()) is None:
                if self.stop.wait(min(every_s, LOOK_EVERY_S)):
                    self._tell(f"{claimed.submission_id}: told to end; the job is ended with it")
                    raise Stopped
                moment, since_s = placed.moment(), self.clock() - told_at
                news = moment.message != step and since_s >= NEWS_S
                if since_s < every_s and not news and leaving == self.drain.is_set():
                    continue
                told_at, step, leaving = self.clock(), moment.message, self.drain.is_set()
                told.look()
                try:
                    self._heartbeat(claimed, told, moment)
                except SpaceUnavailable as error:
                    # It ends no job: there is time until the lease runs out.
                    self._tell(f"{claimed.submission_id}: not heard ({error.message})")
            told.look()
            while told.piece:
                self._patiently(lambda: self._heartbeat(claimed, told, placed.moment()))
            return ending
        finally:
            placed.kill()

    def _heartbeat(self, claimed: Claimed, told: _Telling, moment: Moment) -> None:
        piece = told.piece
        self.space.heartbeat(
            claimed,
            Told(
                fraction=moment.fraction,
                message=moment.message[:300],
                remaining_s=moment.remaining_s,
                log=piece,
                log_at=told.at,
                draining=self._ending(),
            ),
        )
        told.heard(piece)

    def _hand_in(self, claimed: Claimed, job: Job, ending: Ending) -> None:
        outcome = ending.outcome
        cause, remedy = scrub(ending.cause, self.secrets), scrub(ending.remedy, self.secrets)

        def finish() -> str:
            return self.space.finish(claimed, outcome, cause, remedy, ending.code)

        self._put_files(claimed, job, outcome)
        try:
            status = self._patiently(finish)
        except BadFile as error:
            # A Space that was restored on a new disk has the claim, and not the files that it had been given.
            self._tell(f"{claimed.submission_id}: its files once more ({error.message})")
            self._put_files(claimed, job, outcome)
            status = self._patiently(finish)
        self._tell(f"{claimed.submission_id}: {status or outcome}" + (f", {cause}" if cause else ""))

    def _put_files(self, claimed: Claimed, job: Job, outcome: str) -> None:
        if outcome in ("done", "rejected"):
            for name in (LOG, TRACE, RUN):
                self._patiently(lambda path=job.out / name: self._put(claimed, path))  # type: ignore[misc]

    def _put(self, claimed: Claimed, path: Path) -> None:
        try:
            self.space.put_file(claimed, path)
        except OSError as error:
            raise StorageUnavailable(
                f"{path.name} cannot be read ({error.strerror}).", "Measure again."
            ) from error

    def _patiently(self, ask: Callable[[], _Answer]) -> _Answer:
        return patiently(ask, self.stop, self._tell)

    def _tell(self, line: str) -> None:
        self.say(scrub(line, self.secrets))


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
