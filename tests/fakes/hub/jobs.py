"""Jobs of the loopback Hub: each really runs its command, as a process in a folder of its own.

The image is ignored: in its place is this checkout with its Python. The flavour is only remembered, so every
job has this machine. Jobs end with the Hub that runs them.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
DEFAULT_TIMEOUT_S = 1800
"""As the Hub's, for a job that asks for none."""
OVER = ("COMPLETED", "ERROR", "CANCELED", "DELETED")


@dataclass
class Job:
    """One job."""

    namespace: str
    spec: dict[str, Any]
    id: str = field(default_factory=lambda: secrets.token_hex(12))
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started_at: datetime | None = None
    finished_at: datetime | None = None
    stage: str = "SCHEDULING"
    message: str | None = None
    log: list[dict[str, str]] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None

    @property
    def labels(self) -> dict[str, str]:
        return dict(self.spec.get("labels") or {})

    def shown(self) -> dict[str, Any]:
        """As the API describes it; of the secrets only the names."""
        spec = self.spec
        return {
            "id": self.id,
            "createdAt": _stamp(self.created_at),
            "startedAt": _stamp(self.started_at),
            "finishedAt": _stamp(self.finished_at),
            "dockerImage": spec.get("dockerImage"),
            "spaceId": spec.get("spaceId"),
            "command": spec.get("command"),
            "arguments": spec.get("arguments"),
            "environment": spec.get("environment"),
            "secrets": dict.fromkeys(spec.get("secrets") or {}, "encrypted"),
            "flavor": spec.get("flavor"),
            "labels": self.labels,
            "status": {"stage": self.stage, "message": self.message},
            "durations": self._durations(),
            "owner": {"id": self.namespace, "name": self.namespace, "type": "user"},
            "initiator": {"id": self.namespace, "name": self.namespace, "type": "user"},
        }

    def _durations(self) -> dict[str, int | None]:
        end = self.finished_at or datetime.now(UTC)
        running = None if self.started_at is None else round((end - self.started_at).total_seconds())
        total = round((end - self.created_at).total_seconds())
        return {"schedulingSecs": total - (running or 0), "runningSecs": running, "totalSecs": total}


class Jobs:
    """All jobs of one Hub."""

    def __init__(self) -> None:
        self.machines = threading.Event()
        """Cleared, no job gets a machine: a slow start."""
        self.machines.set()
        self.log_idle_s: float | None = None
        """How long the log of a job that runs may be silent before its stream ends; None: as the Hub, for
        good."""
        self._jobs: dict[str, Job] = {}
        self._threads: list[threading.Thread] = []
        self._lock = threading.RLock()
        self._last = datetime.min.replace(tzinfo=UTC)

    def add(self, namespace: str, spec: dict[str, Any]) -> Job:
        """A new job, which starts as soon as there is a machine."""
        with self._lock:
            # No two in the same millisecond, which is all that is shown of it.
            after = self._last + timedelta(milliseconds=1)
            self._last = max(datetime.now(UTC), after)
            job = Job(namespace, spec, created_at=self._last)
        thread = threading.Thread(target=self._run, args=(job,), name=f"job-{job.id}", daemon=True)
        with self._lock:
            self._jobs[job.id] = job
            self._threads.append(thread)
        thread.start()
        return job

    def all(self, namespace: str | None = None) -> list[Job]:
        """The newest first."""
        with self._lock:
            found = [job for job in self._jobs.values() if namespace in (None, job.namespace)]
        return found[::-1]

    def one(self, namespace: str, id: str) -> Job | None:
        return next((job for job in self.all(namespace) if job.id == id), None)

    def delete(self, job: Job) -> None:
        """As if somebody had deleted it."""
        self.end(job, "DELETED", None)
        with self._lock:
            del self._jobs[job.id]

    def end(self, job: Job, stage: str, message: str | None) -> bool:
        """End a job; whether it was alive."""
        with self._lock:
            if job.stage in OVER:
                return False
            job.stage, job.message, job.finished_at = stage, message, datetime.now(UTC)
            if job.process is not None:
                _kill(job.process)
            return True

    def close(self) -> None:
        """End every job, and wait until all are gone."""
        self.machines.set()
        for job in self.all():
            self.end(job, "CANCELED", "The Hub has ended")
        for thread in self._threads:
            thread.join()

    def _run(self, job: Job) -> None:
        self.machines.wait()
        with tempfile.TemporaryDirectory(prefix="hub-job-", ignore_cleanup_errors=True) as folder:
            with self._lock:
                if job.stage in OVER:
                    return
                try:
                    job.process = _start(job, Path(folder))
                except OSError as error:
                    self.end(job, "ERROR", f"Job failed to start: {error}")
                    return
                job.stage, job.started_at = "RUNNING", datetime.now(UTC)
            _write(job, f"===== Job started at {job.started_at:%Y-%m-%d %H:%M:%S} =====")
            limit_s = job.spec.get("timeoutSeconds") or DEFAULT_TIMEOUT_S
            timer = threading.Timer(limit_s, self.end, (job, "ERROR", "Job timeout"))
            timer.daemon = True
            timer.start()
            assert job.process.stdout is not None
            for line in job.process.stdout:
                _write(job, line.rstrip("\n"))
            code = job.process.wait()
            timer.cancel()
            timer.join()
            job.process.stdout.close()
            if code == 0:
                self.end(job, "COMPLETED", None)
            else:
                self.end(job, "ERROR", f"Job failed with exit code: {code}. Reason: Error")


def _start(job: Job, folder: Path) -> subprocess.Popen[str]:
    # Nothing of this process's environment: a job knows what it was told, and its secrets.
    environment = {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.defpath)),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": "1",
        "JOB_ID": job.id,
        **{str(name): str(value) for name, value in (job.spec.get("environment") or {}).items()},
        **{str(name): str(value) for name, value in (job.spec.get("secrets") or {}).items()},
    }
    command = [*(job.spec.get("command") or []), *(job.spec.get("arguments") or [])]
    if command[:1] == ["python"]:
        command[0] = sys.executable
    return subprocess.Popen(
        [str(word) for word in command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def _kill(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _write(job: Job, line: str) -> None:
    job.log.append({"data": line, "timestamp": str(_stamp(datetime.now(UTC)))})


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
