"""The processor's own energy counter (RAPL), through Zeus, where this process may read it (METHOD §4)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from leaderboard.domain import NoReading, Provenance
from runners.bench.meter import readable

_WINDOW = "window"
_SAMPLE = "sample"


class ZeusRaplMeter:
    """RAPL package energy: everything on the processor is in it, not only the model."""

    name = "Zeus, RAPL package energy"
    provenance = Provenance.MEASURED
    gpus: tuple[int, ...] = ()
    sees_idle = True
    step_s = 0.001
    independent_power = False

    def __init__(self, packages: tuple[int, ...], monitor: Callable[..., Any] | None = None) -> None:
        """Open it.

        Raises:
            NoReading: Zeus does not see exactly these packages.
        """
        self._packages = packages
        self._monitor = (monitor or _zeus())(gpu_indices=[], cpu_indices=list(packages))
        if not packages or len(self._monitor.cpus) <= max(packages):
            raise NoReading(f"Zeus does not see the processor packages {list(packages)}.", "Run as root.")
        self._sampled_at: float | None = None

    def watch(self, pid: int) -> None:
        """RAPL counts the whole processor, so there is nothing to watch."""

    def begin(self) -> None:
        self._monitor.begin_window(_WINDOW, sync_execution=False, restart=True)

    def end(self) -> float:
        energies = self._monitor.end_window(_WINDOW, sync_execution=False).cpu_energy
        if not energies or set(energies) != set(self._packages):
            raise NoReading(
                f"Zeus measured packages {sorted(energies or ())}.", f"It should be {list(self._packages)}."
            )
        return sum(readable(float(energy), self.name) for energy in energies.values())

    def power_w(self) -> float | None:
        """Mean power since the last call; the counter has no power of its own."""
        now = time.monotonic()
        before, self._sampled_at = self._sampled_at, now
        energies: dict[int, float] = {}
        if before is not None:
            energies = self._monitor.end_window(_SAMPLE, sync_execution=False).cpu_energy or {}
        self._monitor.begin_window(_SAMPLE, sync_execution=False, restart=True)
        joules = sum(energies.values())
        return joules / (now - before) if before is not None and now > before and joules > 0 else None

    def close(self) -> None:
        """Zeus keeps nothing open that would need closing."""


def _zeus() -> Callable[..., Any]:
    from zeus.monitor import ZeusMonitor

    constructor: Callable[..., Any] = ZeusMonitor
    return constructor
