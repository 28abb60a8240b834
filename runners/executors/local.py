"""This machine: `python -m runners bench` in a process group of its own, the model in a sandbox inside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from leaderboard.domain import StorageUnavailable
from runners.bench.sandbox import ROOT, Mode
from runners.executors import Ending, Job, Moment, Placed
from runners.executors.told import ToldFiles

_PASSED = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
    "CUDA_DEVICE_ORDER",
    "LD_LIBRARY_PATH",
    "HF_ENDPOINT",
    "HF_HUB_OFFLINE",
    "HF_HUB_DISABLE_XET",
    "SSL_CERT_FILE",
    "HTTPS_PROXY",
    "NO_PROXY",
)
"""All of the worker's environment that a job sees: no token among it but the one that may read."""


def job_environment(environ: Mapping[str, str], cache: Path) -> dict[str, str]:
    """An environment by allow-list, in which the Hub's client finds no token but the one to fetch with.

    The job keeps that from the process that holds the model (`sandbox.child_environment`).
    """
    kept = {name: environ[name] for name in _PASSED if name in environ}
    if environ.get("STARWATT_FETCH_TOKEN"):
        kept["HF_TOKEN"] = environ["STARWATT_FETCH_TOKEN"]
    return {**kept, "PYTHONPATH": str(ROOT), "HF_HOME": str(cache / "home"), "HF_HUB_DISABLE_TELEMETRY": "1"}


def bench_command(
    job: Job, cache: Path, sandbox: Mode, exclusive: bool, *, whole_node: bool = False
) -> list[str]:
    """The command that measures a job, once its plan lies in its folder, which this does.

    `whole_node`: it sees every GPU of its node, and takes those of its class.
    """
    plan = job.folder / "plan.json"
    plan.write_text(job.plan.model_dump_json(indent=2), encoding="utf-8")
    command = [sys.executable, "-m", "runners", "bench", str(plan), str(job.out), "--cache", str(cache)]
    # The leash: when who started it dies, however it dies, the pipe ends and so does the job.
    command += ["--sandbox", sandbox, "--progress", "json", "--leash"]
    command += ["--exclusive"] if exclusive else []
    return [*command, *(["--pick-gpus"] if whole_node else [])]


class LocalExecutor:
    """Runs one job at a time here."""

    name = "local"

    def __init__(self, cache: Path, sandbox: Mode, *, exclusive: bool = False) -> None:
        self._cache, self._sandbox, self._exclusive = cache.absolute(), sandbox, exclusive

    def place(self, job: Job) -> Placed:
        try:
            job.folder.mkdir(parents=True)
            told, errors = ToldFiles.paths(job.folder)
            command = bench_command(job, self._cache, self._sandbox, self._exclusive)
            with told.open("wb") as out, errors.open("wb") as err:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=out,
                    stderr=err,
                    cwd=ROOT,
                    env=job_environment(os.environ, self._cache),
                    start_new_session=True,
                )
        except OSError as error:
            raise StorageUnavailable(
                f"The job's folder {job.folder} cannot be used ({error.strerror}).", "Free some space."
            ) from error
        return PlacedHere(process, job)

    def nodes(self, hardware: str) -> tuple[str, ...] | None:  # noqa: ARG002
        """None: a job runs here."""
        return None

    def find(self, job: Job) -> Placed | None:  # noqa: ARG002
        """None: a job here ends with the worker that placed it."""
        return None


class PlacedHere:
    """A job on this machine, seen through the files it writes."""

    def __init__(self, process: subprocess.Popen[bytes], job: Job) -> None:
        self._process, self._told = process, ToldFiles(job)

    def ending(self) -> Ending | None:
        if self._process.returncode is None:
            # Looked at without reaping: until then its group cannot be anybody else's.
            if os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return None
            self.kill()
        return self._told.ending_of(self._process.returncode)

    def moment(self) -> Moment:
        return self._told.moment()

    def new_log(self) -> str:
        return self._told.new_log()

    def kill(self) -> None:
        if self._process.returncode is not None:
            return
        # The whole group: what the bench started ends with it.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
