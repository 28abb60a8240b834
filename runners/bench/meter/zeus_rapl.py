"""The processor's own energy counter (RAPL), through Zeus, where this process may read it (METHOD §4)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from leaderboard.domain import NoReading, Provenance
from runners.bench.meter import Reading

_WINDOW = "run"


class ZeusRaplMeter:
    """RAPL package energy: everything on the processor is in it, not only the model."""

    name = "Zeus, RAPL package energy"
    provenance = Provenance.MEASURED
    gpus: tuple[int, ...] = ()
    sees_idle = True
    # It steps about once a millisecond, which is a thousandth of the shortest window.
    step_s = 0.0
    independent_power = False

    def __init__(self, packages: tuple[int, ...], monitor: Callable[..., Any] | None = None) -> None:
        """Open it.

        Raises:
            NoReading: Zeus does not see exactly these packages, or may not read them.
        """
        self._packages = packages
        self._lock = threading.Lock()
        self._totals = dict.fromkeys(packages, 0.0)
        self._sampled: Reading | None = None
        try:
            self._monitor = (monitor or _zeus())(gpu_indices=[], cpu_indices=list(packages))
            if not packages or len(self._monitor.cpus) <= max(packages):
                raise NoReading(f"Zeus does not see the processor packages {list(packages)}.", "Run as root.")
            # Without the right to read RAPL, Zeus says so only here.
            self._monitor.begin_window(_WINDOW, sync_execution=False, restart=True)
        except (RuntimeError, OSError, ValueError) as error:
            raise NoReading(
                f"Zeus cannot read the processor's energy counter ({type(error).__name__}).", "Run as root."
            ) from error

    def watch(self, pid: int) -> None:
        """RAPL counts the whole processor, so there is nothing to watch."""

    def read(self) -> Reading:
        """The totals since the meter was opened: window after window, so that Zeus sees every overflow."""
        with self._lock:
            energies = self._monitor.end_window(_WINDOW, sync_execution=False).cpu_energy
            now = time.monotonic()
            self._monitor.begin_window(_WINDOW, sync_execution=False, restart=True)
            if not energies or set(energies) != set(self._packages):
                raise NoReading(
                    f"Zeus measured packages {sorted(energies or ())}.",
                    f"It should be {list(self._packages)}.",
                )
            for package, joules in energies.items():
                if not float(joules) >= 0:
                    raise NoReading(f"Package {package} gave {joules:g} J.", "Its counter ran backwards.")
                self._totals[package] += float(joules)
            return Reading(now, tuple(self._totals.values()))

    def power_w(self) -> float | None:
        """Mean power since the last call; the counter has no power of its own."""
        before, self._sampled = self._sampled, self.read()
        if before is None or self._sampled.time_s <= before.time_s:
            return None
        joules = sum(self._sampled.energy_j) - sum(before.energy_j)
        return joules / (self._sampled.time_s - before.time_s) if joules > 0 else None

    def close(self) -> None:
        """Zeus keeps nothing open that would need closing."""


def _zeus() -> Callable[..., Any]:
    from zeus.monitor import ZeusMonitor

    constructor: Callable[..., Any] = ZeusMonitor
    return constructor
