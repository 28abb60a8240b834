"""Space, worker and bench killed with SIGKILL while a real job runs: nothing is lost, doubled or torn.

One round here, in which each of them is killed once; `FAULT_ROUNDS=200 make faults` is the long run.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from leaderboard.record import Record
from submissions import beside
from submissions.tokens import token_file
from tests.fakes.hub import LoopbackHub, encoders, seed
from tests.journey.test_service import ROOT, free_port

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
LEASE_S = "15"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path_factory.mktemp("hub")) as running:
        seed.seed(running, only=["encoders", "data"])
        yield running


class Fleet:
    """A Space and a worker, each started again when it was killed."""

    def __init__(self, folder: Path, hub: LoopbackHub) -> None:
        self.data = folder / "data"
        self.address = f"http://127.0.0.1:{(port := free_port())}"
        self.environment = {
            **os.environ,
            "STARWATT_DATA": str(self.data),
            "STARWATT_CACHE": str(folder / "cache"),
            "STARWATT_LEASE_S": LEASE_S,
            "HF_ENDPOINT": hub.endpoint,
            "PORT": str(port),
        }
        self.log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.space: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """What is not there."""
        if self.space is None or self.space.poll() is not None:
            self.space = subprocess.Popen(
                [sys.executable, str(ROOT / "app.py")], env=self.environment, stdout=self.log, stderr=self.log
            )
            assert beside.wait_until_ready(self.address, self.space)
        if self.worker is None or self.worker.poll() is not None:
            token = token_file(self.data, "runner")
            options = ("--poll", "0.1", "--machine", "rack", "--number", str(40 + os.getpid() % 20))
            self.worker = beside.start_worker(
                self.address, token, ["cpu"], *options, environment=self.environment, log=self.log
            )

    def strike(self, whom: str) -> bool:
        """Kill one; whether it was there."""
        assert self.space is not None
        assert self.worker is not None
        if whom == "bench":
            try:
                benches = psutil.Process(self.worker.pid).children(recursive=True)
            except psutil.NoSuchProcess:
                benches = []
            for process in benches[-1:]:
                with_it = process.pid
                os.kill(with_it, 9)
            return bool(benches)
        process = self.space if whom == "space" else self.worker
        process.kill()
        process.wait()
        return True

    def shown(self, path: str) -> dict[str, Any] | None:
        try:
            answer = httpx2.get(f"{self.address}/api/v1/{path}", timeout=30)
        except httpx2.HTTPError:
            return None
        return dict(answer.json()) if answer.is_success else None

    def end(self) -> None:
        beside.end_worker(self.worker)
        beside.end(self.space)
        os.close(self.log)


@pytest.fixture
def fleet(tmp_path: Path, hub: LoopbackHub) -> Iterator[Fleet]:
    made = Fleet(tmp_path, hub)
    yield made
    made.end()


def test_whatever_is_killed_each_submission_ends_once(fleet: Fleet, tmp_path: Path) -> None:
    chance = random.Random(20261128)
    fleet.start()
    wanted = [
        {"model": encoder.repo_id, "task": "sentence-similarity", "hardware": "cpu", "precision": precision}
        for encoder in encoders.ENCODERS
        for precision in ("fp32", "bf16")
    ]
    chance.shuffle(wanted)
    ids = []
    for round_ in range(ROUNDS):
        body = wanted[round_ % len(wanted)]
        answer = httpx2.post(f"{fleet.address}/api/v1/submissions", json=body, timeout=60)
        if answer.status_code == 422:
            # All models are measured: the rest of the rounds would only be refused.
            break
        assert answer.status_code == 202, answer.text
        ids.append(answer.json()["id"])
        strikes = ["space", "worker"] if ROUNDS == 1 else chance.sample(["space", "worker", "bench"], 2)
        for whom in strikes:
            strike_while_running(fleet, ids[-1], whom)
            fleet.start()
        until(fleet, ids[-1], ("done", "failed"))
    beside.end_worker(fleet.worker)
    beside.end(fleet.space)
    with Record.open(fleet.data) as record:
        for id in ids:
            statuses = [event.status.value for event in record.events(id)]
            assert sum(status in ("done", "failed") for status in statuses) == 1, statuses
            assert statuses.count("claimed") <= 3
            if statuses[-1] == "done":
                run = record.run(record.events(id)[-1].detail["run_id"])
                folder = record.run_folder(run.id)
                assert {path.name for path in folder.iterdir()} >= {"run.json", "trace.parquet", "log.txt"}
                assert len([one for one in record.runs_of(run.plan.model.repo_id) if one == run]) == 1
        assert ROUNDS > 1 or statuses[-1] == "done", (tmp_path / "log").read_text()
        assert record.queue() == []


def until(fleet: Fleet, id: str, wanted: tuple[str, ...]) -> str:
    for _ in range(12_000):
        shown = fleet.shown(f"submissions/{id}")
        if shown is not None and shown["status"] in wanted:
            return str(shown["status"])
        threading.Event().wait(0.05)
    raise AssertionError(f"never {wanted}")


def strike_while_running(fleet: Fleet, id: str, whom: str) -> None:
    if until(fleet, id, ("running", "done", "failed")) == "running":
        fleet.strike(whom)
