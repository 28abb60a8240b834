"""The Space killed with SIGKILL while it takes submissions: what it acknowledged is there, once.

Once here, forty times in `make faults`.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from submissions import beside
from tests.fakes.hub import LoopbackHub, encoders, seed
from tests.faults.conftest import Report
from tests.faults.rounds import rounds
from tests.journey.test_service import ROOT, free_port

ROUNDS = rounds("space")
WANTED = [
    {"model": encoder.repo_id, "task": "sentence-similarity", "hardware": "cpu", "precision": precision}
    for encoder in encoders.ENCODERS
    for precision in ("fp32", "bf16")
]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path_factory.mktemp("hub")) as running:
        seed.seed(running, only=["encoders"])
        yield running


def start(data: Path, hub: LoopbackHub) -> tuple[subprocess.Popen[bytes], str]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")],
        env={**os.environ, "STARWATT_DATA": str(data), "PORT": str(port), "HF_ENDPOINT": hub.endpoint},
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    assert beside.wait_until_ready(address, process)
    return process, address


def submit_until_killed(address: str, wanted: list[dict[str, str]], acknowledged: list[str]) -> None:
    for body in wanted:
        try:
            answer = httpx2.post(f"{address}/api/v1/submissions", json=body, timeout=30)
        except httpx2.HTTPError:
            return
        if answer.status_code == 202:
            acknowledged.append(answer.json()["id"])
        else:
            # Asked for before the kill, and on disk although the answer never came: refused by name.
            assert answer.status_code == 422, answer.text


def test_no_acknowledged_submission_is_lost_or_doubled(
    hub: LoopbackHub, tmp_path: Path, report: Report
) -> None:
    chance, before = random.Random(20261101), 0
    for round_ in range(ROUNDS):
        data = tmp_path / f"data-{round_}"
        acknowledged: list[str] = []
        enough = threading.Event()
        process, address = start(data, hub)
        halves = (WANTED[::2], WANTED[1::2])
        threads = [
            threading.Thread(target=submit_until_killed, args=(address, half, acknowledged))
            for half in halves
        ]
        for thread in threads:
            thread.start()
        # The moment is chosen by what was acknowledged, not by a clock: it hits on fast and slow machines.
        target = chance.randrange(1, len(WANTED) - 2)
        while len(acknowledged) < target and any(thread.is_alive() for thread in threads):
            enough.wait(0.001)
        process.kill()
        process.wait()
        for thread in threads:
            thread.join()

        process, address = start(data, hub)
        try:
            queue = httpx2.get(f"{address}/api/v1/queue", timeout=30).json()["items"]
            listed = [row["id"] for row in queue]
            assert len(listed) == len(set(listed))
            assert set(acknowledged) <= set(listed)
            assert len(acknowledged) >= target
            asked = {(row["model"], row["task"]) for row in queue}
            assert len(listed) <= 2 * len(asked)
            rest: list[str] = []
            submit_until_killed(address, WANTED, rest)
            whole = httpx2.get(f"{address}/api/v1/queue", timeout=30).json()["items"]
            assert len(whole) == len(WANTED)
        finally:
            beside.end(process)
        before += len(acknowledged)
    report("space", ROUNDS, f"{before} acknowledged before the kills, all there once")
