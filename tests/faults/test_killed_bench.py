"""A run killed with SIGKILL, parent or child, at moments drawn by chance, never looks finished unless it is.

Four times here, sixty in `make faults`.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from leaderboard.domain import Outcome
from runners.bench.record import LOG, RUN, TRACE
from runners.verify import verify
from tests.faults.conftest import Report
from tests.faults.rounds import rounds
from tests.journey.test_service import ROOT

ROUNDS = rounds("bench")
LINES = 22
"""Lines in the log of a run that nobody kills."""


@pytest.fixture(scope="module")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.fakes.hub import encoders
    from tests.runners.conftest import write_files

    return write_files(tmp_path_factory.mktemp("encoder"), encoders.build(encoders.ENCODERS[0]))


def lines_of(out: Path) -> int:
    try:
        return len((out / LOG).read_bytes().splitlines())
    except OSError:
        return 0


def moment(chance: random.Random, out: Path) -> Callable[[], bool]:
    """When to strike: after so many lines of the log, or while the folder is being written."""
    if chance.random() < 0.3:
        name = chance.choice([f"{TRACE}.part", TRACE, f"{RUN}.part"])
        return lambda: (out / name).exists()
    least = chance.randrange(LINES)
    return lambda: lines_of(out) >= least


def strike(job: subprocess.Popen[bytes], due: Callable[[], bool], whom: str) -> None:
    """Kill the parent or the newest child as soon as it is due; a job that ends before is left."""
    while job.poll() is None:
        if not due():
            continue
        victims = (
            [job.pid] if whom == "parent" else [child.pid for child in psutil.Process(job.pid).children()]
        )
        if victims:
            try:
                os.kill(victims[-1], 9)
            except ProcessLookupError:
                continue
            return


def test_a_killed_run_never_looks_finished(encoder_folder: Path, tmp_path: Path, report: Report) -> None:
    chance = random.Random(20261123)
    struck = finished = 0
    for round_ in range(ROUNDS):
        out, whom = tmp_path / f"out-{round_}", ("parent", "child")[round_ % 2]
        command = [sys.executable, "-m", "tests.faults.bench_job", str(out), str(tmp_path / "cache")]
        job = subprocess.Popen(
            [*command, str(encoder_folder)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            started = psutil.Process(job.pid)
            # The first two come before the first line, which none survives.
            strike(job, moment(chance, out) if round_ > 1 else lambda: True, whom)
            children = started.children() if job.poll() is None else []
            code = job.wait(60)
        finally:
            job.kill()
            job.wait()
        # What held the model ends with its parent: the device is free again.
        assert psutil.wait_procs(children, timeout=30)[1] == []
        if (out / RUN).exists():
            run, findings = verify(out)
            assert run.valid
            assert all(finding.outcome is not Outcome.FAILED or not finding.rejects for finding in findings)
            finished += 1
        else:
            assert code != 0
            struck += 1
        shutil.rmtree(out, ignore_errors=True)
    assert struck + finished == ROUNDS
    # Where they strike is chance, and many miss; that some hit shows that something was tried.
    assert struck >= max(1, ROUNDS // 5)
    report("bench", ROUNDS, f"{struck} struck in time, {finished} finished and valid")
