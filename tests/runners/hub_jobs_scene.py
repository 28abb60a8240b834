"""A loopback Hub that runs jobs, and an executor of ours that places them with the real client."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub import HfApi
from huggingface_hub.utils._http import http_backoff

from runners.executors import Ending, Job, Placed
from runners.executors.hf_jobs import HfJobsExecutor, PlacedOnHub, labels_of
from runners.executors.hub_jobs import HubJobs
from runners.executors.hub_terms import Terms, read_terms
from tests.fakes.hub import LoopbackHub
from tests.fakes.hub.jobs import Job as HubJob

IMAGE = "registry.example/starwatt/runner@sha256:" + "0123456789abcdef" * 4
RUNNER_TOKEN = "sw_runner_0123456789"


def tells(*documents: object) -> str:
    """A script that writes them as the program in a job does."""
    return "; ".join(f"printf '%s\\n' '{json.dumps(document)}'" for document in documents)


MOMENT = {"fraction": 0.5, "message": "window 2 of 3", "remaining_s": 9.0}
WORD = {"outcome": "done", "cause": "", "remedy": "", "code": ""}
DONE = tells({"log": "measuring\n"}, {"ended": WORD})
WAITING = f"{tells(MOMENT)}; exec sleep 600"


class Scene:
    """`says(script)` decides what jobs run."""

    def __init__(self, hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hub, self._patch = hub, monkeypatch
        self.pauses_s: list[float] = []
        hub.jobs.log_idle_s = 0.1
        monkeypatch.setattr("runners.executors.hf_jobs.LOOK_EVERY_S", 0.0)
        monkeypatch.setattr("runners.executors.hf_jobs.LOG_EVERY_S", 0.0)
        # The client's own pauses, in logs and in listings.
        monkeypatch.setattr("huggingface_hub.hf_api.time", SimpleNamespace(sleep=self.pauses_s.append))
        monkeypatch.setattr(
            "huggingface_hub.utils._pagination.http_backoff", partial(http_backoff, base_wait_time=0.001)
        )
        self.says(DONE)

    def says(self, script: str) -> None:
        self._patch.setattr("runners.executors.hf_jobs.COMMAND", ("sh", "-c", script))

    def api(self) -> HfApi:
        return HfApi(endpoint=self.hub.endpoint, token=self.hub.write_token)

    def terms(self, **environ: str) -> Terms:
        settings: Mapping[str, str] = {"STARWATT_JOB_IMAGE": IMAGE, **environ}
        return read_terms(settings, "http://127.0.0.1:7860", RUNNER_TOKEN, self.api())

    def executor(self, **environ: str) -> HfJobsExecutor:
        """As a worker that has just been started has it."""
        jobs = HubJobs(self.api(), "starwatt", self.pauses_s.append)
        return HfJobsExecutor(self.terms(**environ), jobs, "off")

    def placed(self, job: Job, **environ: str) -> PlacedOnHub:
        placed = self.executor(**environ).place(job)
        assert isinstance(placed, PlacedOnHub)
        return placed

    def of(self, job: Job) -> list[HubJob]:
        """The Hub's jobs for this very claim."""
        return [one for one in self.hub.jobs.all() if labels_of(job).items() <= one.labels.items()]

    def one(self, job: Job) -> HubJob:
        (one,) = self.of(job)
        return one


def until(what: Callable[[], Any], timeout_s: float = 600) -> Any:
    """Until it is true; returns it."""
    deadline_s = time.monotonic() + timeout_s
    while not (found := what()):
        assert time.monotonic() < deadline_s, "it did not come to be"
        threading.Event().wait(0.02)
    return found


def ended(placed: Placed) -> Ending:
    ending: Ending = until(placed.ending)
    return ending
