from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from leaderboard import catalogue
from leaderboard.domain import BadInput, Device, NoReading, Provenance
from runners.bench.meter import open_meter, readable
from runners.bench.meter.estimate import EstimateMeter, tree_cpu_seconds
from runners.bench.meter.rapl_zones import readable_packages
from runners.bench.meter.replay import ReplayMeter
from runners.bench.meter.zeus_gpu import ZeusGpuMeter
from runners.bench.meter.zeus_rapl import ZeusRaplMeter

BAD = (0.0, -1.0, math.nan, math.inf)


class ZeusGPULostError(Exception):
    """Named as Zeus names it."""


class ZeusDouble:
    """Stands in for ZeusMonitor: the same calls, given readings."""

    def __init__(self, readings: dict[int, float], seen: int = 1, counter: bool = True) -> None:
        self.readings, self.seen, self.counter = readings, seen, counter
        self.lost = False
        self.open: set[str] = set()

    def __call__(self, gpu_indices: list[int], cpu_indices: list[int]) -> ZeusDouble:
        self.gpu_indices = gpu_indices if self.seen else []
        self.cpu_indices = cpu_indices
        self.gpus = _Boards(self)
        self.cpus = [None] * self.seen
        return self

    def begin_window(self, key: str, sync_execution: bool, restart: bool) -> None:
        assert not sync_execution, "the child synchronises"
        self.open.add(key)

    def end_window(self, key: str, sync_execution: bool) -> Any:
        assert not sync_execution
        self.open.remove(key)
        if self.lost:
            raise ZeusGPULostError("GPU is lost")
        return SimpleNamespace(gpu_energy=dict(self.readings), cpu_energy=dict(self.readings))


class _Boards:
    def __init__(self, double: ZeusDouble) -> None:
        self._double = double

    def __len__(self) -> int:
        return self._double.seen

    def supports_get_total_energy_consumption(self, gpu: int) -> bool:
        return self._double.counter

    def get_instant_power_usage(self, gpu: int) -> int:
        return 71_500


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_reading_is_never_a_number(bad: float) -> None:
    with pytest.raises(NoReading):
        readable(bad, "a meter")


def test_the_gpu_meter_reads_its_gpus() -> None:
    meter = ZeusGpuMeter((0, 1), ZeusDouble({0: 10.0, 1: 5.0}, seen=2))
    meter.begin()
    assert meter.end() == 15.0
    assert meter.power_w() == 143.0
    assert meter.provenance is Provenance.MEASURED


@pytest.mark.parametrize("bad", BAD)
def test_one_bad_gpu_spoils_the_window(bad: float) -> None:
    meter = ZeusGpuMeter((0, 1), ZeusDouble({0: 10.0, 1: bad}, seen=2))
    meter.begin()
    with pytest.raises(NoReading):
        meter.end()


def test_a_missing_gpu_spoils_the_window() -> None:
    meter = ZeusGpuMeter((0, 1), ZeusDouble({0: 10.0}, seen=2))
    meter.begin()
    with pytest.raises(NoReading, match="measured GPUs"):
        meter.end()


@pytest.mark.parametrize("gpus", [(), (0, 0)])
def test_no_gpu_and_the_same_gpu_twice_are_refused(gpus: tuple[int, ...]) -> None:
    with pytest.raises(NoReading):
        ZeusGpuMeter(gpus, ZeusDouble({0: 1.0}))


def test_zeus_without_a_gpu_is_refused_before_it_measures_nothing() -> None:
    with pytest.raises(NoReading, match="sees 0 GPUs"):
        ZeusGpuMeter((0,), ZeusDouble({}, seen=0))


def test_a_board_without_a_counter_is_refused() -> None:
    with pytest.raises(NoReading, match="no energy counter"):
        ZeusGpuMeter((0,), ZeusDouble({0: 1.0}, counter=False))


def test_a_lost_gpu_is_a_named_error() -> None:
    double = ZeusDouble({0: 1.0})
    meter = ZeusGpuMeter((0,), double)
    meter.begin()
    double.lost = True
    with pytest.raises(NoReading, match="ZeusGPULostError"):
        meter.end()


def test_rapl_adds_the_packages() -> None:
    meter = ZeusRaplMeter((0, 1), ZeusDouble({0: 3.0, 1: 4.0}, seen=2))
    meter.begin()
    assert meter.end() == 7.0
    assert meter.power_w() is None
    assert (meter.power_w() or 0) > 0


