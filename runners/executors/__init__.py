"""Executors: where a plan runs; this machine today, a queue or hired machines behind the same words."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from leaderboard.domain import Plan, UnknownName
from runners.bench.sandbox import Mode

__all__ = ["EXECUTORS", "Ending", "Executor", "Job", "Moment", "Placed", "Serves", "open_executor"]

EXECUTORS = ("local", "slurm", "hf_jobs", "fake")


@dataclass(frozen=True)
class Job:
    """One plan to be measured."""

    plan: Plan
    folder: Path
    """A new folder for everything about it; the run's own is `out` inside."""
    attempt: int = 1
    """Which try of the submission it is. With the plan's `run_key` it names the job wherever it is."""
    submission_id: str = ""
    """Whose plan it is, at its Space; empty: nobody's."""
    fence: int = 0
    """The claim's; it never comes again, where a try that a person asks for begins anew at 1."""
    avoid: tuple[str, ...] = ()
    """Nodes that its Space gives no work, of those that an executor hands work to."""

    @property
    def out(self) -> Path:
        return self.folder / "out"


@dataclass(frozen=True)
class Moment:
    """How far a placed job has come."""

    fraction: float
    message: str
    remaining_s: float | None


@dataclass(frozen=True)
class Ending:
    """How a job ended. Engine retries are zero: whatever it was, it is told once (DESIGN §4)."""

    outcome: str
    """done, rejected or failed."""
    cause: str = ""
    remedy: str = ""
    code: str = ""
    """Of a failure: the error's kind (`leaderboard.domain.errors`); empty: nobody told."""
    handed_in: bool = False
    """Whether the job brought its run folder to the Space by itself."""
    node: str = ""
    """The node that ran it, where an executor hands work to others; empty: this machine."""


@dataclass(frozen=True)
class Serves:
    """The Space that a worker works for, and as what."""

    space: str = ""
    """Its address."""
    token: str = field(default="", repr=False)
    """The runner token."""
    hardware: tuple[str, ...] = ()


class Placed(Protocol):
    """A job that has been placed."""

    def ending(self) -> Ending | None:
        """How it ended; None while it runs."""
        ...

    def moment(self) -> Moment:
        """How far it is."""
        ...

    def new_log(self) -> str:
        """Text of its log since the last call."""
        ...

    def kill(self) -> None:
        """End it and everything it started, and wait until it is gone; harmless when it has ended."""
        ...


class Executor(Protocol):
    """Places jobs."""

    name: str

    def place(self, job: Job) -> Placed:
        """Start a job.

        Raises:
            StarwattError: it cannot be started.
        """
        ...

    def nodes(self, hardware: str) -> tuple[str, ...] | None:
        """The nodes that could have work of a class; None: there are none to choose between."""
        ...

    def find(self, job: Job) -> Placed | None:
        """The same job, placed before by a worker that is gone; None: there is none, or it went with it."""
        ...


def open_executor(
    name: str, cache: Path, sandbox: Mode, *, exclusive: bool = False, worker: Serves | None = None
) -> Executor:
    """The executor of that name.

    Args:
        exclusive: whether whoever runs this machine vouches that nothing else uses its GPUs.
        worker: what jobs elsewhere are told of who places them.

    Raises:
        UnknownName: there is none.
        BadInput, Forbidden, Refused, Unavailable: it cannot work with what it was given.
    """
    if name == "local":
        from runners.executors.local import LocalExecutor

        return LocalExecutor(cache, sandbox, exclusive=exclusive)
    if name == "slurm":
        from runners.executors.slurm import SlurmExecutor

        return SlurmExecutor(cache, sandbox)
    if name == "hf_jobs":
        from runners.executors.hf_jobs import open_hf_jobs

        return open_hf_jobs(worker or Serves(), sandbox, exclusive=exclusive)
    if name == "fake":
        from runners.executors.fake import FakeExecutor

        return FakeExecutor()
    raise UnknownName("executor", name, EXECUTORS)
