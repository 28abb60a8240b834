"""What the clock does, and how it went last: kept from the scheduler's own events."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.base import BaseScheduler


@dataclass
class Kept:
    """One job's history since the Space started."""

    done: int = 0
    failed: int = 0
    missed: int = 0
    last_done_s: float | None = None
    """Seconds since 1970; None: not yet."""
    last_error: str = ""


class JobBook:
    """Listens to a scheduler."""

    def __init__(self, scheduler: BaseScheduler) -> None:
        self._scheduler, self._lock = scheduler, threading.Lock()
        self._kept: dict[str, Kept] = {}
        scheduler.add_listener(self._heard, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MISSED)

    def jobs(self) -> dict[str, Kept]:
        """Every job by its name, whether or not it ran yet."""
        with self._lock:
            return {job.id: self._kept.get(job.id, Kept()) for job in self._scheduler.get_jobs()}

    def shown(self) -> dict[str, Any]:
        """The same for `/healthz`."""
        following = {job.id: getattr(job, "next_run_time", None) for job in self._scheduler.get_jobs()}
        return {
            name: {
                "done": kept.done,
                "failed": kept.failed,
                "missed": kept.missed,
                "last_done": _instant(kept.last_done_s),
                "last_error": kept.last_error or None,
                "next": None if (at := following.get(name)) is None else at.isoformat(),
            }
            for name, kept in self.jobs().items()
        }

    def _heard(self, event: JobExecutionEvent) -> None:
        with self._lock:
            kept = self._kept.setdefault(event.job_id, Kept())
            if event.code == EVENT_JOB_EXECUTED:
                kept.done += 1
                kept.last_done_s = time.time()
            elif event.code == EVENT_JOB_ERROR:
                kept.failed += 1
                # Its kind only: what an exception says may hold more than everybody should read.
                kept.last_error = type(event.exception).__name__
            else:
                kept.missed += 1


def _instant(at_s: float | None) -> str | None:
    return None if at_s is None else datetime.fromtimestamp(at_s, UTC).isoformat()
