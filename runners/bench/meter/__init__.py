"""Meters: what gives a window its joules, with the provenance they may claim (METHOD §1, §6)."""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

from leaderboard.domain import BadInput, Device, HardwareClass, NoReading, Provenance

__all__ = ["Meter", "Reading", "Skipped", "open_meter", "spent_j"]


class Skipped(NoReading):
    """One reading was not given; the next may be. Two seconds of them are a lost meter."""


class Reading(NamedTuple):
    """What the counters of a meter showed at one moment."""

    time_s: float
    """CLOCK_MONOTONIC, between asking and hearing."""
    energy_j: tuple[float, ...]
    """One running total per counter (GPU, processor package), J from wherever it began."""


class Meter(Protocol):
    """An energy meter: running totals, read whenever one likes, from any thread."""

    name: str
    """In words, for the record."""
    provenance: Provenance
    """The most that its figures may claim."""
    gpus: tuple[int, ...]
    """Indices of the GPUs it measures, among those this process may see."""
    sees_idle: bool
    """Whether it can measure a machine on which nothing runs."""
    step_s: float
    """Longest time between two steps of its counters, seconds; 0 where they run on without steps."""
    independent_power: bool
    """Whether `power_w` comes from another reading than the energy."""

    def watch(self, pid: int) -> None:
        """The process that does the work, of which an estimate takes the CPU time."""
        ...

    def read(self) -> Reading:
        """The running totals now.

        Raises:
            Skipped: not this time.
            NoReading: a counter cannot be read any more, or ran backwards.
        """
        ...

    def power_w(self) -> float | None:
        """Power now, watts, for the trace; None where there is none yet.

        Raises:
            Skipped: not this time.
            NoReading: the hardware is gone.
        """
        ...

    def close(self) -> None:
        """Let go of the instrument."""
        ...


def spent_j(before: tuple[float, ...], after: tuple[float, ...], meter: str) -> float:
    """Energy between two totals of the same counters, all of them added, J.

    Raises:
        NoReading: one of them is zero, negative, NaN or infinite: a missing reading is never a number
            (METHOD §1), and a sum must not hide one behind the others.
    """
    parts = [end - begin for begin, end in zip(before, after, strict=True)]
    for number, part in enumerate(parts):
        if not math.isfinite(part) or part <= 0:
            which = f", counter {number + 1} of {len(parts)}," if len(parts) > 1 else ""
            raise NoReading(
                f"{meter}{which} gave {part:g} J for a window in which work was done.",
                "Its counter stands still, was reset or cannot be read; `python -m runners doctor` tells.",
            )
    return math.fsum(parts)


def open_meter(hardware: HardwareClass, device: Device) -> Meter:
    """The one meter for a hardware class; no other takes its place when it is not there.

    Args:
        device: where the model computes. Under a GPU class it is the GPU that is read, also in a dry run
            on the CPU: that is how a simulated card is measured.

    Raises:
        NoReading: the instrument is not there or cannot be read.
        BadInput: nothing could measure it.
    """
    # Zeus takes two seconds to import, and an estimate needs none of it.
    if hardware.device is Device.CUDA:
        from runners.bench.meter.zeus_gpu import ZeusGpuMeter

        return ZeusGpuMeter(tuple(range(hardware.gpus)))
    if device is not Device.CPU:
        raise BadInput(f"{hardware.title} has no {device.value} device.", "Plan it with --device cpu.")
    from runners.bench.meter.rapl_zones import readable_packages

    packages = readable_packages()
    if packages:
        from runners.bench.meter.zeus_rapl import ZeusRaplMeter

        return ZeusRaplMeter(packages)
    if hardware.watts_per_core is None:
        raise BadInput(
            f"{hardware.id} states no watts per core, and RAPL cannot be read here.",
            "Run as root on a processor with RAPL, or add watts_per_core to its YAML.",
        )
    from runners.bench.meter.estimate import EstimateMeter

    return EstimateMeter(hardware.watts_per_core)
