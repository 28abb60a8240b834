"""The GPU's own energy counter, through Zeus: the only meter a public star comes from (METHOD §1)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from leaderboard.domain import NoReading, Provenance
from runners.bench.meter import Reading, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator

_PASSING = ("ZeusGPUTimeoutError", "ZeusGPUIRQError", "ZeusGPUUnknownError", "NVMLError_Timeout")
"""Refusals of one call that say nothing about the next."""
_LONGEST_STEP_S = 0.2
_DAEMON = ("ZEUSD_SOCK_PATH", "ZEUSD_HOST_PORT")
"""Where one of these is set, Zeus wants its daemon as well as the driver."""


class ZeusGpuMeter:
    """NVML total energy of explicitly named GPUs; the model's process synchronises the device itself."""

    name = "Zeus, NVML total energy counter"
    provenance = Provenance.MEASURED
    sees_idle = True
    step_s = _LONGEST_STEP_S
    independent_power = True

    def __init__(self, gpus: tuple[int, ...], monitor: Callable[..., Any] | None = None) -> None:
        """Open it.

        Args:
            gpus: their places among the GPUs this process may see.

        Raises:
            NoReading: no GPU was named, one was named twice, or Zeus does not see exactly these. Zeus itself
                measures 0 J without a GPU, and twice the energy of one named twice, and says nothing.
        """
        if not gpus or len(set(gpus)) != len(gpus):
            raise NoReading(f"The GPUs to measure are {list(gpus)}.", "Name each GPU of the class once.")
        self.gpus = gpus
        self._lock = threading.Lock()
        self._last: tuple[float, ...] = (0.0,) * len(gpus)
        with _named():
            self._monitor = (monitor or _zeus())(gpu_indices=list(gpus), cpu_indices=[])
            self._boards = self._monitor.gpus
            seen = len(self._boards)
            if list(self._monitor.gpu_indices) != list(gpus) or seen <= max(gpus):
                raise NoReading(
                    f"Zeus sees {seen} GPUs, and GPUs {list(gpus)} were to be measured.",
                    "Check driver, CUDA_VISIBLE_DEVICES and MIG; `python -m runners doctor` looks at each.",
                )
            for gpu in gpus:
                if not self._boards.supports_get_total_energy_consumption(gpu):
                    raise NoReading(f"GPU {gpu} has no energy counter.", "Volta and newer have one.")

    def watch(self, pid: int) -> None:
        """A GPU counter counts everybody, so there is nothing to watch."""

    def read(self) -> Reading:
        with self._lock, _named():
            asked_s = time.monotonic()
            now = tuple(self._boards.get_total_energy_consumption(gpu) / 1000.0 for gpu in self.gpus)
            heard_s = time.monotonic()
            for gpu, before, after in zip(self.gpus, self._last, now, strict=True):
                if not after >= before:
                    raise NoReading(
                        f"The energy counter of GPU {gpu} went from {before:.3f} J back to {after:.3f} J.",
                        "The GPU or its driver was reset meanwhile: see the driver's log and measure again.",
                    )
            self._last = now
            return Reading((asked_s + heard_s) / 2, now)

    def power_w(self) -> float | None:
        with _named():
            milliwatts = [self._boards.get_instant_power_usage(gpu) for gpu in self.gpus]
        return sum(milliwatts) / 1000.0 or None

    def close(self) -> None:
        """Zeus lets go of NVML when the process ends."""


@contextmanager
def _named() -> Iterator[None]:
    """A GPU that falls off the bus, a driver or daemon that does not answer, as the named errors they are.

    Raises:
        Skipped: the call was refused, and the next may not be.
        NoReading: the counter is gone.
    """
    try:
        yield
    except NoReading:
        raise
    except Exception as error:
        kind = type(error).__name__
        # Zeus's errors have no base in common with the driver's; both bear their origin in the name.
        if not kind.startswith(("Zeus", "NVML")) and not isinstance(
            error, RuntimeError | ValueError | OSError
        ):
            raise
        if kind in _PASSING:
            raise Skipped(
                f"The GPU's energy counter gave no reading ({error}).", "It is asked again."
            ) from error
        raise NoReading(
            f"The GPU's energy counter cannot be read ({kind}: {error}).", _remedy(kind)
        ) from error


def _remedy(kind: str) -> str:
    # Without the daemon that is named, Zeus says only that there are no GPUs.
    asks_daemon = any(name in os.environ for name in _DAEMON)
    if kind.startswith("Zeusd") or (asks_daemon and kind == "ValueError"):
        return f"Start the Zeus daemon, or take {' and '.join(_DAEMON)} out of the environment."
    if kind == "ValueError":
        return "Write CUDA_VISIBLE_DEVICES as indices, each once."
    return "Look at the driver's log; a lost GPU needs its machine restarted."


def _zeus() -> Callable[..., Any]:
    from zeus.monitor import ZeusMonitor

    constructor: Callable[..., Any] = ZeusMonitor
    return constructor
