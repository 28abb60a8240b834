"""A meter that replays readings, given or of a recorded run; never more than simulated."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from typing import Self

from leaderboard.domain import NoReading, Provenance, Run, Stage, Window
from runners.bench.meter import Reading


class ReplayMeter:
    """Every second reading is one energy further: windows have two edges, and each is read once.

    It gives the energies in their order, over and over if asked to, and fails when there are none left.
    """

    name = "replayed readings"
    provenance = Provenance.SIMULATED
    gpus: tuple[int, ...] = ()
    step_s = 0.0
    independent_power = False

    def __init__(
        self,
        energies_j: Iterable[float],
        power_w: float | None = None,
        *,
        idle: bool = False,
        cycle: bool = True,
    ) -> None:
        """
        Args:
            energies_j: what each window reads, J; a bad reading fails as a real one would.
            power_w: what every sample of the trace reads, W.
            idle: whether it claims to see an idle machine; the first reading is then the idle window's.
            cycle: whether to start again after the last reading.
        """
        readings = tuple(energies_j)
        self._energies: Iterator[float] = itertools.cycle(readings) if cycle else iter(readings)
        self._power = power_w
        self.sees_idle = idle
        self.watched: list[int] = []
        self._total, self._inside = 0.0, False

    @classmethod
    def of(cls, run: Run) -> Self:
        """The metered stages and windows of a recorded run, in the order in which they were measured.

        It serves one run of the same plan, whose warm-up takes as many slices.
        """
        parts: tuple[Stage | Window, ...] = (*run.stages, *run.windows)
        metered = [(part.start_s, part.energy_j) for part in parts if part.energy_j is not None]
        power = run.figures.mean_power_w if run.figures else None
        return cls(
            [energy for _, energy in sorted(metered)], power, idle=run.idle_power_w is not None, cycle=False
        )

    def watch(self, pid: int) -> None:
        self.watched.append(pid)

    def read(self) -> Reading:
        if self._inside:
            reading = next(self._energies, None)
            if reading is None:
                raise NoReading("There are no readings left to replay.", "Give more.")
            self._total += reading
        self._inside = not self._inside
        return Reading(time.monotonic(), (self._total,))

    def power_w(self) -> float | None:
        return self._power

    def close(self) -> None:
        """Nothing is held."""