@pytest.mark.parametrize("readings", [{}, {0: 0.0, 1: 1.0}, {0: 1.0}])
def test_rapl_without_every_package_is_no_reading(readings: dict[int, float]) -> None:
    meter = ZeusRaplMeter((0, 1), ZeusDouble(readings, seen=2))
    meter.begin()
    with pytest.raises(NoReading):
        meter.end()


def test_rapl_that_zeus_does_not_see_is_refused() -> None:
    with pytest.raises(NoReading):
        ZeusRaplMeter((0,), ZeusDouble({0: 1.0}, seen=0))


def test_the_estimate_is_cpu_seconds_times_watts() -> None:
    seconds = iter([10.0, 12.5])
    meter = EstimateMeter(4.0, cpu_seconds=lambda pid: next(seconds))
    meter.watch(1)
    meter.begin()
    assert meter.end() == 10.0
    assert meter.provenance is Provenance.ESTIMATED
    assert not meter.sees_idle


def test_the_estimate_of_an_idle_process_is_no_reading() -> None:
    meter = EstimateMeter(4.0, cpu_seconds=lambda pid: 3.0)
    meter.watch(1)
    meter.begin()
    with pytest.raises(NoReading):
        meter.end()


def test_the_estimate_needs_a_process_and_an_open_window() -> None:
    meter = EstimateMeter(4.0)
    with pytest.raises(NoReading, match="watched"):
        meter.begin()
    with pytest.raises(NoReading, match="never opened"):
        meter.end()
    assert meter.power_w() is None


def test_the_estimate_of_a_process_that_is_gone_is_no_reading() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    meter = EstimateMeter(4.0)
    meter.watch(gone.pid)
    with pytest.raises(NoReading, match="cannot be read"):
        meter.begin()


def test_the_power_of_an_estimate_is_the_mean_since_the_last_sample() -> None:
    seconds = iter([1.0, 2.0])
    meter = EstimateMeter(4.0, cpu_seconds=lambda pid: next(seconds))
    meter.watch(1)
    assert meter.power_w() is None
    assert (meter.power_w() or 0) > 0


def test_cpu_seconds_are_those_of_the_whole_tree() -> None:
    program = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])"
    root = subprocess.Popen([sys.executable, "-c", program])
    try:
        # The root only waits, so what is counted past a start-up's worth is the grandchild's.
        while tree_cpu_seconds(root.pid) < 0.3:
            assert root.poll() is None
        assert psutil.Process(root.pid).cpu_times().user < 0.3
    finally:
        for process in psutil.Process(root.pid).children(recursive=True):
            process.kill()
        root.kill()
        root.wait()


def test_cpu_seconds_are_finer_than_a_tick() -> None:
    reads = {tree_cpu_seconds(os.getpid()) for _ in range(5)}
    assert len(reads) == 5


def test_a_replay_gives_its_readings_and_no_more() -> None:
    meter = ReplayMeter([1.0, 2.0], cycle=False)
    for expected in (1.0, 2.0):
        meter.begin()
        assert meter.end() == expected
    meter.begin()
    with pytest.raises(NoReading, match="no readings left"):
        meter.end()


def test_a_replayed_bad_reading_fails_as_a_real_one_would() -> None:
    meter = ReplayMeter([0.0])
    meter.begin()
    with pytest.raises(NoReading):
        meter.end()
    with pytest.raises(NoReading, match="No window"):
        meter.end()


def test_only_readable_packages_count(tmp_path: Path) -> None:
    for index, (name, energy) in enumerate([("package-0", "123\n"), ("psys", "5\n"), ("package-1", "")]):
        zone = tmp_path / f"intel-rapl:{index}"
        zone.mkdir()
        (zone / "name").write_text(name + "\n")
        (zone / "energy_uj").write_text(energy)
    (tmp_path / "intel-rapl:3").mkdir()
    assert readable_packages((tmp_path / "nothing", tmp_path)) == (0,)


def test_the_factory_estimates_where_rapl_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runners.bench.meter.rapl_zones.readable_packages", lambda: ())
    assert isinstance(open_meter(catalogue.hardware("cpu"), Device.CPU, 12.0), EstimateMeter)
    with pytest.raises(BadInput, match="watts per core"):
        open_meter(catalogue.hardware("cpu"), Device.CPU, None)


def test_a_dry_run_of_a_gpu_class_is_estimated_even_with_rapl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runners.bench.meter.rapl_zones.readable_packages", lambda: (0,))
    assert isinstance(open_meter(catalogue.hardware("t4-16gb"), Device.CPU, 12.0), EstimateMeter)
