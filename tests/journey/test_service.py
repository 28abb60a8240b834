"""The Space as a process: it starts, answers, ends in order, and says in one line why it cannot start."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from submissions import beside

ROOT = Path(__file__).resolve().parents[2]


def start(data: Path, **environment: str) -> subprocess.Popen[bytes]:
    settings = {"STARWATT_DATA": str(data), "HF_ENDPOINT": "http://127.0.0.1:9", **environment}
    return subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")],
        env={**os.environ, **settings},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def space(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = free_port()
    process = start(tmp_path / "data", PORT=str(port))
    address = f"http://127.0.0.1:{port}"
    try:
        assert beside.wait_until_ready(address, process)
        yield process, address
    finally:
        beside.end_worker(process)
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


def test_it_is_ready_with_real_figures_and_ends_in_order(
    space: tuple[subprocess.Popen[bytes], str],
) -> None:
    process, address = space
    with urllib.request.urlopen(f"{address}/healthz") as answer:
        assert json.load(answer)["status"] == "ready"
    with urllib.request.urlopen(f"{address}/api/v1/ratings?edition=aies-2025-02&limit=1000") as answer:
        rows = json.load(answer)
    assert rows["total"] == 166
    assert all(row["stars"] in range(1, 6) for row in rows["items"])
    with urllib.request.urlopen(f"{address}/") as answer:
        assert "text/html" in answer.headers["content-type"]
        assert b"Wh" in answer.read()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def one_line(process: subprocess.Popen[bytes]) -> str:
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2, errors
    lines = errors.decode().strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        line = one_line(start(tmp_path / "data", PORT=str(taken.getsockname()[1])))
    assert "Cannot listen" in line
    assert "PORT=" in line
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    line = one_line(start(tmp_path / "file" / "data", PORT="0"))
    assert "STARWATT_DATA" in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "seven"),
        ("PORT", "70000"),
        ("STARWATT_ACCOUNTS", "everybody"),
        ("STARWATT_DATASET", "../energy"),
        ("STARWATT_DURABILITY", "hub"),
        ("STARWATT_LEASE_S", "nan"),
    ],
)
def test_a_setting_that_cannot_be(tmp_path: Path, name: str, value: str) -> None:
    assert name in one_line(start(tmp_path / "data", **{"PORT": "0", name: value}))
    assert not (tmp_path / "data").exists()


def test_two_spaces_cannot_share_one_record(
    space: tuple[subprocess.Popen[bytes], str], tmp_path: Path
) -> None:
    assert one_line(start(tmp_path / "data", PORT="0"))
