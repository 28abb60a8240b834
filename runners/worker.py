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
    FenceLost,
    Forbidden,
    NotFound,
    SpaceUnavailable,
    StarwattError,
    StorageUnavailable,
    Unavailable,
    WrongSchema,
)
from runners.assignment import Assignment
from runners.executors import Ending, Executor, Job, Placed
from runners.handing_in import HandingIn
from runners.kept import Finished, Kept, job_of, sealed
from runners.notes import Note
from runners.patience import Stopped, patiently
from runners.scrub import scrub
from runners.space import Claimed, SpaceClient

NOT_AT_ONCE = ("hub_unavailable", "unavailable", "storage_unavailable")
REST_S = 60.0
"""How long a worker takes nothing, after a job that met trouble outside; longer after each try."""
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
    note: Note | None = None
    """Where it writes down what it holds; None: nowhere."""
    kept: Kept | None = None
    """Where finished runs stay that could not be handed in; None: they do not."""
    work: Path | None = None
    """Where job folders are made; None: the system's folder for such things."""
    secrets: tuple[str, ...] = ()
    drain: threading.Event = field(default_factory=threading.Event)
    """Set from a signal handler or another thread: the current job is finished, and no other is taken."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Likewise: the current job is ended and given back, then the worker ends."""
    clock: Callable[[], float] = time.monotonic
    """Seconds that never jump."""

    def __post_init__(self) -> None:
        self._handing = HandingIn(self.kept, self._tell, self._assignment)

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
            held = None if self.note is None else self.note.read()
            if held is not None:
                self._and_live_on(held[0], self._take_up, *held)
            for finished in () if self.kept is None else self.kept.all():
                self._and_live_on(finished.claimed, self._handing.bring, finished)
            while not self._ending():
                claimed = self._patiently(self._claim)
                if claimed is not None:
                    self._and_live_on(claimed, self._measure, claimed)
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
            return self.space.claim(self.hardware, self.machine, __version__, self._nodes())
        except WrongSchema as error:
            # Its lease will run out, and a runner of the Space's version takes it.
            self._tell(f"left to another runner: {error}")
        except SpaceUnavailable:
            raise
        except Unavailable as error:
            # What would measure is away: work that is taken now would only be given back.
            self._tell(f"nothing is claimed: {error}")
        return None

    def _nodes(self) -> dict[str, tuple[str, ...]]:
        """By class, which nodes could measure it, where the executor knows them."""
        known = {name: self.executor.nodes(name) for name in self.hardware}
        return {name: nodes for name, nodes in known.items() if nodes is not None}

    def _and_live_on(self, claimed: Claimed, go_on: Callable[..., None], *given: object) -> None:
        try:
            go_on(*given)
        except (Forbidden, Stopped):
            raise
        except StarwattError as error:
            # What the Space refuses once it refuses again: the lease runs out, and it is queued anew.
            self._tell(f"{claimed.submission_id}: given up, {error}")
        except Exception:  # noqa: BLE001  the worker's loop: one job's fault must not end the others
            self._tell(f"{claimed.submission_id}: given up\n{traceback.format_exc().rstrip()}")

    def _measure(self, claimed: Claimed) -> None:
        """One job from claim to finish."""
        plan = claimed.plan
        self._tell(
            f"{claimed.submission_id}: {plan.model.repo_id}, {plan.task} on {plan.hardware}, "
            f"attempt {claimed.attempt}"
        )
        try:
            if self.work is not None:
                self.work.mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix=f"starwatt-{claimed.submission_id}-", dir=self.work))
        except OSError as error:
            self._give_back(claimed, f"its runner has no room for the job ({error.strerror})")
            raise StorageUnavailable(
                f"No folder can be made for the job ({error.strerror}).", "Free some space."
            ) from error
        self._carry(claimed, folder, None)

    def _take_up(self, claimed: Claimed, folder: Path) -> None:
        """What this worker held when it last died: gone on with where the job lives on, else given back."""
        finished = sealed(folder)
        if finished is not None and self.kept is not None:
            # It died between the run's end and the Space's answer.
            self._handing.keep(finished)
            self._forget(folder)
            return
        placed = self._found(job_of(claimed, folder))
        if placed is not None:
            self._tell(f"{claimed.submission_id}: taken up again")
            self._carry(claimed, folder, placed)
        else:
            self._give_back(claimed, "it was started anew")
            self._forget(folder)

    def _found(self, job: Job) -> Placed | None:
        while True:
            try:
                return self.executor.find(job)
            except Unavailable as error:
                self._tell(f"{error} Asked again in {self.poll_s:g} s.")
                if self.stop.wait(self.poll_s):
                    raise Stopped from error

    def _carry(self, claimed: Claimed, folder: Path, placed: Placed | None) -> None:
        """A job to its end. `placed`: it is there already."""
        who, job = claimed.submission_id, job_of(claimed, folder)
        assignment = self._assignment(claimed)
        try:
            self._begin(claimed, folder, placed)
            self._tell(f"{who}: started, about {claimed.plan.expected_duration_s:.0f} s")
            try:
                placed = placed or self.executor.place(job)
            except StarwattError as error:
                ending = Ending("failed", error.message, error.remedy, error.code)
            else:
                ending = assignment.watch(placed)
            self._handing.hand_in(assignment, Finished(claimed, ending, folder))
            if ending.code in NOT_AT_ONCE:
                # Three tries in a minute would not outlast what is wrong.
                self.drain.wait(REST_S * claimed.attempt)
        except FenceLost as error:
            self._tell(f"{who}: stopped, {error.message}")
        except NotFound as error:
            self._tell(f"{who}: stopped, the Space does not know it any more ({error.message})")
        except Forbidden:
            # A job that lived on without its worker may have ended by now.
            ended = None if placed is None else placed.ending()
            if ended is not None:
                self._handing.keep(Finished(claimed, ended, folder))
            raise
        except Stopped:
            if folder not in self._handing.stays:
                self._give_back(claimed, "it was told to end")
            raise
        finally:
            self._forget(folder)

    def _assignment(self, claimed: Claimed) -> Assignment:
        return Assignment(claimed, self.space, self._tell, self.drain, self.stop, self.clock, self.secrets)

    def _begin(self, claimed: Claimed, folder: Path, placed: Placed | None) -> None:
        """Note and say that it is being measured. Where that fails, a job that is there already is ended."""
        try:
            if self.note is not None:
                self.note.write(claimed, folder)
            self._patiently(lambda: self.space.start(claimed))
        except BaseException:
            if placed is not None:
                placed.kill()
            raise

    def _forget(self, folder: Path) -> None:
        if folder not in self._handing.stays:
            shutil.rmtree(folder, ignore_errors=True)
        if self.note is not None:
            self.note.clear()

    def _give_back(self, claimed: Claimed, why: str) -> None:
        """So that it is queued again at once. Not heard, it is when its lease runs out."""
        try:
            patiently(lambda: self.space.release(claimed, why), threading.Event(), self._tell, LAST_WORDS)
            self._tell(f"{claimed.submission_id}: given back")
        except StarwattError as error:
            self._tell(f"{claimed.submission_id}: not given back ({error.message})")

    def _patiently(self, ask: Callable[[], _Answer]) -> _Answer:
        return patiently(ask, self.stop, self._tell)

    def _tell(self, line: str) -> None:
        self.say(scrub(line, self.secrets))
