"""The simulated card: what its readers see is what was asked for, and its energy is the curve's integral."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.card import BOARDS, H100_SXM, T4, Card, NoCompiler, library
from tests.fakes.card.card import GPU_IS_LOST, NOT_SUPPORTED, TIMEOUT
from tests.fakes.card.follow import Follower

ROOT = Path(__file__).resolve().parents[2]
LOAD = """
import json, sys, time, pynvml as nvml
nvml.nvmlInit()
board = nvml.nvmlDeviceGetHandleByIndex(0)
def ask(function, *more):
    try:
        return function(board, *more)
    except nvml.NVMLError as error:
        return type(error).__name__
def until(moment):
    time.sleep(max(0, moment - time.monotonic()))
"""


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Card]:
    try:
        library()
    except NoCompiler as error:
        pytest.skip(str(error))
    with Card(tmp_path / "card") as made:
        yield made


def ask(card: Card, script: str) -> Any:
    """What a process that sees the card prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD + script],
        env={**os.environ, **card.environment()},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


FACTS = """
limits = nvml.nvmlDeviceGetPowerManagementDefaultLimit(board), nvml.nvmlDeviceGetEnforcedPowerLimit(board)
print(json.dumps([nvml.nvmlDeviceGetCount(), nvml.nvmlDeviceGetName(board),
    nvml.nvmlDeviceGetMemoryInfo(board).total, list(nvml.nvmlDeviceGetCudaComputeCapability(board)), limits,
    nvml.nvmlDeviceGetVbiosVersion(board)]))
"""


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_each_board_tells_its_own_facts(tmp_path: Path, card: Card, name: str) -> None:
    board = BOARDS[name]
    with Card(tmp_path / name, [board, board]) as made:
        limit = round(board.limit_w * 1000)
        facts = [2, board.name, board.memory, list(board.capability), [limit, limit], board.vbios]
        assert ask(made, FACTS) == facts


COUNTED = """
moments = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {moments}
found = []
for moment in moments:
    until(moment)
    found.append((time.monotonic(), ask(nvml.nvmlDeviceGetTotalEnergyConsumption)))
print(json.dumps(found))
"""


def counted(card: Card, *moments: float) -> list[tuple[float, float]]:
    """Moments and the counter's readings there, J."""
    script = COUNTED.replace("{moments}", json.dumps(moments))
    return [(moment, energy / 1000) for moment, energy in ask(card, script)]


def test_the_counter_is_the_curve_as_of_its_last_step(card: Card) -> None:
    start = time.monotonic() + 0.6
    card.counter(0.05)
    card.power(400, start)
    card.power(100, start + 0.3, slope=500)
    card.power(70, start + 0.7)
    card.ripple(30, 3.1)
    (first, before), (second, after) = counted(card, start - 0.1, start + 1.0)
    truth = card.true_energy_j(first, second)
    # At either end up to a step behind, at no more than the greatest power.
    assert abs(after - before - truth) <= 430 * 0.05 + 0.01
    assert truth == pytest.approx(0.1 * 70 + 0.3 * 400 + 0.4 * 200 + 0.3 * 70, rel=0.1)


def test_gain_and_a_part_time_sensor_are_off_as_asked(card: Card) -> None:
    card.power(400)
    card.gain(1.05)
    (first, before), (second, after) = counted(card, 0, time.monotonic() + 1.6)
    assert after - before == pytest.approx(1.05 * card.true_energy_j(first, second), rel=0.1)
    card.gain(1.0)
    card.part_time(0.25)
    card.ripple(200, 10.0)  # in step with the counter: the sensor sees the same part of each wave
    (first, before), (second, after) = counted(card, time.monotonic() + 0.5, time.monotonic() + 2.5)
    assert abs((after - before) / card.true_energy_j(first, second) - 1) > 0.08


STEPS = """
seen, last, until_s = [], None, time.monotonic() + 1.2
while time.monotonic() < until_s:
    now = nvml.nvmlDeviceGetTotalEnergyConsumption(board)
    if last is not None and now != last:
        seen.append(time.monotonic())
    last = now
    time.sleep(0.0005)
print(json.dumps(seen))
"""


