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
from runners.bench.meter import Meter, Skipped, open_meter, spent_j
from runners.bench.meter.estimate import EstimateMeter, tree_cpu_seconds
from runners.bench.meter.rapl_zones import readable_packages
from runners.bench.meter.replay import ReplayMeter
from runners.bench.meter.zeus_gpu import ZeusGpuMeter
from runners.bench.meter.zeus_rapl import ZeusRaplMeter
from tests import builders

BAD = (0.0, -1.0, math.nan, math.inf)


class ZeusGPULostError(Exception):
    """Named as Zeus names it."""


class ZeusGPUTimeoutError(Exception):
    """Named as Zeus names it."""


class ZeusdConnectionError(Exception):
    """Named as Zeus names it."""


class ZeusDouble:
    """Stands in for ZeusMonitor: the same calls, given totals (GPU, mJ) or windows (CPU, J)."""

    def __init__(self, readings: dict[int, float], seen: int = 1, counter: bool = True) -> None:
        self.readings, self.seen, self.counter = readings, seen, counter
        self.fails: Exception | None = None
        self.open: set[str] = set()

    def __call__(self, gpu_indices: list[int], cpu_indices: list[int]) -> ZeusDouble:
        if isinstance(self.fails, RuntimeError | ZeusdConnectionError):
            raise self.fails
        self.gpu_indices = gpu_indices if self.seen else []
        self.cpu_indices = cpu_indices
        self.gpus = _Boards(self)
        self.cpus = [None] * self.seen
        return self

    def begin_window(self, key: str, sync_execution: bool, restart: bool) -> None:
        assert not sync_execution, "the child synchronises"
        if self.fails:
            raise self.fails
        self.open.add(key)

    def end_window(self, key: str, sync_execution: bool) -> Any:
        assert not sync_execution
        self.open.remove(key)
        return SimpleNamespace(cpu_energy=dict(self.readings))


class _Boards:
    def __init__(self, double: ZeusDouble) -> None:
        self._double = double

    def __len__(self) -> int:
        return self._double.seen

    def supports_get_total_energy_consumption(self, gpu: int) -> bool:
        return self._double.counter

    def get_total_energy_consumption(self, gpu: int) -> float:
        if self._double.fails:
            raise self._double.fails
        return self._double.readings[gpu]

    def get_instant_power_usage(self, gpu: int) -> int:
        return 71_500


def taken(meter: Meter) -> float:
    """One window."""
    before = meter.read().energy_j
    return spent_j(before, meter.read().energy_j, meter.name)


def test_the_gpu_meter_reads_its_gpus() -> None:
    double = ZeusDouble({0: 10_000, 1: 5_000}, seen=2)
    meter = ZeusGpuMeter((0, 1), double)
    before = meter.read()
    double.readings = {0: 12_500, 1: 5_250}
    after = meter.read()
    assert (before.energy_j, after.energy_j) == ((10.0, 5.0), (12.5, 5.25))
    assert spent_j(before.energy_j, after.energy_j, meter.name) == 2.75
    assert before.time_s <= after.time_s
    assert meter.power_w() == 143.0
    assert meter.provenance is Provenance.MEASURED


@pytest.mark.parametrize("back", [9_999, math.nan])
def test_a_counter_that_runs_backwards_is_a_named_error(back: float) -> None:
    double = ZeusDouble({0: 10_000})
    meter = ZeusGpuMeter((0,), double)
    meter.read()
    double.readings = {0: back}
    with pytest.raises(NoReading, match=r"GPU 0 went from 10\.000 J back"):
        meter.read()


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


@pytest.mark.parametrize(
    ("error", "kind", "remedy"),
    [
        (ZeusGPULostError("GPU is lost"), NoReading, "restarted"),
        (ZeusGPUTimeoutError("timed out"), Skipped, "asked again"),
        (OSError("gone"), NoReading, "driver's log"),
    ],
)
def test_a_reading_that_is_refused_has_a_name(error: Exception, kind: type[NoReading], remedy: str) -> None:
    double = ZeusDouble({0: 1.0})
    meter = ZeusGpuMeter((0,), double)
    double.fails = error
    with pytest.raises(NoReading, match=remedy) as caught:
        meter.read()
    assert type(caught.value) is kind


def test_a_daemon_that_does_not_answer_is_a_named_error() -> None:
    double = ZeusDouble({0: 1.0})
    double.fails = ZeusdConnectionError("no socket")
    with pytest.raises(NoReading, match="Zeus daemon"):
        ZeusGpuMeter((0,), double)


