"""Slurm: the machines of a partition, each job alone on its node, placed by submitit (DESIGN §6).

Slurm retries nothing (`--no-requeue`, no retries of submitit's either): the Space does, by fence and attempt.
Its controller may be away: a job goes on without it, and so does the watching.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from leaderboard import catalogue
from leaderboard.domain import Refused, StorageUnavailable, Unavailable
from leaderboard.domain.hardware import SlurmRequest
from runners.bench.sandbox import ROOT, Mode
from runners.executors import Ending, Job, Moment, Placed
from runners.executors.local import bench_command, job_environment
from runners.executors.slurm_job import BEGAN, ENDED, STOP, TO_RUN, measure
from runners.executors.slurm_tools import ask, could_have, without_wishes
from runners.executors.told import ToldFiles

TOOLS = ("sbatch", "squeue", "scancel", "srun", "sinfo")
NODES_EVERY_S = 30.0
"""Between two looks at which nodes there are."""
LOOK_EVERY_S = 2.0
"""Between two looks at Slurm's queue; the job's own files are looked at each time."""
SPARE_MIN, TIMES = 30, 3
"""A job may take three times what its plan expects, and half an hour for the download."""
GONE_AFTER_LOOKS = 2
"""A job that ended leaves its file a moment before or after it leaves the queue."""
_END_S = 120.0


class SlurmExecutor:
    """Places jobs into Slurm. The job folders and the cache are on a disk that its nodes share."""

    name = "slurm"

    def __init__(self, cache: Path, sandbox: Mode) -> None:
        """
        Raises:
            Refused: there is no Slurm here.
        """
        missing = [tool for tool in TOOLS if shutil.which(tool) is None]
        if missing:
            raise Refused(
                f"Slurm is not installed here: {', '.join(missing)} is missing.",
                "Start the worker on a machine that submits jobs, or use --executor local.",
            )
        self._cache, self._sandbox = cache.absolute(), sandbox
        self._nodes: dict[str, tuple[float, tuple[str, ...]]] = {}

    def nodes(self, hardware: str) -> tuple[str, ...]:
        """The nodes that have what a class asks for, whatever else they do now. Raises Unavailable."""
        at_s, known = self._nodes.get(hardware, (-math.inf, ()))
        if time.monotonic() - at_s < NODES_EVERY_S:
            return known
        asks = catalogue.hardware(hardware).slurm or SlurmRequest()
        partition = ("--partition", asks.partition) if asks.partition else ()
        lines = ask("sinfo", "--Node", "--noheader", *partition, "--format", "%N|%G|%f").splitlines()
        rows = [line.strip().split("|") for line in lines]
        found = tuple(dict.fromkeys(name for name, gres, has in rows if could_have(asks, gres, has)))
        self._nodes[hardware] = (time.monotonic(), found)
        return found

    def place(self, job: Job) -> Placed:
        """Submit a job, unless it was: Slurm's answer to an earlier try may have been lost."""
        found = self.find(job)
        if found is not None:
            return found
        try:
            job.folder.mkdir(parents=True, exist_ok=True)
            # A job is alone on its node: Slurm vouches for what a container would have to hide.
            command = bench_command(job, self._cache, self._sandbox, exclusive=True, whole_node=True)
            wanted = {"command": command, "environment": job_environment(os.environ, self._cache)}
            # It may hold the token to fetch with.
            with os.fdopen(os.open(job.folder / TO_RUN, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                json.dump(wanted, file)
        except OSError as error:
            raise StorageUnavailable(
                f"The job's folder {job.folder} cannot be used ({error.strerror}).", "Free some space."
            ) from error
        self._submit(job)
        placed = self.find(job)
        if placed is None:
            raise Unavailable("Slurm took the job and does not show it.", "Look at squeue and its log.")
        return placed

    def find(self, job: Job) -> Placed | None:
        if (job.folder / ENDED).exists():
            return PlacedInSlurm(job, None)
        line = ask("squeue", "--noheader", "--name", job_name(job), "--states", "all", "--format", "%A %T")
        waiting = [words for words in map(str.split, line.splitlines()) if words[1] in _ALIVE]
        if waiting:
            return PlacedInSlurm(job, waiting[0][0])
        return PlacedInSlurm(job, None) if (job.folder / BEGAN).exists() else None

    def _submit(self, job: Job) -> None:
        import submitit
        from submitit.core.utils import FailedJobError, FailedSubmissionError

        minutes = math.ceil(TIMES * job.plan.expected_duration_s / 60) + SPARE_MIN

        executor = submitit.SlurmExecutor(folder=job.folder / "slurm", max_num_timeout=0)
        plainly = executor._make_submission_command
        executor._make_submission_command = lambda script: without_wishes(os.environ, plainly(script))
        wanted: dict[str, Any] = {
            "job_name": job_name(job),
            "time": minutes,
            "exclusive": True,
            "use_srun": False,
            "setup": [f"export PYTHONPATH={_quoted(ROOT)}"],
            # Of the worker's environment, where its token may be, a job gets nothing but by `to-run.json`.
            "additional_parameters": {"no-requeue": True, "export": "NIL", "chdir": str(job.folder)},
        }
        if job.avoid:
            wanted["exclude"] = ",".join(job.avoid)
        asks = catalogue.hardware(job.plan.hardware).slurm
        if asks is not None:
            wanted |= {name: value for name, value in asks.model_dump().items() if value is not None}
        try:
            executor.update_parameters(**wanted)
            executor.submit(measure, str(job.folder))
        except (FailedJobError, FailedSubmissionError, OSError, subprocess.SubprocessError) as error:
            said = " ".join(str(error).split())[-300:]
            raise Unavailable(
                f"Slurm did not take the job: {said}", "Look at sinfo and slurmctld's log."
            ) from error


_ALIVE = {"PENDING", "CONFIGURING", "RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT"}


def job_name(job: Job) -> str:
    """How a job is called in Slurm: one name for one claim of one run.

    By its try alone, a job of an earlier claim that still completes would pass for this one's.
    """
    return f"starwatt-{job.plan.run_key[:24]}-{job.attempt}-{job.fence}"


class PlacedInSlurm:
    """A job in Slurm, seen through its folder."""

    def __init__(self, job: Job, id: str | None) -> None:
        """`id`: Slurm's number of it; None: it has left the queue."""
        self._job, self._told, self.id = job, ToldFiles(job), id
        self._looked_s = time.monotonic()
        self._missed = 0

    def ending(self) -> Ending | None:
        ended = self._ended()
        if ended is None and self._waits():
            return None
        ended = ended or _lost(f"Slurm's job {self.id or ''} ended and left no result")
        return replace(ended, node=self._node())

    def _node(self) -> str:
        """Which node has it, by the job's own word; empty: it did not come so far."""
        try:
            return (self._job.folder / BEGAN).read_text(encoding="utf-8")
        except OSError:
            return ""

    def moment(self) -> Moment:
        return self._told.moment()

    def new_log(self) -> str:
        return self._told.new_log()

    def kill(self) -> None:
        """As far as Slurm can be reached; a job that goes on alone ends at its time limit."""
        if self.id is None or self._ended() is not None:
            return
        # Seen by the job itself, whether or not Slurm can be reached.
        with contextlib.suppress(OSError):
            (self._job.folder / STOP).touch()
        deadline_s = time.monotonic() + _END_S
        while time.monotonic() < deadline_s:
            try:
                ask("scancel", "--quiet", self.id)
                if not self._listed() or self._ended() is not None:
                    return
            except Unavailable:
                pass
            threading.Event().wait(0.5)

    def _waits(self) -> bool:
        """Whether Slurm still has it, or cannot say: its controller may be away while the job goes on."""
        if self.id is None:
            return False
        if time.monotonic() - self._looked_s < LOOK_EVERY_S:
            return self._missed < GONE_AFTER_LOOKS
        self._looked_s = time.monotonic()
        try:
            self._missed = 0 if self._listed() else self._missed + 1
        except Unavailable:
            return True
        return self._missed < GONE_AFTER_LOOKS

    def _listed(self) -> bool:
        line = ask("squeue", "--noheader", "--states", "all", "--format", "%A %T")
        return any(words[0] == self.id and words[1] in _ALIVE for words in map(str.split, line.splitlines()))

    def _ended(self) -> Ending | None:
        try:
            code = json.loads((self._job.folder / ENDED).read_text(encoding="utf-8"))["code"]
        except (OSError, ValueError):
            return None
        return (
            _lost("The job was stopped, or Slurm's daemon on its node died")
            if code is None
            else self._told.ending_of(code)
        )


def _lost(what: str) -> Ending:
    return Ending("failed", f"{what}.", "It is tried again; look at the node's log.", Unavailable.code)


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))
