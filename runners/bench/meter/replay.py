"""A meter that replays given readings: for tests and rehearsals, never more than simulated."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from leaderboard.domain import NoReading, Provenance
from runners.bench.meter import readable


class ReplayMeter:
    """Gives the readings in their order, over and over if asked to, and fails when there are none left."""

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
        self._open = False

    def watch(self, pid: int) -> None:
        self.watched.append(pid)

    def begin(self) -> None:
        self._open = True

    def end(self) -> float:
        if not self._open:
            raise NoReading("No window is open.", "Open one first.")
        self._open = False
        reading = next(self._energies, None)
        if reading is None:
            raise NoReading("There are no readings left to replay.", "Give more.")
        return readable(reading, self.name)

    def power_w(self) -> float | None:
        return self._power

    def close(self) -> None:
        """Nothing is held."""
