"""Space, worker and bench killed with SIGKILL while real jobs run: nothing is lost, doubled or torn.

Each of them once here; two hundred kills, drawn by chance, in `make faults`, which judges by the way how soon
a Space that was killed answers again.
"""

from __future__ import annotations

import os
import random
import statistics
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from leaderboard.record import Record
from runners.verify import verify
from submissions import beside
from submissions.tokens import token_file
from tests.fakes.hub import LoopbackHub, encoders, seed
from tests.faults.conftest import Report
from tests.faults.rounds import FULL, rounds
from tests.journey.test_service import ROOT, free_port

ROUNDS = rounds("fleet")
LEASE_S = "60"
VICTIMS = ("bench", "space", "worker")
BACK_S = 2.0
WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path_factory.mktemp("hub")) as running:
        seed.seed(running, only=["encoders", "data"])
        yield running


@pytest.fixture(scope="module")
def models(hub: LoopbackHub) -> list[str]:
    """As many models as there are kills: the smallest encoder, with another last weight in each."""
    files = encoders.build(encoders.ENCODERS[0])
    for number in range(ROUNDS):
        files[WEIGHTS] = files[WEIGHTS][:-4] + struct.pack("<f", number / 1000)
        hub.publish("model", f"starwatt-demo/struck-{number:03}", files)
    return [f"starwatt-demo/struck-{number:03}" for number in range(ROUNDS)]


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
        self.back_s: list[tuple[float, float]] = []
        """Of each start of the Space: seconds until its first answer, and how many of them it computed."""

    def start(self) -> None:
        """What is not there."""
        if self.space is None or self.space.poll() is not None:
            began_s = time.monotonic()
            self.space = subprocess.Popen(
                [sys.executable, str(ROOT / "app.py")], env=self.environment, stdout=self.log, stderr=self.log
            )
            self._until_it_answers()
            used = psutil.Process(self.space.pid).cpu_times()
            self.back_s.append((time.monotonic() - began_s, used.user + used.system))
        if self.worker is None or self.worker.poll() is not None:
            token = token_file(self.data, "runner")
            options = ("--poll", "0.1", "--machine", "rack", "--number", str(40 + os.getpid() % 20))
            self.worker = beside.start_worker(
                self.address, token, ["cpu"], *options, environment=self.environment, log=self.log
            )

    def _until_it_answers(self) -> None:
        for _ in range(60_000):
            assert self.space is not None
            assert self.space.poll() is None, "the Space ended"
            try:
                if httpx2.get(f"{self.address}/healthz", timeout=60).status_code == 200:
                    return
            except httpx2.HTTPError:
                threading.Event().wait(0.005)
        raise AssertionError("the Space never answered")

    def strike(self, whom: str, chance: random.Random) -> bool:
        """Kill one; whether it was there."""
        assert self.space is not None
        assert self.worker is not None
        if whom != "bench":
            process = self.space if whom == "space" else self.worker
            process.kill()
            process.wait()
            return True
        try:
            benches = psutil.Process(self.worker.pid).children(recursive=True)
            if benches:
                chance.choice(benches).kill()
        except psutil.NoSuchProcess:
            return False
        return bool(benches)

    def shown(self, path: str) -> dict[str, Any] | None:
        try:
            answer = httpx2.get(f"{self.address}/api/v1/{path}", timeout=60)
        except httpx2.HTTPError:
            return None
        return dict(answer.json()) if answer.is_success else None

    def submit(self, model: str) -> str:
        body = {"model": model, "task": "sentence-similarity", "hardware": "cpu"}
        answer = httpx2.post(f"{self.address}/api/v1/submissions", json=body, timeout=120)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def end(self) -> None:
        beside.end_worker(self.worker)
        beside.end(self.space)

    def told(self) -> str:
        return (self.data.parent / "log").read_text()


@pytest.fixture
def fleet(tmp_path: Path, hub: LoopbackHub) -> Iterator[Fleet]:
    made = Fleet(tmp_path, hub)
    yield made
    made.end()
    os.close(made.log)


def test_whatever_is_killed_each_submission_ends_once(
    fleet: Fleet, models: list[str], report: Report
) -> None:
    chance, fresh = random.Random(20261128), iter(models)
    struck: Counter[str] = Counter()
    ids: list[str] = []
    fleet.start()
    while struck.total() < ROUNDS:
        if not ids or over(fleet, ids[-1]):
            ids.append(fleet.submit(next(fresh)))
        # In turn, so that each is struck as often; at a moment by chance, rather early than late.
        whom = VICTIMS[struck.total() % len(VICTIMS)]
        if until_under_way(fleet, ids[-1], chance.random() ** 2 if FULL else 0.0):
            struck[whom] += fleet.strike(whom, chance)
            fleet.start()
    for id in ids:
        until_over(fleet, id)
    fleet.end()
    done, back = ended_once(fleet, ids), fleet.back_s[1:]
    assert FULL or done, fleet.told()
    report("fleet", ROUNDS, f"{len(ids)} submissions, each ended once, {done} with a rating; {told_of(back)}")
    # What it waits for processors that others use says nothing about it.
    assert not FULL or not back or statistics.median(computed_s for _, computed_s in back) < BACK_S


def told_of(back: list[tuple[float, float]]) -> str:
    if not back:
        return "no Space was killed"
    whole_s, computed_s = ([each[place] for each in back] for place in (0, 1))
    return (
        f"{len(back)} times a killed Space answered after {min(whole_s):.2f} to {max(whole_s):.2f} s, median "
        f"{statistics.median(whole_s):.2f} s, of which it computed {statistics.median(computed_s):.2f} s"
    )


def ended_once(fleet: Fleet, ids: list[str]) -> int:
    """Whether nothing is lost, doubled or torn; how many were rated."""
    done = 0
    with Record.open(fleet.data) as record:
        for id in ids:
            statuses = [event.status.value for event in record.events(id)]
            assert sum(status in ("done", "failed") for status in statuses) == 1, statuses
            assert statuses.count("claimed") <= 3
            plan = record.submission(id).plan
            rows = record.ratings_of(plan.model.repo_id)
            if statuses[-1] != "done":
                assert rows == []
                continue
            done += 1
            run = record.run(record.events(id)[-1].detail["run_id"])
            assert [row.run_id for row in rows] == [run.id]
            assert record.runs_of(plan.model.repo_id) == [run]
            folder = record.run_folder(run.id)
            assert {path.name for path in folder.iterdir()} >= {"run.json", "trace.parquet", "log.txt"}
            assert verify(folder)[0].run_key == run.run_key
        assert record.queue() == []
        assert sorted(row.submission.id for row in record.submissions(limit=len(ids) + 1)) == sorted(ids)
    return done


def over(fleet: Fleet, id: str) -> bool:
    shown = fleet.shown(f"submissions/{id}")
    return shown is not None and shown["final"]


def until_over(fleet: Fleet, id: str) -> None:
    for _ in range(24_000):
        if over(fleet, id):
            return
        threading.Event().wait(0.05)
    raise AssertionError(f"{id} never ended: {fleet.told()[-3000:]}")


def until_under_way(fleet: Fleet, id: str, least: float) -> bool:
    """Until it is measured and that far; whether it has not ended before."""
    for _ in range(24_000):
        shown = fleet.shown(f"submissions/{id}")
        if shown is not None and shown["final"]:
            return False
        if shown is not None and shown["status"] in ("running", "verifying"):
            far = (shown["progress"] or {}).get("fraction") or 0.0
            if far >= least:
                return True
        threading.Event().wait(0.05)
    raise AssertionError(f"{id} never ran: {fleet.told()[-3000:]}")
