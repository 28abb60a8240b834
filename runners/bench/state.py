"""How the boards are while a run goes on: heat, clocks, throttling, and who else is on them (METHOD §3.5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from leaderboard.judging.samples import State
from runners.bench.nvml import named, told

_FIRST_PID_NAMESPACE = "pid:[4026531836]"
"""How Linux names the process namespace of the machine itself."""
_Answer = TypeVar("_Answer")


class GpuWatch:
    """Asks the boards once a second how they are."""

    def __init__(self, indices: Sequence[int]) -> None:
        """
        Args:
            indices: NVML's own, of the GPUs that are measured.
        """
        import pynvml  # type: ignore[import-untyped]  # ships no types

        self._nvml = pynvml
        with named(pynvml):
            pynvml.nvmlInit()
            self._handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in indices]

    def state(self) -> State:
        """The hottest, slowest, most throttled: one state of all boards together.

        Raises:
            Skipped: not this time.
            NoReading: a GPU is lost, or the driver is gone.
        """
        nvml = self._nvml
        with named(nvml):
            heat = self._each(lambda handle: _temperature(nvml, handle))
            sm = self._each(lambda handle: int(nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_SM)))
            memory = self._each(lambda handle: int(nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_MEM)))
            reasons = self._each(lambda handle: _reasons(nvml, handle))
            mask = None
            for each in reasons or ():
                mask = (mask or 0) | each
            return State(
                temperature_c=max(heat) if heat else None,
                sm_clock_mhz=min(sm) if sm else None,
                memory_clock_mhz=min(memory) if memory else None,
                reasons=mask,
                processes=running(nvml, self._handles),
            )

    def _each(self, ask: Callable[[Any], _Answer]) -> list[_Answer] | None:
        """One answer per board; None where one of them does not tell."""
        answers = [told(self._nvml, partial(ask, handle)) for handle in self._handles]
        known = [answer for answer in answers if answer is not None]
        return known if len(known) == len(answers) else None


def _temperature(nvml: Any, handle: Any) -> float:
    try:
        return float(nvml.nvmlDeviceGetTemperatureV(handle, nvml.NVML_TEMPERATURE_GPU))
    except nvml.NVMLError_FunctionNotFound:
        # Older drivers know only the function that newer ones call deprecated.
        return float(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU))


def _reasons(nvml: Any, handle: Any) -> int:
    try:
        return int(nvml.nvmlDeviceGetCurrentClocksEventReasons(handle))
    except nvml.NVMLError_FunctionNotFound:
        # Drivers before 535 know it by its old name.
        return int(nvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle))


def running(nvml: Any, handles: Sequence[Any]) -> frozenset[int] | None:
    """Processes that compute, draw or share the boards; None where compute processes are not told."""
    found: set[int] = set()
    drawing, sharing = (
        nvml.nvmlDeviceGetGraphicsRunningProcesses_v3,
        nvml.nvmlDeviceGetMPSComputeRunningProcesses_v3,
    )
    for handle in handles:
        computing = told(nvml, partial(nvml.nvmlDeviceGetComputeRunningProcesses_v3, handle))
        if computing is None:
            return None
        others = [told(nvml, partial(ask, handle)) or [] for ask in (drawing, sharing)]
        found |= {int(process.pid) for processes in (computing, *others) for process in processes}
    return frozenset(found)


def foreign(processes: frozenset[int] | None, own: set[int], *, contained: bool | None = None) -> int | None:
    """How many of the processes on the GPUs are not ours; None where it cannot be told.

    NVML tells ids of the machine's own namespace. Inside a container they mean nothing, and our own process
    stands there under an id we do not know: only what is more than ours is surely foreign there, and an
    empty list may be a hidden one.

    Args:
        own: ids of this run's processes that may be on the GPUs, as seen here; empty before the model loads.
    """
    if processes is None:
        return None
    others = processes - own
    if not (is_contained() if contained is None else contained):
        return len(others)
    # Those of our own that NVML lists under ids of its own.
    surely = len(others) - len(own - processes)
    if surely > 0:
        return surely
    return 0 if processes and not others else None


def is_contained(namespace: Path = Path("/proc/self/ns/pid")) -> bool:
    """Whether this process sees process ids of its own, as in a container."""
    try:
        return str(namespace.readlink()) != _FIRST_PID_NAMESPACE
    except OSError:
        return True
