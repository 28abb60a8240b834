"""A real worker and a real Space with a line between them that goes dead for two minutes, then lives again.

Of the long run alone: `test_cut_line.py` does the same in no time, on clocks moved by hand.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from submissions import beside
from submissions.tokens import token_file
from tests.fakes.hub import LoopbackHub, encoders, seed
from tests.faults.conftest import Report
from tests.faults.rounds import rounds
from tests.journey.test_service import ROOT, free_port

CUT_S = rounds("partition")
HANDED_IN_S = 30.0
PATIENCE_S = 600.0


class DeadLine:
    """A way to a port, through which nothing comes while it is dead. What was under way comes afterwards."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._lives = threading.Event()
        self._lives.set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._lives.clear()

    def heal(self) -> None:
        self._lives.set()

    def close(self) -> None:
        self.heal()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            threading.Thread(target=self._join, args=(near, far), daemon=True).start()

    def _join(self, near: socket.socket, far: socket.socket) -> None:
        with near, far:
            there = threading.Thread(target=self._carry, args=(near, far), daemon=True)
            there.start()
            self._carry(far, near)
            there.join()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                self._lives.wait()
                other.sendall(data)
            self._lives.wait()
            other.shutdown(socket.SHUT_WR)
        except OSError:
            # An end hung up: the other end hears of it.
            for end in (one, other):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in reversed(processes):
        beside.end_worker(process)


def until(due: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not due():
        assert time.monotonic() < deadline_s
        threading.Event().wait(0.1)


@pytest.mark.full
def test_a_dead_line_ends_no_run(
    tmp_path: Path, started: list[subprocess.Popen[bytes]], report: Report
) -> None:
    port = free_port()
    address, line = f"http://127.0.0.1:{port}", DeadLine(port)
    with LoopbackHub(tmp_path / "hub") as hub, (tmp_path / "log").open("ab") as log:
        seed.seed(hub, only=["encoders", "data"])
        environment = {
            **os.environ,
            "HF_ENDPOINT": hub.endpoint,
            "STARWATT_DATA": str(tmp_path / "data"),
            "STARWATT_CACHE": str(tmp_path / "cache"),
            "PORT": str(port),
        }
        command = [sys.executable, str(ROOT / "app.py")]
        started.append(subprocess.Popen(command, env=environment, stderr=log, stdout=log))
        assert beside.wait_until_ready(address, started[0])
        token = token_file(tmp_path / "data", "runner")
        worker = beside.start_worker(line.address, token, ["cpu"], environment=environment, log=log.fileno())
        started.append(worker)
        wanted = {"model": encoders.ENCODERS[0].repo_id, "task": "sentence-similarity", "hardware": "cpu"}
        answer = httpx2.post(f"{address}/api/v1/submissions", json=wanted, timeout=60)
        assert answer.status_code == 202, answer.text

        def shown() -> dict[str, Any]:
            path = f"{address}/api/v1/submissions/{answer.json()['id']}"
            return dict(httpx2.get(path, timeout=60).json())

        until(lambda: bool((shown()["progress"] or {}).get("fraction")))
        line.cut()
        cut_s = time.monotonic()
        threading.Event().wait(CUT_S)
        assert not shown()["final"]
        line.heal()
        healed_s = time.monotonic()
        # Where the run itself takes longer than the cut, what counts is its own end.
        until(lambda: shown()["final"] or not psutil.Process(worker.pid).children())
        ended_s = time.monotonic()
        until(lambda: bool(shown()["final"]))
        handed_in_s = time.monotonic() - ended_s if ended_s - healed_s > 1 else time.monotonic() - healed_s
        events = [event["status"] for event in shown()["events"]]
        line.close()
    assert events == ["received", "queued", "claimed", "running", "verifying", "done"], events
    report("partition", int(healed_s - cut_s), f"the run went on, handed in {handed_in_s:.1f} s after")
    assert handed_in_s <= HANDED_IN_S
