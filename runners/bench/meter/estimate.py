"""CPU time × a stated watts per core: an estimate for machines without a meter, marked as one (METHOD §4)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import psutil

from leaderboard.domain import NoReading, Provenance
from runners.bench.meter import Reading


class EstimateMeter:
    """Energy = CPU seconds (user + system) of a process tree × watts per core."""

    provenance = Provenance.ESTIMATED
    gpus: tuple[int, ...] = ()
    # It sees what a process does, and while nothing runs there is none.
    sees_idle = False
    step_s = 0.0
    independent_power = False

    def __init__(self, watts_per_core: float, cpu_seconds: Callable[[int], float] | None = None) -> None:
        self.name = f"CPU time × {watts_per_core:g} W per core"
        self._watts = watts_per_core
        self._cpu_seconds = cpu_seconds or tree_cpu_seconds
        self._pid: int | None = None
        self._sampled: tuple[float, float] | None = None

    def watch(self, pid: int) -> None:
        # Totals begin anew with each process; no window reaches over two of them.
        self._pid, self._sampled = pid, None

    def read(self) -> Reading:
        return Reading(time.monotonic(), (self._read() * self._watts,))

    def power_w(self) -> float | None:
        """Mean power since the last call."""
        try:
            now, seconds = time.monotonic(), self._read()
        except NoReading:
            return None
        before, self._sampled = self._sampled, (now, seconds)
        if before is None or now <= before[0]:
            return None
        return max(0.0, (seconds - before[1]) / (now - before[0])) * self._watts

    def close(self) -> None:
        """Nothing is held."""

    def _read(self) -> float:
        if self._pid is None:
            raise NoReading("No process is watched.", "This is an error of the harness.")
        try:
            return self._cpu_seconds(self._pid)
        except psutil.Error as error:
            raise NoReading(
                f"The CPU time of the model's process cannot be read ({type(error).__name__}).",
                "It has ended, or this system hides its processes.",
            ) from error


def tree_cpu_seconds(pid: int) -> float:
    """CPU seconds of a process and all below it, of those already reaped too.

    Raises:
        psutil.Error: the process is gone.
    """
    root = psutil.Process(pid)
    total = 0.0
    for process in [root, *root.children(recursive=True)]:
        try:
            total += _own_cpu_seconds(process)
        except psutil.NoSuchProcess:
            # It ended between listing and reading: its time is in its parent's sum by now.
            if process is root:
                raise
    return total


def _own_cpu_seconds(process: psutil.Process) -> float:
    """One process's CPU seconds, with those of its reaped children.

    The scheduler's own clock of a process counts nanoseconds where psutil's counts ticks of 10 ms,
    which in a window of one second would be an error of one per cent.
    """
    times = process.cpu_times()
    reaped = float(getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0))
    if os.name == "posix" and hasattr(time, "clock_gettime"):
        try:
            # CPUCLOCK_SCHED of a process, as clock_getcpuclockid(3) makes it on Linux.
            return time.clock_gettime((~process.pid << 3) | 2) + reaped
        except OSError:
            pass
    return float(times.user + times.system) + reaped
