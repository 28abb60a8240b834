"""A worker stopped past its lease and continued (SIGSTOP, SIGCONT): its writes are refused, every time.

Twice here, a hundred times in `make faults`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import httpx2
import pytest

from leaderboard import editions
from leaderboard.record import Record
from submissions import beside
from submissions.tokens import token_file
from tests import builders
from tests.faults.conftest import Report
from tests.faults.rounds import rounds
from tests.journey.test_service import ROOT, free_port
from tests.record import scenes

ROUNDS = rounds("stopped")
LEASE_S = 1.0
WORKER = """
import json, sys
from pathlib import Path
from leaderboard.domain import FenceLost
from runners.space import SpaceClient, Told
address, token, folder = sys.argv[1:]
log = Path(folder) / "log.txt"
log.write_text("mine")
with SpaceClient(address, token) as space:
    for line in sys.stdin:
        if line == "claim\\n":
            claimed = space.claim(("cpu",), "rack-1:1", "0.1.0")
            space.start(claimed)
            print(json.dumps([claimed.submission_id, claimed.fence]), flush=True)
            continue
        refused = []
        for name, write in {
            "heartbeat": lambda: space.heartbeat(claimed, Told(0.5, "half", 1.0, "a line\\n", 0)),
            "file": lambda: space.put_file(claimed, log),
            "release": lambda: space.release(claimed, "told to end"),
            "finish": lambda: space.finish(claimed, "failed", "late", "none"),
        }.items():
            try:
                write()
            except FenceLost:
                refused.append(name)
        print(json.dumps(refused), flush=True)
"""


@pytest.fixture
def space(tmp_path: Path) -> Iterator[str]:
    with Record.open(tmp_path / "data") as record:
        editions.load_catalogue(record)
        for number in range(ROUNDS):
            scenes.queued(record, builders.plan(f"org/m{number}"))
    port = free_port()
    environment = {**os.environ, "STARWATT_DATA": str(tmp_path / "data"), "PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")],
        env={**environment, "STARWATT_LEASE_S": str(LEASE_S)},
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        assert beside.wait_until_ready(address, process)
        yield address
    finally:
        beside.end(process)


class Worker:
    """The program above, asked line by line."""

    def __init__(self, address: str, token: str, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, address, token, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, line: str) -> None:
        _there(self.process.stdin).write(line + "\n")
        _there(self.process.stdin).flush()

    def hear(self) -> Any:
        return json.loads(_there(self.process.stdout).readline())

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


def _there(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


def test_a_worker_that_slept_too_long_writes_nothing(space: str, tmp_path: Path, report: Report) -> None:
    token = token_file(tmp_path / "data", "runner").read_text().strip()
    worker = Worker(space, token, tmp_path)
    try:
        for _ in range(ROUNDS):
            worker.tell("claim")
            id, fence = worker.hear()
            worker.process.send_signal(signal.SIGSTOP)
            queued_again(space, id)
            # Every second time another holds it by now.
            other = claim(space, token) if fence % 2 else None
            worker.process.send_signal(signal.SIGCONT)
            worker.tell("write")
            assert worker.hear() == ["heartbeat", "file", "release", "finish"]
            shown = httpx2.get(f"{space}/api/v1/submissions/{id}", timeout=60).json()
            assert not shown["final"]
            cancelled = httpx2.post(
                f"{space}/api/v1/submissions/{id}/cancel", json={"reason": ""}, timeout=60
            )
            assert cancelled.status_code == 200, cancelled.text
            assert other is None or other["submission_id"] == id
    finally:
        worker.end()
    report("stopped", ROUNDS, f"{4 * ROUNDS} of {4 * ROUNDS} writes refused")


def queued_again(space: str, id: str) -> None:
    """Until its lease ran out and the Space took it back."""
    for _ in range(6000):
        if httpx2.get(f"{space}/api/v1/submissions/{id}", timeout=60).json()["status"] == "queued":
            return
        threading.Event().wait(0.05)
    raise AssertionError("never taken back")


def claim(space: str, token: str) -> dict[str, Any]:
    answer = httpx2.post(
        f"{space}/api/v1/runner/claim",
        json={"hardware": ["cpu"], "machine": "rack-2:1", "harness": "0.1.0"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
