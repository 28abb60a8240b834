"""The local executor: a bench in a process group of its own, watched through its files."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from leaderboard.domain import BenchKilled, StorageUnavailable, UnknownName
from runners.bench.sandbox import ROOT
from runners.executors import Ending, Job, Placed, open_executor
from runners.executors.local import LocalExecutor, job_environment
from tests.runners.conftest import make_plan


def until(true: Callable[[], object], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def ended(placed: Placed) -> Ending:
    until(placed.ending)
    ending = placed.ending()
    assert ending is not None
    assert placed.ending() == ending
    return ending


@pytest.fixture
def executor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalExecutor:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    return LocalExecutor(tmp_path / "cache", "auto")


def test_a_bench_that_fails_is_told_in_its_own_words(executor: LocalExecutor, tmp_path: Path) -> None:
    placed = executor.place(Job(make_plan(harness="9.9.9"), tmp_path / "job"))
    ending = ended(placed)
    assert ending.outcome == "failed"
    assert "harness 9.9.9" in ending.cause
    assert "runners plan" in ending.remedy
    placed.kill()


def test_a_hub_out_of_reach_is_told(executor: LocalExecutor, tmp_path: Path) -> None:
    placed = executor.place(Job(make_plan(), tmp_path / "job"))
    ending = ended(placed)
    assert (ending.outcome, "did not answer" in ending.cause or "out of reach" in ending.cause) == (
        "failed",
        True,
    )
    assert 0 <= placed.moment().fraction < 1
    assert placed.moment().message
    log = placed.new_log()
    assert "hub_unavailable" in log
    assert placed.new_log() == ""
    assert not (tmp_path / "job" / "out" / "run.json").exists()


def test_a_killed_job_leaves_no_process(
    executor: LocalExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(make_plan(), tmp_path / "job")
    # A Hub that takes the connection and never answers keeps the bench, and its child, waiting.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        placed = executor.place(job)
        bench = _bench_of(job)
        until(lambda: bench.children(recursive=True))
        family = [bench, *bench.children(recursive=True)]
        assert placed.ending() is None
        placed.kill()
        placed.kill()
        until(lambda: not any(_lives(process) for process in family))
    assert not (job.out / "run.json").exists()
    ending = placed.ending()
    assert ending is not None
    assert ending.outcome == "failed"


def _bench_of(job: Job) -> psutil.Process:
    found = [
        process
        for process in psutil.Process().children()
        if str(job.out) in process.cmdline() and "bench" in process.cmdline()
    ]
    assert len(found) == 1
    return found[0]


def _lives(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def test_a_job_ends_with_its_worker(tmp_path: Path) -> None:
    """However the worker dies: the job holds the end of a pipe."""
    program = (
        "import os, sys, pathlib, time\n"
        "from leaderboard.domain import Plan\n"
        "from runners.executors import Job\n"
        "from runners.executors.local import LocalExecutor\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "job = Job(Plan.model_validate_json(sys.stdin.read()), folder / 'job')\n"
        "placed = LocalExecutor(folder / 'cache', 'auto').place(job)\n"
        "print(placed._process.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        worker = subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            cwd=ROOT,
            env={**os.environ, "HF_ENDPOINT": endpoint},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert worker.stdin
        assert worker.stdout
        worker.stdin.write(make_plan().model_dump_json())
        worker.stdin.close()
        bench = psutil.Process(int(worker.stdout.readline()))
        until(lambda: bench.children(recursive=True))
        family = [bench, *bench.children(recursive=True)]
        worker.kill()
        worker.wait()
        worker.stdout.close()
        until(lambda: not any(_lives(process) for process in family))


def test_the_jobs_environment_has_no_token(tmp_path: Path) -> None:
    ours = {"PATH": "/bin", "HF_TOKEN": "a", "STARWATT_RUNNER_TOKEN": "b", "HF_ENDPOINT": "http://hub"}
    seen = job_environment(ours, tmp_path)
    assert seen["HF_ENDPOINT"] == "http://hub"
    assert not {"HF_TOKEN", "STARWATT_RUNNER_TOKEN"} & set(seen)
    assert job_environment({**ours, "STARWATT_FETCH_TOKEN": "c"}, tmp_path)["HF_TOKEN"] == "c"
    # Nor does the Hub's client find a token that somebody stored at home.
    assert seen["HF_HOME"] == str(tmp_path / "home")


def test_a_bench_that_dies_without_a_word(
    executor: LocalExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho something broke >&2\nexit 9\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    ending = ended(executor.place(Job(make_plan(), tmp_path / "job")))
    assert ending.cause == "The bench ended with code 9: something broke."


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGSEGV])
def test_a_bench_that_a_signal_ended(
    executor: LocalExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: signal.Signals
) -> None:
    """It holds no model: whose model it was for has nothing to do with it."""
    struck = tmp_path / "python"
    struck.write_text(f"#!/bin/sh\nkill -{by.value} $$\n")
    struck.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(struck))
    ending = ended(executor.place(Job(make_plan(), tmp_path / "job")))
    assert (ending.outcome, ending.code) == ("failed", BenchKilled.code)
    assert ending.cause == f"The bench was ended from outside ({signal.strsignal(by)})."


@pytest.mark.parametrize(("code", "outcome"), [(0, "done"), (3, "rejected")])
def test_the_exit_code_is_the_outcome(
    executor: LocalExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, outcome: str
) -> None:
    pretended = tmp_path / "python"
    moment = json.dumps({"fraction": 0.5, "message": "half", "remaining_s": 3.0})
    pretended.write_text(f"#!/bin/sh\necho '{moment}'\necho '{{\"fraction\": 0.'\nexit {code}\n")
    pretended.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(pretended))
    placed = executor.place(Job(make_plan(), tmp_path / "job"))
    assert ended(placed).outcome == outcome
    assert (placed.moment().fraction, placed.moment().message) == (0.5, "half")


def test_a_folder_that_cannot_be_made(executor: LocalExecutor, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageUnavailable):
        executor.place(Job(make_plan(), tmp_path / "file" / "job"))


def test_executors_by_name(tmp_path: Path) -> None:
    assert open_executor("local", tmp_path, "auto").name == "local"
    assert open_executor("fake", tmp_path, "auto").name == "fake"
    with pytest.raises(UnknownName, match="teleport"):
        open_executor("teleport", tmp_path, "auto")
