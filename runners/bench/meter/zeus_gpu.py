"""The GPU's own energy counter, through Zeus: the only meter a public star comes from (METHOD §1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from leaderboard.domain import NoReading, Provenance
from runners.bench.meter import readable

_WINDOW = "window"


class ZeusGpuMeter:
    """NVML total energy of explicitly named GPUs; the model's process synchronises the device itself."""

    name = "Zeus, NVML total energy counter"
    provenance = Provenance.MEASURED
    sees_idle = True
    step_s = 0.1
    independent_power = True

    def __init__(self, gpus: tuple[int, ...], monitor: Callable[..., Any] | None = None) -> None:
        """Open it.

        Raises:
            NoReading: no GPU was named, one was named twice, or Zeus does not see exactly these.
        """
        if not gpus or len(set(gpus)) != len(gpus):
            raise NoReading(f"The GPUs to measure are {list(gpus)}.", "Name each GPU of the class once.")
        self.gpus = gpus
        self._monitor = (monitor or _zeus())(gpu_indices=list(gpus), cpu_indices=[])
        seen = len(self._monitor.gpus)
        if list(self._monitor.gpu_indices) != list(gpus) or seen <= max(gpus):
            # Without a GPU, Zeus measures 0 J and says nothing.
            raise NoReading(
                f"Zeus sees {seen} GPUs, and GPUs {list(gpus)} were to be measured.",
                "Check the driver, CUDA_VISIBLE_DEVICES and MIG; `python -m runners doctor` looks at each.",
            )
        for gpu in gpus:
            if not self._monitor.gpus.supports_get_total_energy_consumption(gpu):
                raise NoReading(f"GPU {gpu} has no energy counter.", "Volta and newer have one.")

    def watch(self, pid: int) -> None:
        """A GPU counter counts everybody, so there is nothing to watch."""

    def begin(self) -> None:
        with _named_losses():
            self._monitor.begin_window(_WINDOW, sync_execution=False, restart=True)

    def end(self) -> float:
        with _named_losses():
            energies = self._monitor.end_window(_WINDOW, sync_execution=False).gpu_energy
        if set(energies) != set(self.gpus):
            raise NoReading(f"Zeus measured GPUs {sorted(energies)}.", f"It should be {list(self.gpus)}.")
        return sum(readable(float(energy), f"{self.name} of GPU {gpu}") for gpu, energy in energies.items())

    def power_w(self) -> float | None:
        with _named_losses():
            milliwatts = [self._monitor.gpus.get_instant_power_usage(gpu) for gpu in self.gpus]
        return sum(milliwatts) / 1000.0 or None

    def close(self) -> None:
        """Zeus lets go of NVML when the process ends."""


class _named_losses:  # noqa: N801  reads as a word at its place
    """A GPU that falls off the bus, or a driver that stops answering, as the named error it is."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        # Zeus has no common base for its errors, but all of them are named Zeus….
        if kind is not None and kind.__name__.startswith(("Zeus", "NVML")):
            raise NoReading(
                f"The GPU's energy counter cannot be read ({kind.__name__}: {error}).",
                "Look at the driver's log; a lost GPU needs its machine restarted.",
            ) from error


def _zeus() -> Callable[..., Any]:
    from zeus.monitor import ZeusMonitor

    constructor: Callable[..., Any] = ZeusMonitor
    return constructor
