"""The worker: claims what a Space has queued, has it measured, hands it in; and keeps going (DESIGN §6)."""

from __future__ import annotations

import re
import shutil
import socket
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
from runners.scrub import scrub
from runners.space import Claimed, SpaceClient

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
"""Between tries while the Space is out of reach; doubled each time."""
HEARTBEATS_PER_LEASE = 10
NEWS_S = 1.0
"""A new step of a run is told at once, but not more often than this."""
LONGEST_LOG = 32 * 1024
"""Characters of log in one heartbeat; what is more comes with the next."""
LOG_TAIL = 8 * 1024
_Answer = TypeVar("_Answer")


class Stopped(Exception):
    """The worker was told to end."""


@dataclass
class Worker:
    """One machine that measures one job at a time."""

    space: SpaceClient
    executor: Executor
    hardware: tuple[str, ...]
    say: Callable[[str], None]
    """Takes one line per step."""
    poll_s: float = 2.0
    machine: str = field(default_factory=lambda: _machine_name(socket.gethostname()))
    work: Path | None = None
    """Where job folders are made; None: the system's folder for such things."""
    secrets: tuple[str, ...] = ()
    stop: threading.Event = field(default_factory=threading.Event)
    """Set from a signal handler or another thread: the current job is ended, then the worker."""

    def run(self, once: bool = False) -> None:
        """Claim and measure until stopped; `once`: one job at most, and none to claim ends it too.

        Raises:
            Forbidden: the token is wrong, which no retry mends.
        """
        self._tell(f"{self.machine}: waiting for {', '.join(self.hardware)} from {self.space.address}")
        try:
            while not self.stop.is_set():
                claimed = self._patiently(self._claim)
                if claimed is not None:
                    self._measure_and_live_on(claimed)
                if once:
                    return
                if claimed is None:
                    self.stop.wait(self.poll_s)
        except Stopped:
            pass
        self._tell(f"{self.machine}: ended")

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
                ending, log = Ending("failed", error.message, error.remedy, error.code), ""
            else:
                ending, log = self._watch(claimed, placed)
            self._hand_in(claimed, job, ending, log)
        except FenceLost as error:
            self._tell(f"{who}: stopped, {error.message}")
        except NotFound as error:
            self._tell(f"{who}: stopped, the Space does not know it any more ({error.message})")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _watch(self, claimed: Claimed, placed: Placed) -> tuple[Ending, str]:
        """Heartbeats until the job has ended; returns its ending and the log that was not yet sent.

        Raises:
            FenceLost, NotFound, Stopped: it was killed.
        """
        every_s = claimed.lease_s / HEARTBEATS_PER_LEASE
        unsent, step = "", ""
        told_at = time.monotonic() - every_s
        try:
            while (ending := placed.ending()) is None:
                if self.stop.wait(min(every_s, 0.2)):
                    self._tell(f"{claimed.submission_id}: told to end; the job is ended with it")
                    raise Stopped
                moment, since_s = placed.moment(), time.monotonic() - told_at
                news = moment.message != step and since_s >= NEWS_S
                if since_s < every_s and not news:
                    continue
                told_at, step = time.monotonic(), moment.message
                unsent += scrub(placed.new_log(), self.secrets)
                if self._heartbeat(claimed, moment, unsent[:LONGEST_LOG]):
                    unsent = unsent[LONGEST_LOG:]
            return ending, unsent + scrub(placed.new_log(), self.secrets)
        finally:
            placed.kill()

    def _heartbeat(self, claimed: Claimed, moment: Moment, log: str) -> bool:
        """Whether it was heard. An unreachable Space ends no job: there is time until the lease ends."""
        try:
            self.space.heartbeat(claimed, moment.fraction, moment.message[:300], moment.remaining_s, log)
        except SpaceUnavailable as error:
            self._tell(f"{claimed.submission_id}: not heard ({error.message})")
            return False
        return True

    def _hand_in(self, claimed: Claimed, job: Job, ending: Ending, log: str) -> None:
        outcome = ending.outcome
        cause, remedy = scrub(ending.cause, self.secrets), scrub(ending.remedy, self.secrets)

        def finish() -> str:
            return self.space.finish(claimed, outcome, cause, remedy, log[-LOG_TAIL:], ending.code)

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
        """Ask until the Space answers, with longer and longer pauses.

        Raises:
            Stopped: the worker was told to end meanwhile.
        """
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return ask()
            except SpaceUnavailable as error:
                self._tell(f"{error.message} Tried again in {pause_s:g} s.")
                if self.stop.wait(pause_s):
                    raise Stopped from error
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _tell(self, line: str) -> None:
        self.say(scrub(line, self.secrets))


def _machine_name(host: str) -> str:
    """A host's name as the Space takes it."""
    return re.sub(r"[^\w.:-]", "-", host)[:100] or "worker"