def test_the_counter_steps_in_its_period_and_phase(card: Card) -> None:
    card.counter(0.1, 0.03)
    seen = ask(card, STEPS)
    gaps = [after - before for before, after in pairwise(seen)]
    assert len(gaps) >= 8
    assert sorted(gaps)[len(gaps) // 2] == pytest.approx(0.1, abs=0.01)


STATE = """
ids = lambda: sorted(process.pid for process in nvml.nvmlDeviceGetComputeRunningProcesses_v3(board))
print(json.dumps({
    "heat": ask(nvml.nvmlDeviceGetTemperature, 0),
    "reasons": ask(nvml.nvmlDeviceGetCurrentClocksEventReasons),
    "ids": ids(),
    "mig": ask(nvml.nvmlDeviceGetMigMode),
    "limit": ask(nvml.nvmlDeviceGetEnforcedPowerLimit),
    "clock": ask(nvml.nvmlDeviceGetApplicationsClock, 1),
    "default": ask(nvml.nvmlDeviceGetDefaultApplicationsClock, 1),
    "power": ask(nvml.nvmlDeviceGetPowerUsage),
    "energy": ask(nvml.nvmlDeviceGetTotalEnergyConsumption),
    "driver": nvml.nvmlSystemGetDriverVersion(),
}))
"""


def test_every_state_is_told(card: Card) -> None:
    plain = ask(card, STATE)
    assert (plain["heat"], plain["reasons"], plain["ids"], plain["mig"][0]) == (41, 0, [], 0)
    assert plain["clock"] == plain["default"] == H100_SXM.sm_mhz
    assert plain["power"] == pytest.approx(H100_SXM.idle_w * 1000, rel=0.02)
    card.temperature(60, slope=10, at=time.monotonic() - 1)
    card.throttle(0x40)
    card.throttle(0x08, until=time.monotonic() + 60)
    card.throttle(0x80, at=time.monotonic() + 60)
    card.process(4711)
    card.process(4712, until=time.monotonic() - 0.001)
    card.describe(mig=1, limit_mw=500_000, application_sm_mhz=1200)
    told = ask(card, STATE)
    assert told["heat"] >= 70
    assert told["reasons"] == 0x48
    assert told["ids"] == [4711]
    assert told["mig"][0] == 1
    assert (told["limit"], told["clock"]) == (500_000, 1200)


def test_calls_fail_by_group_and_functions_hide(card: Card) -> None:
    card.fail("energy", TIMEOUT)
    card.hide(["reasons", "temperature"])
    told = ask(card, STATE)
    assert told["energy"] == "NVMLError_Timeout"
    assert told["reasons"] == told["heat"] == "NVMLError_NotSupported"
    assert isinstance(told["power"], int)
    card.fail("power", NOT_SUPPORTED)
    assert ask(card, STATE)["power"] == "NVMLError_NotSupported"
    card.describe(hidden=0)
    card.fail("energy", 0, at=0.001, until=0.002)
    gone_s = time.monotonic() + 1.0
    card.lose(gone_s)
    script = f"""
before = ask(nvml.nvmlDeviceGetTotalEnergyConsumption)
until({gone_s + 0.1})
print(json.dumps([before, ask(nvml.nvmlDeviceGetTotalEnergyConsumption)]))
"""
    before, lost = ask(card, script)
    assert isinstance(before, int)
    assert lost == "NVMLError_GpuIsLost"
    assert GPU_IS_LOST == 15


def test_readings_are_dropped_frozen_and_begun_again(card: Card) -> None:
    script = "print(json.dumps([ask(nvml.nvmlDeviceGetTotalEnergyConsumption) for _ in range(9)]))"
    card.fail("energy", TIMEOUT, every=3)
    assert sum(isinstance(reading, str) for reading in ask(card, script)) == 3
    card.fail("energy", 0, at=0.001, until=0.002)
    card.freeze()
    (_, first), (_, second) = counted(card, 0, time.monotonic() + 1.0)
    assert first == second
    card.describe(freeze=0)
    card.reset_counter()
    # It shows at the counter's next step.
    (_, again), *_ = counted(card, time.monotonic() + 1.0)
    assert again < first


def test_zeus_unchanged_sees_the_energy(card: Card) -> None:
    card.power(300)
    script = """
import logging; logging.disable(logging.CRITICAL)
from zeus.monitor import ZeusMonitor
monitor = ZeusMonitor(gpu_indices=[0], cpu_indices=[])
monitor.begin_window("one", sync_execution=False)
time.sleep(1)
found = monitor.end_window("one", sync_execution=False)
print(json.dumps([found.time, found.gpu_energy["0"] if "0" in found.gpu_energy else found.gpu_energy[0]]))
"""
    seconds, joules = ask(card, script)
    assert joules == pytest.approx(300 * seconds, rel=0.11)


WORK = """
import time
def work(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sum(range(1000))
time.sleep(0.5); work(1.0); time.sleep(1.0)
"""


def test_power_follows_the_work_of_a_process(card: Card, tmp_path: Path) -> None:
    script = tmp_path / "impostor.py"
    script.write_text(WORK)
    began = time.monotonic()
    outer = f"import subprocess, sys; subprocess.run([sys.executable, {str(script)!r}])"
    with subprocess.Popen([sys.executable, "-c", outer]) as job, Follower(card, job.pid):
        job.wait()
    ended = time.monotonic()
    idle_j = H100_SXM.idle_w * (ended - began)
    worked_s = (card.true_energy_j(began, ended) - idle_j) / (H100_SXM.load_w - H100_SXM.idle_w)
    # A second of work, its interpreter's start, and what it takes to see that it has ended.
    assert 0.7 <= worked_s <= ended - began


def test_a_command_runs_on_a_card_by_hand(card: Card) -> None:
    command = [sys.executable, "-m", "tests.fakes.card", "--board", "t4-16gb", "--board", "t4-16gb", "--"]
    script = "import pynvml; pynvml.nvmlInit(); print(pynvml.nvmlDeviceGetCount()); raise SystemExit(5)"
    done = subprocess.run(
        [*command, sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 5
    assert done.stdout == "2\n"
    assert done.stderr.count(f"{T4.name}: ") == 2
    wrong = subprocess.run([*command, "/nonexistent"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert wrong.returncode == 2
    assert "error: /nonexistent cannot be started" in wrong.stderr
