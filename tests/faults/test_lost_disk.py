"""The Space killed with SIGKILL and its disk taken away: it restores itself from the Hub and goes on.

Under `hub` durability every submission that was said to be safe is there; the run that was going ends once.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from leaderboard.domain import read_plan
from submissions import beside
from submissions.tokens import token_file
from tests import builders
from tests.board.serving import with_gradio
from tests.fakes.hub import LoopbackHub, encoders, seed
from tests.journey.test_service import ROOT, free_port

MODELS = [encoder.repo_id for encoder in encoders.ENCODERS[:3]]
_CHANGING = re.compile(
    r"<time.*?</time>|\d+ (second|minute)s? ago|\?v=[0-9a-f]+|\d\d:\d\d(:\d\d)?", re.DOTALL
)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path_factory.mktemp("hub")) as running:
        seed.seed(running, only=["encoders"])
        yield running


def environment(data: Path, hub: LoopbackHub) -> dict[str, str]:
    return {
        **os.environ,
        "STARWATT_DATA": str(data),
        "STARWATT_DATASET": "starwatt/energy",
        "STARWATT_DURABILITY": "hub",
        "HF_TOKEN": hub.write_token,
        "HF_ENDPOINT": hub.endpoint,
        "HF_HUB_DISABLE_XET": "1",
    }


@pytest.fixture
def spaces() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        beside.end(process)


def start(
    data: Path, hub: LoopbackHub, spaces: list[subprocess.Popen[bytes]]
) -> tuple[subprocess.Popen[bytes], str]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")],
        env={**environment(data, hub), "PORT": str(port)},
        stderr=subprocess.DEVNULL,
    )
    spaces.append(process)
    address = f"http://127.0.0.1:{port}"
    assert beside.wait_until_ready(address, process)
    # A commit to the Hub is waited for ten seconds, which a slow machine needs for Gradio's import alone.
    return process, with_gradio(address)


def submit(address: str, model: str) -> dict[str, Any]:
    body = {"model": model, "task": "sentence-similarity", "hardware": "cpu"}
    answer = httpx2.post(f"{address}/api/v1/submissions", json=body, timeout=60)
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = answer.json()
    assert (told["status"], told["safe_in"]) == ("received", "hub")
    return told


def until_queued(address: str, submission_id: str) -> None:
    for _ in range(2000):
        if (
            httpx2.get(f"{address}/api/v1/submissions/{submission_id}", timeout=60).json()["status"]
            == "queued"
        ):
            return
        threading.Event().wait(0.01)
    raise AssertionError("never queued")


class Runner:
    """A runner by hand: its token was handed out before the disk was lost."""

    def __init__(self, data: Path) -> None:
        self._headers = {"Authorization": f"Bearer {token_file(data, 'runner').read_text().strip()}"}

    def ask(self, method: str, address: str, path: str, **how: Any) -> httpx2.Response:
        return httpx2.request(
            method, f"{address}/api/v1/runner{path}", headers=self._headers, timeout=60, **how
        )

    def claim(self, address: str) -> dict[str, Any]:
        wanted = {"hardware": ["cpu"], "machine": "rack-1", "harness": "0"}
        claimed: dict[str, Any] = self.ask("POST", address, "/claim", json=wanted).json()
        started = {"fence": claimed["fence"]}
        begun = self.ask("POST", address, f"/submissions/{claimed['submission_id']}/start", json=started)
        assert begun.status_code == 200, begun.text
        return claimed


def page(address: str, path: str) -> tuple[int, str]:
    answer = httpx2.get(f"{address}{path}", timeout=30, headers={"Accept": "text/html"})
    main = re.search(r"<main.*</main>", answer.text, re.DOTALL)
    text = main[0] if main else answer.text
    # It listens on another port each time, which snippets to copy hold plainly and in queries.
    for written in (address, quote(address, safe="")):
        text = text.replace(written, "http://space")
    return answer.status_code, _CHANGING.sub("", text)


def hand_in(runner: Runner, address: str, claim: dict[str, Any]) -> dict[str, Any]:
    path, fence = f"/submissions/{claim['submission_id']}", claim["fence"]
    run = builders.run(read_plan(claim["plan"]))
    body = run.model_dump_json().encode()
    put = runner.ask("PUT", address, f"{path}/files/run.json", params={"fence": fence}, content=body)
    assert put.status_code == 200, put.text
    done = runner.ask("POST", address, f"{path}/finish", json={"fence": fence, "outcome": "done"})
    assert done.status_code == 200, done.text
    answer: dict[str, Any] = done.json()
    return answer


def test_a_space_without_its_disk_goes_on_where_it_was(
    hub: LoopbackHub, tmp_path: Path, spaces: list[subprocess.Popen[bytes]]
) -> None:
    data = tmp_path / "data"
    process, address = start(data, hub, spaces)
    runner = Runner(data)
    ids = [submit(address, model)["id"] for model in MODELS[:2]]
    for submission_id in ids:
        until_queued(address, submission_id)
    finished = hand_in(runner, address, runner.claim(address))
    going = runner.claim(address)
    # Its answer says that all before it is in the Hub as well.
    last = submit(address, MODELS[2])["id"]
    until_queued(address, last)
    paths = ["/", f"/models/{MODELS[0]}", f"/runs/{finished['run_id']}", "/queue"]
    paths += [f"/submissions/{each}" for each in ids]
    before = {path: page(address, path) for path in paths}
    assert {status for status, _ in before.values()} == {200}
    process.kill()
    process.wait()
    shutil.rmtree(data)
    (repo,) = [repo for repo in hub.store.repos("dataset") if repo.id == "starwatt/energy-record"]
    assert repo.private

    process, address = start(data, hub, spaces)
    # That the last one is queued was written after the commit which holds it: it is queued anew.
    until_queued(address, last)
    assert {path: page(address, path) for path in paths} == before
    until_queued(address, last)
    ended = hand_in(runner, address, going)
    assert ended["status"] == "done"
    again = runner.ask(
        "POST",
        address,
        f"/submissions/{going['submission_id']}/finish",
        json={"fence": going["fence"], "outcome": "done"},
    )
    assert again.json() == ended
    following = runner.claim(address)
    assert following["submission_id"] == last
    assert following["fence"] > going["fence"] + 1_000_000
    shown = httpx2.get(f"{address}/api/v1/submissions/{going['submission_id']}", timeout=60).json()
    assert [event["status"] for event in shown["events"]].count("claimed") == 1
    assert [event["status"] for event in shown["events"]].count("done") == 1
    asked = {"edition": "dev-2026-11", "q": shown["model"]}
    assert httpx2.get(f"{address}/api/v1/ratings", params=asked, timeout=60).json()["total"] == 1
    beside.end(process)

    # Told to end, it commits what is left: the log makes the record that lies here, hash for hash.
    done = subprocess.run(
        [sys.executable, "-m", "leaderboard", "verify"],
        cwd=ROOT,
        env=environment(data, hub),
        capture_output=True,
        text=True,
    )
    assert "energy-record/" not in done.stdout, done.stdout + done.stderr
    assert re.search(r"^record [0-9a-f]{64}$", done.stdout, re.MULTILINE), done.stdout + done.stderr


def test_an_empty_disk_without_the_hub_starts_nothing(hub: LoopbackHub, tmp_path: Path) -> None:
    given = environment(tmp_path / "data", hub) | {"HF_ENDPOINT": "http://127.0.0.1:9", "PORT": "0"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py")], env=given, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert "disk is empty and the Hub does not answer" in done.stderr
    assert not (tmp_path / "data" / "record.sqlite").exists()
