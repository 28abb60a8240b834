"""This machine: `python -m runners bench` in a process group of its own, the model in a sandbox inside it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leaderboard.domain import StorageUnavailable
from runners.bench.record import LOG
from runners.bench.sandbox import ROOT, Mode
from runners.executors import Ending, Job, Moment, Placed

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
_OUTCOMES = {0: "done", 3: "rejected"}


def job_environment(environ: Mapping[str, str], cache: Path) -> dict[str, str]:
    """An environment by allow-list, in which the Hub's client finds no token but the one to fetch with.

    The job keeps that from the process that holds the model (`sandbox.child_environment`).
    """
    kept = {name: environ[name] for name in _PASSED if name in environ}
    if environ.get("STARWATT_FETCH_TOKEN"):
        kept["HF_TOKEN"] = environ["STARWATT_FETCH_TOKEN"]
    return {**kept, "PYTHONPATH": str(ROOT), "HF_HOME": str(cache / "home"), "HF_HUB_DISABLE_TELEMETRY": "1"}


class LocalExecutor:
    """Runs one job at a time here."""

    name = "local"

    def __init__(self, cache: Path, sandbox: Mode, *, exclusive: bool = False) -> None:
        self._cache, self._sandbox, self._exclusive = cache.absolute(), sandbox, exclusive

    def place(self, job: Job) -> Placed:
        try:
            job.folder.mkdir(parents=True)
            plan = job.folder / "plan.json"
            plan.write_text(job.plan.model_dump_json(indent=2), encoding="utf-8")
            told, errors = job.folder / "told.jsonl", job.folder / "errors.txt"
            command = [sys.executable, "-m", "runners", "bench", str(plan), str(job.out)]
            command += [
                "--cache",
                str(self._cache),
                "--sandbox",
                self._sandbox,
                "--progress",
                "json",
                "--leash",
                *(["--exclusive"] if self._exclusive else []),
            ]
            with told.open("wb") as out, errors.open("wb") as err:
                process = subprocess.Popen(
                    command,
                    # The leash: when this worker dies, however it dies, the pipe ends and so does the job.
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


class PlacedHere:
    """A job on this machine, seen through the files it writes."""

    def __init__(self, process: subprocess.Popen[bytes], job: Job) -> None:
        self._process, self._job = process, job
        self._log_read = 0
        self._moment = Moment(0.0, "starting", job.plan.expected_duration_s)

    def ending(self) -> Ending | None:
        if self._process.returncode is None:
            # Looked at without reaping: until then its group cannot be anybody else's.
            if os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                return None
            self.kill()
        code = self._process.returncode
        if code in _OUTCOMES:
            return Ending(_OUTCOMES[code])
        told = next((line["failed"] for line in reversed(self._told()) if "failed" in line), None)
        if told is not None:
            message, remedy, kind = (str(told.get(name, "")) for name in ("message", "remedy", "code"))
            return Ending("failed", message, remedy, kind)
        last = (self._text("errors.txt").strip().splitlines() or ["it said nothing"])[-1][:300]
        return Ending("failed", f"The bench ended with code {code}: {last}.", "The runner's log says more.")

    def moment(self) -> Moment:
        for line in reversed(self._told()):
            if "fraction" in line:
                self._moment = Moment(float(line["fraction"]), str(line["message"]), line["remaining_s"])
                break
        return self._moment

    def new_log(self) -> str:
        try:
            with (self._job.out / LOG).open("rb") as file:
                file.seek(self._log_read)
                new = file.read()
        except OSError:
            return ""
        # Only whole lines: the rest comes with the next call.
        new = new[: new.rfind(b"\n") + 1]
        self._log_read += len(new)
        return new.decode(errors="replace")

    def kill(self) -> None:
        if self._process.returncode is not None:
            return
        # The whole group: what the bench started ends with it.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def _told(self) -> list[dict[str, Any]]:
        lines = []
        for line in self._text("told.jsonl").splitlines():
            try:
                document = json.loads(line)
            except ValueError:
                continue
            if isinstance(document, dict):
                lines.append(document)
        return lines

    def _text(self, name: str) -> str:
        try:
            return (self._job.folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
