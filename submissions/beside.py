"""The Space with a worker for this machine beside it: what `make run` starts.

Two processes that speak HTTP, exactly as a Space and a rack far away do: there is one path (DESIGN §1).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx2

from leaderboard.domain import SpaceUnavailable
from leaderboard.listening import listen
from leaderboard.settings import SECRETS, Settings
from submissions.tokens import token_file

_ROOT = Path(__file__).resolve().parent.parent
_START_S = 120.0
_END_S = 15.0


def serve(settings: Settings, hardware: Sequence[str], say: bool = True) -> int:
    """Start both, wait for the Space to end, end the worker with it; returns the Space's exit code.

    Raises:
        BadInput: the port cannot be had. Whoever answers there is another Space, which must get no worker.
    """
    listen(settings.host, settings.port).close()
    space = subprocess.Popen([sys.executable, str(_ROOT / "app.py")])
    worker: subprocess.Popen[bytes] | None = None

    def drain(*_: object) -> None:
        # The worker first: while it ends it still has a Space to give its job back to.
        end_worker(worker)
        space.terminate()

    signal.signal(signal.SIGTERM, drain)
    try:
        address = f"http://{_reachable(settings.host)}:{settings.port}"
        if wait_until_ready(address, space):
            worker = start_worker(address, token_file(settings.data, "runner"), hardware)
            if say:
                print(f"Starwatt is at {address} — Ctrl-C ends it.", flush=True)  # noqa: T201
        return space.wait()
    except KeyboardInterrupt:
        return space.wait()
    finally:
        end_worker(worker)
        end(space)


def _reachable(host: str) -> str:
    return "127.0.0.1" if host == "0.0.0.0" else host


def wait_until_ready(address: str, space: subprocess.Popen[bytes]) -> bool:
    """Whether the Space answers; False when it ended instead, having said why.

    Raises:
        SpaceUnavailable: it neither answered nor ended in two minutes.
    """
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if space.poll() is not None:
            return False
        try:
            if httpx2.get(f"{address}/healthz", timeout=2).status_code == 200:
                return True
        except httpx2.HTTPError:
            time.sleep(0.2)
    raise SpaceUnavailable(f"The Space at {address} did not answer in {_START_S:g} s.", "Look at its log.")


def start_worker(
    address: str,
    token: Path,
    hardware: Sequence[str],
    *options: str,
    environment: Mapping[str, str] = os.environ,
    log: int | None = None,
) -> subprocess.Popen[bytes]:
    """A worker of this machine as a process of its own."""
    command = [sys.executable, "-m", "runners", "work", "--space", address, "--token-file", str(token)]
    command += ["--hardware", ",".join(hardware), "--executor", "local", *options]
    # The worker is no part of the Space: it gets no token that writes, and nothing that signs people in.
    given = {name: value for name, value in environment.items() if name not in SECRETS}
    return subprocess.Popen(command, env={**given, "PYTHONPATH": str(_ROOT)}, stdout=log, stderr=log)


def end_worker(worker: subprocess.Popen[bytes] | None) -> None:
    """End a worker now, its job given back: one signal alone would let it finish the job."""
    if worker is not None and worker.poll() is None:
        worker.send_signal(signal.SIGINT)
    end(worker)


def end(process: subprocess.Popen[bytes] | None) -> None:
    """Ask a process to end, and make it end when it does not."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
