"""Servers as processes: our Space over a record, and the peer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from submissions import beside

ROOT = Path(__file__).resolve().parents[2]
_START_S = 300.0


@dataclass(frozen=True)
class Server:
    """One that answers."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def memory_mb(self) -> float:
        """What it holds of its own: memory that no file stands behind, MB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise RuntimeError("the system does not tell a process's memory")


@contextmanager
def ours(folder: Path) -> Iterator[Server]:
    """The whole Space, as `app.py` starts it, with no Hub to be reached."""
    settings = {"STARWATT_DATA": str(folder), "HF_ENDPOINT": "http://127.0.0.1:9"}
    with _server([str(ROOT / "app.py")], "/healthz", settings) as server:
        yield server


@contextmanager
def peer(kind: str, folder: Path) -> Iterator[Server]:
    """Gradio over the same rows."""
    command = [str(ROOT / "bench" / "boards" / "peer.py"), kind, str(folder)]
    with _server(command, "/config", {}, port_last=True) as server:
        yield server


@contextmanager
def _server(
    command: list[str], ready: str, settings: dict[str, str], *, port_last: bool = False
) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, *command, *([str(port)] if port_last else [])],
        env={**os.environ, **settings, "PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = Server(port, process)
    try:
        _wait(server, ready)
        yield server
    finally:
        beside.end(process)


def _wait(server: Server, ready: str) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise SystemExit("a server ended before it answered")
        try:
            if httpx2.get(f"{server.address}{ready}", timeout=60).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.1)
    raise SystemExit("a server did not answer")
