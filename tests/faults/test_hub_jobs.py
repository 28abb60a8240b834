"""Three of ten requests to the Hub's jobs API fail or are never answered: one job per attempt all the same.

Twenty jobs here, two hundred in `make faults`. And the whole way through a Space, with the
Space and the worker killed in between.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from leaderboard.domain import Unavailable
from runners.executors import Job
from runners.executors.hf_jobs import HfJobsExecutor, PlacedOnHub
from submissions import beside
from submissions.tokens import token_file
from tests.fakes.hub import Fault, LoopbackHub, encoders, seed
from tests.faults.conftest import Report
from tests.faults.rounds import rounds
from tests.journey.test_service import ROOT, free_port
from tests.runners.conftest import make_plan
from tests.runners.hub_jobs_scene import IMAGE, Scene, ended, until

ROUNDS = rounds("jobs")
FAULTS = (Fault(0), Fault(429), Fault(500), Fault(503))


def until_heard(executor: HfJobsExecutor, job: Job) -> PlacedOnHub:
    """As a worker that is started again until it has its job."""
    while True:
        try:
            placed = executor.find(job) or executor.place(job)
        except Unavailable:
            continue
        assert isinstance(placed, PlacedOnHub)
        return placed


def test_one_job_per_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: Report) -> None:
    chance = random.Random(20261128)
    lost: list[str] = []

    def trouble(method: str, path: str, phase: str) -> Fault | None:
        if chance.random() >= 1 - 0.7**0.5:
            return None
        lost.append(f"{method} {phase}")
        return chance.choice(FAULTS)

    with LoopbackHub(tmp_path / "hub") as hub:
        scene = Scene(hub, monkeypatch)
        for number in range(ROUNDS):
            executor, again = scene.executor(), scene.executor()
            hub.faults = trouble
            plan = make_plan(occasion=number)
            job = Job(plan, tmp_path / "job", 1 + number % 3, f"{number:012}", fence=1 + number % 5)
            placed = until_heard(executor, job)
            if number % 2:
                # The worker is another one meanwhile.
                assert until_heard(again, job).id == placed.id
            assert ended(placed).outcome == "done"
            hub.faults = None
            assert [one.id for one in scene.of(job)] == [placed.id]
        assert len(hub.jobs.all()) == ROUNDS
    assert {"POST before", "POST after", "GET before", "GET after"} <= set(lost)
    report("jobs", ROUNDS, f"{ROUNDS} jobs, {len(lost)} requests failed or unanswered")


@pytest.fixture
def started() -> Iterator[Callable[[subprocess.Popen[bytes]], subprocess.Popen[bytes]]]:
    processes: list[subprocess.Popen[bytes]] = []

    def keep(process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        processes.append(process)
        return process

    yield keep
    for process in reversed(processes):
        beside.end_worker(process)


def test_from_the_form_to_a_row_with_space_and_worker_killed(
    tmp_path: Path, started: Callable[[subprocess.Popen[bytes]], subprocess.Popen[bytes]]
) -> None:
    """Both die while the job runs: it goes on, hands its folder in by itself, and is rated once."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with LoopbackHub(tmp_path / "hub") as hub, (tmp_path / "log").open("ab") as log:
        seed.seed(hub, only=["encoders", "data"])
        hub.jobs.log_idle_s = 0.2
        environment = {
            **os.environ,
            "HF_ENDPOINT": hub.endpoint,
            "STARWATT_DATA": str(tmp_path / "data"),
            "STARWATT_CACHE": str(tmp_path / "cache"),
            "PORT": str(port),
        }
        of_worker = {
            "HF_TOKEN": hub.write_token,
            "STARWATT_FETCH_TOKEN": hub.read_token,
            "STARWATT_JOB_IMAGE": IMAGE,
        }

        def space() -> subprocess.Popen[bytes]:
            command = [sys.executable, str(ROOT / "app.py")]
            process = started(subprocess.Popen(command, env=environment, stderr=log, stdout=log))
            assert beside.wait_until_ready(address, process)
            return process

        def worker() -> subprocess.Popen[bytes]:
            token = token_file(tmp_path / "data", "runner")
            command = [sys.executable, "-m", "runners", "work", "--space", address, "--hardware", "cpu"]
            command += ["--token-file", str(token), "--executor", "hf_jobs", "--machine", "desk"]
            given = {**environment, **of_worker, "PYTHONPATH": str(ROOT)}
            return started(subprocess.Popen(command, env=given, stderr=log, stdout=log))

        def shown(path: str) -> dict[str, Any]:
            return dict(httpx2.get(f"{address}/api/v1/{path}", timeout=60).json())

        first_space = space()
        first = worker()
        wanted = {"model": encoders.ENCODERS[0].repo_id, "task": "sentence-similarity", "hardware": "cpu"}
        answer = httpx2.post(f"{address}/api/v1/submissions", json=wanted, timeout=60)
        assert answer.status_code == 202, answer.text
        path = f"submissions/{answer.json()['id']}"

        def measuring() -> bool:
            assert first.poll() is None, (tmp_path / "log").read_text()
            return any("fraction" in event["data"] for job in hub.jobs.all() for event in job.log)

        until(measuring)
        for process in (first, first_space):
            process.kill()
            process.wait()
        space()
        worker()
        until(lambda: shown(path)["final"])
        told = (tmp_path / "log").read_text()
        events = [event["status"] for event in shown(path)["events"]]
        assert events == ["received", "queued", "claimed", "running", "verifying", "done"], told
        assert shown(f"ratings?edition=dev-2026-11&q={wanted['model']}")["total"] == 1
        (job,) = hub.jobs.all()
        assert (job.stage, job.spec["flavor"]) == ("COMPLETED", "cpu-basic")
        page = httpx2.get(f"{address}/{path}", timeout=60).text
    assert "taken up again" in told
    assert job.id in page and "the cost is not known" in page
    for secret in (hub.write_token, hub.read_token):
        assert secret not in told and secret not in page and secret not in str(job.log)
