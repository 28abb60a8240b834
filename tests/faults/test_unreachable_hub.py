"""A Space whose Hub is away, or hangs: it starts, serves what it has, says how old the Hub's copy is."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from leaderboard.editions import load_catalogue
from leaderboard.record import Record
from submissions import beside
from submissions.keeper import SAVED
from tests.journey.test_service import ROOT, free_port

PATIENCE_S = 180
HOUR_S = 3600


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(params=["closed", "hangs"])
def hub(request: pytest.FixtureRequest, silent: str) -> str:
    return "http://127.0.0.1:9" if request.param == "closed" else silent


def until(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while not seen():
        assert time.monotonic() < deadline
        pause.wait(0.2)


def test_it_serves_its_last_snapshot_and_says_its_age(hub: str, silent: str, tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    with Record.open(data) as record:
        load_catalogue(record)
    (data / SAVED).touch()
    saved = time.time() - 2 * HOUR_S
    os.utime(data / SAVED, (saved, saved))
    address = f"http://127.0.0.1:{free_port()}"
    environment = {
        **os.environ,
        "STARWATT_DATA": str(data),
        "STARWATT_DATASET": "starwatt/energy",
        "HF_TOKEN": "hf_none",
        "HF_ENDPOINT": hub,
        "PORT": address.rsplit(":", 1)[1],
    }
    with log.open("wb") as errors:
        space = subprocess.Popen([sys.executable, str(ROOT / "app.py")], stderr=errors, env=environment)
    try:
        assert beside.wait_until_ready(address, space)
        with httpx2.Client(base_url=address, timeout=PATIENCE_S) as client:
            rows = client.get("/")
            assert rows.status_code == 200
            assert rows.text.count('scope="row"') > 5
            until(lambda: "The Hub has not answered since" in client.get("/").text)
            page = client.get("/").text
            assert re.search(
                r"This is the record as it lies here. Its copy is from 2 h( \d+ min)? ago\.", page
            )
            told = client.get("/healthz").json()
            assert told["status"] == "ready"
            assert not told["hub"]["answers"]
            assert 2 * HOUR_S <= told["hub"]["age_s"] < 3 * HOUR_S
            look = client.get("/submit/preview", params={"model": "org/name"})
            assert look.status_code == 200
            assert "The Hub did not answer about org/name" in look.text
            if hub == silent:
                return  # it would be waited for as long once more
            sent = client.post("/submit", data={"model": "org/name", "task": "reasoning", "hardware": "cpu"})
            assert sent.status_code == 503
            assert "nothing was submitted" in sent.text
            assert 'value="org/name"' in sent.text, "what was typed is still there"
    finally:
        beside.end(space)
        said = log.read_text()
        assert "Traceback" not in said
        assert all(len(line) < 400 for line in said.splitlines()), said
