"""On a real card: it is known, its counter steps, and a run of real weights is measured on it.

`python -m pytest -m gpu`. What it prints (`-s`) settles the tentative thresholds: the counter's step,
the idle power, how counter and power agree, and how windows repeat.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from leaderboard import catalogue
from leaderboard.domain import Device, HardwareClass, NoReading, Outcome, Provenance
from runners.bench import preflight
from runners.bench.gpu import GpuFacts, read_gpus
from runners.bench.meter import open_meter
from runners.bench.record import read_run_file
from runners.bench.sandbox import ROOT
from runners.doctor import examine
from tests.fakes.hub import seed
from tests.fakes.hub.server import LoopbackHub

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module")
def gpus() -> GpuFacts:
    try:
        return read_gpus()
    except NoReading as error:
        pytest.skip(f"no NVIDIA GPU can be read here: {error.message}")


@pytest.fixture(scope="module")
def hardware(gpus: GpuFacts) -> HardwareClass:
    known = {each.gpu_name: each for each in catalogue.hardware_classes().values() if each.gpu_name}
    found = known.get(gpus.boards[0].name)
    if found is None:
        pytest.skip(f"{gpus.boards[0].name} is no hardware class yet")
    return found


def test_the_board_is_told_apart(gpus: GpuFacts, hardware: HardwareClass) -> None:
    for board in gpus.boards:
        print(board.model_dump_json(indent=2, exclude={"uuid_hash"}))
    for finding in preflight.look_at(gpus, hardware, preflight.exclusivity(gpus, vouched=True)):
        print(f"{finding.outcome.value:12} {finding.name}: {finding.message}")
        assert finding.outcome is not Outcome.FAILED, finding.message


def test_the_doctor_passes_or_says_why(tmp_path: Path) -> None:
    for finding in examine(None, tmp_path, vouched=True):
        print(f"{finding.outcome.value:12} {finding.name}: {finding.message} {finding.remedy}")
        assert finding.outcome is not Outcome.FAILED or finding.remedy


def test_the_counter_steps_as_windows_need_it(hardware: HardwareClass) -> None:
    finding, step_s = preflight.counter_rises(open_meter(hardware, Device.CUDA), 5.0)
    print(finding.message)
    assert finding.outcome is Outcome.PASSED
    assert step_s is not None
    assert 0.01 <= step_s <= 0.2


def test_a_quick_run_of_real_weights_is_measured(hardware: HardwareClass, tmp_path: Path) -> None:
    runners = [sys.executable, "-m", "runners"]
    with LoopbackHub(tmp_path / "hub") as hub:
        seed.seed(hub, only=["carried", "data"])
        environment = {**os.environ, "HF_ENDPOINT": hub.endpoint}
        words = ["--model", "sentence-transformers/all-MiniLM-L6-v2", "--task", "sentence-similarity"]
        words += ["--hardware", hardware.id, "--profile", "quick"]
        plan = subprocess.run(
            [*runners, "plan", *words], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE
        )
        (tmp_path / "plan.json").write_bytes(plan.stdout)
        command = [*runners, "bench", "plan.json", "out", "--cache", "cache", "--exclusive"]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={**environment, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=600,
        )
    print(done.stdout, done.stderr)
    assert done.returncode in (0, 3), done.stderr
    run = read_run_file(tmp_path / "out" / "run.json")
    print(json.dumps(run.model_dump(mode="json")["figures"], indent=2))
    sandboxed = run.environment.sandbox != "none"
    assert run.provenance is (Provenance.MEASURED if sandboxed else Provenance.ESTIMATED)
    found = {finding.name: finding.outcome for finding in run.findings}
    assert found["gpus-used-measured"] is Outcome.PASSED
    assert found["gpu-identity"] is Outcome.PASSED
    assert found["counter-agrees-with-power"] is not Outcome.FAILED