def test_an_error_of_our_own_is_not_put_down_to_the_gpu() -> None:
    double = ZeusDouble({})
    meter = ZeusGpuMeter((0,), double)
    with pytest.raises(KeyError):
        meter.read()


def test_rapl_adds_the_packages_window_after_window() -> None:
    double = ZeusDouble({0: 3.0, 1: 4.0}, seen=2)
    meter = ZeusRaplMeter((0, 1), double)
    assert taken(meter) == 7.0
    assert meter.power_w() is None
    assert (meter.power_w() or 0) > 0
    assert double.open


@pytest.mark.parametrize("readings", [{}, {0: -1.0, 1: 1.0}, {0: 1.0}, {0: math.nan, 1: 1.0}])
def test_rapl_without_every_package_is_no_reading(readings: dict[int, float]) -> None:
    meter = ZeusRaplMeter((0, 1), ZeusDouble(readings, seen=2))
    with pytest.raises(NoReading):
        meter.read()


def test_rapl_of_a_processor_that_stands_still_is_no_reading() -> None:
    with pytest.raises(NoReading, match="gave 0 J"):
        taken(ZeusRaplMeter((0,), ZeusDouble({0: 0.0})))


def test_rapl_that_zeus_does_not_see_or_may_not_read_is_refused() -> None:
    with pytest.raises(NoReading):
        ZeusRaplMeter((0,), ZeusDouble({0: 1.0}, seen=0))
    forbidden = ZeusDouble({0: 1.0})
    forbidden.fails = RuntimeError("Root privilege is required")
    with pytest.raises(NoReading, match="Run as root"):
        ZeusRaplMeter((0,), forbidden)


def test_the_estimate_is_cpu_seconds_times_watts() -> None:
    seconds = iter([10.0, 12.5])
    meter = EstimateMeter(4.0, cpu_seconds=lambda pid: next(seconds))
    meter.watch(1)
    assert taken(meter) == 10.0
    assert meter.provenance is Provenance.ESTIMATED
    assert not meter.sees_idle


def test_the_estimate_of_an_idle_process_is_no_reading() -> None:
    meter = EstimateMeter(4.0, cpu_seconds=lambda pid: 3.0)
    meter.watch(1)
    with pytest.raises(NoReading):
        taken(meter)


def test_the_estimate_needs_a_process() -> None:
    meter = EstimateMeter(4.0)
    with pytest.raises(NoReading, match="watched"):
        meter.read()
    assert meter.power_w() is None


def test_the_estimate_of_a_process_that_is_gone_is_no_reading() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    meter = EstimateMeter(4.0)
    meter.watch(gone.pid)
    with pytest.raises(NoReading, match="cannot be read"):
        meter.read()


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
    assert [taken(meter), taken(meter)] == [1.0, 2.0]
    with pytest.raises(NoReading, match="no readings left"):
        taken(meter)


@pytest.mark.parametrize("bad", BAD)
def test_a_replayed_bad_reading_fails_as_a_real_one_would(bad: float) -> None:
    with pytest.raises(NoReading):
        taken(ReplayMeter([bad]))


def test_a_recorded_run_is_replayed_in_the_order_it_was_measured() -> None:
    run = builders.run()
    meter = ReplayMeter.of(run)
    assert [taken(meter) for _ in run.windows] == [
        pytest.approx(window.energy_j) for window in sorted(run.windows, key=lambda window: window.start_s)
    ]
    assert meter.provenance is Provenance.SIMULATED


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
    cpu = catalogue.hardware("cpu")
    assert isinstance(open_meter(cpu, Device.CPU), EstimateMeter)
    with pytest.raises(BadInput, match="watts per core"):
        open_meter(cpu.model_copy(update={"watts_per_core": None}), Device.CPU)
    with pytest.raises(BadInput, match="no cuda device"):
        open_meter(cpu, Device.CUDA)


def test_a_dry_run_of_a_gpu_class_reads_the_gpu_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runners.bench.meter.rapl_zones.readable_packages", lambda: (0,))
    monkeypatch.setattr("runners.bench.meter.zeus_gpu._zeus", lambda: ZeusDouble({0: 1.0}))
    assert isinstance(open_meter(catalogue.hardware("t4-16gb"), Device.CPU), ZeusGpuMeter)
    monkeypatch.setattr("runners.bench.meter.zeus_gpu._zeus", lambda: ZeusDouble({}, seen=0))
    with pytest.raises(NoReading, match="sees 0 GPUs"):
        open_meter(catalogue.hardware("t4-16gb"), Device.CPU)
