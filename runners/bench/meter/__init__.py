"""Meters: what gives a window its joules, with the provenance they may claim (METHOD §1, §6)."""

from __future__ import annotations

import math
from typing import Protocol

from leaderboard.domain import BadInput, Device, HardwareClass, NoReading, Provenance

__all__ = ["Meter", "open_meter", "readable"]


class Meter(Protocol):
    """An energy meter: one window open at a time."""

    name: str
    """In words, for the record."""
    provenance: Provenance
    """The most that its figures may claim."""
    gpus: tuple[int, ...]
    """Indices of the GPUs it measures."""
    sees_idle: bool
    """Whether it can measure a machine on which nothing runs."""
    step_s: float
    """Longest time between two steps of its counter, seconds; 0 where it is continuous."""
    independent_power: bool
    """Whether `power_w` comes from another reading than the energy."""

    def watch(self, pid: int) -> None:
        """The process that does the work, of which an estimate takes the CPU time."""
        ...

    def begin(self) -> None:
        """Open a window.

        Raises:
            NoReading: the counter cannot be read.
        """
        ...

    def end(self) -> float:
        """Close it: joules since `begin`, always finite and above zero.

        Raises:
            NoReading: the counter gave nothing, stood still, or ran backwards.
        """
        ...

    def power_w(self) -> float | None:
        """Power now, watts, for the trace; None where there is none yet."""
        ...

    def close(self) -> None:
        """Let go of the instrument."""
        ...


def readable(energy_j: float, meter: str) -> float:
    """The reading, if it is one.

    Raises:
        NoReading: zero, negative, NaN or infinite: a missing reading is never a number (METHOD §1).
    """
    if not math.isfinite(energy_j) or energy_j <= 0:
        raise NoReading(
            f"{meter} gave {energy_j:g} J for a window in which work was done.",
            "Its counter stands still, was reset, or cannot be read: `python -m runners doctor` says which.",
        )
    return energy_j


def open_meter(hardware: HardwareClass, device: Device, watts_per_core: float | None) -> Meter:
    """The best meter for where the model computes.

    Args:
        watts_per_core: factor of the CPU-time estimate, for a CPU without RAPL.

    Raises:
        NoReading: the instrument is not there or cannot be read.
        BadInput: nothing could measure it.
    """
    # Zeus takes two seconds to import, and an estimate needs none of it.
    if device is Device.CUDA:
        from runners.bench.meter.zeus_gpu import ZeusGpuMeter

        return ZeusGpuMeter(tuple(range(hardware.gpus)))
    from runners.bench.meter.rapl_zones import readable_packages

    packages = readable_packages()
    if packages and hardware.device is Device.CPU:
        from runners.bench.meter.zeus_rapl import ZeusRaplMeter

        return ZeusRaplMeter(packages)
    if watts_per_core is None:
        raise BadInput(
            f"{hardware.id} states no watts per core, and RAPL cannot be read here.",
            "Run as root on a processor with RAPL, or add watts_per_core to its YAML.",
        )
    from runners.bench.meter.estimate import EstimateMeter

    return EstimateMeter(watts_per_core)
