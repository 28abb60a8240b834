"""The edges of windows: what an energy counter had reached at a moment between two of its steps.

A GPU's counter moves every 20 to 200 ms. Read at any moment it shows the past, up to one step old, and a
window of one second would be wrong by a tenth. So the counter is watched until it moves before an edge and
until it moves after it, while the load goes on; between those two steps the energy grows evenly, and what
the edge cut off is a part of a step that is known, not guessed (METHOD §3.4).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from leaderboard.domain import NoReading
from runners.bench.meter import Meter, Reading, Skipped

SILENCE_S = 2.0
"""A counter that does not move for so long is lost, whatever it shows."""
POLL_S = 0.0003
"""Between two looks at the counter beside an edge."""
SHARP_S = 0.002
"""A step seen between looks further apart than this has no exact time; the next one is taken."""
_PATIENCE = 5
"""Steps that may pass without a sharp one; then the sharpest will do."""


class Edge(NamedTuple):
    """A moment and what the counters had reached."""

    time_s: float
    energy_j: tuple[float, ...]
    """One total per counter, J."""
    steps: tuple[Reading, ...]
    """The readings it was made from, as they stand in the trace."""


class _Step(NamedTuple):
    """One counter, just after it moved."""

    time_s: float
    energy_j: float
    blur_s: float
    """How long nobody had looked."""


class CounterWatch:
    """Watches a meter's counters round one edge.

    For a meter whose totals run on without steps, an edge is one reading as soon as it has passed.
    """

    def __init__(
        self,
        meter: Meter,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._meter, self._clock, self._sleep = meter, clock, sleep
        self._stepping = meter.step_s > 0
        self._last: Reading | None = None
        self._steps: list[list[_Step]] = []
        self._moved_s = clock()

    def poll(self) -> None:
        """Look once.

        Raises:
            NoReading: a counter is gone, or has not moved for two seconds.
        """
        if not self._stepping:
            return
        before = self._last
        try:
            now = self._meter.read()
        except Skipped as error:
            if self._clock() - self._moved_s > SILENCE_S:
                raise _silent(self._meter) from error
            return
        self._last = now
        if before is None:
            self._steps = [[] for _ in now.energy_j]
            self._moved_s = now.time_s
            return
        for steps, old, new in zip(self._steps, before.energy_j, now.energy_j, strict=True):
            if new != old:
                blur_s = now.time_s - before.time_s
                steps.append(_Step(now.time_s - blur_s / 2, new, blur_s))
                self._moved_s = now.time_s
        if now.time_s - self._moved_s > SILENCE_S:
            raise _silent(self._meter)

    def pause(self) -> None:
        """Wait a moment, and look."""
        self._sleep(POLL_S)
        self.poll()

    def step_times(self) -> list[list[float]]:
        """When each counter was seen to step so far, CLOCK_MONOTONIC."""
        return [[step.time_s for step in steps] for steps in self._steps]

    def until_step(self) -> None:
        """Return as soon as every counter has moved once from now on.

        Raises:
            NoReading: one does not move for two seconds.
        """
        began_s = self._clock()
        while self._stepping and not self._settled(began_s):
            self.pause()

    def at_step(self) -> Edge:
        """The next step itself as an edge: exact whatever the load does round it.

        Raises:
            NoReading: a counter does not move for two seconds.
        """
        if not self._stepping:
            return self.edge(self._clock())
        self.until_step()
        steps = [steps[-1] for steps in self._steps]
        if len(steps) > 1:
            # Several counters step at different moments; one edge cannot be on all of them.
            return self.edge(steps[0].time_s)
        reading = Reading(steps[0].time_s, (steps[0].energy_j,))
        return Edge(reading.time_s, reading.energy_j, (reading,))

    def last_step(self, after_s: float, until_s: float) -> Edge | None:
        """The latest sharp step of the counter between two moments, as an edge; None where none was seen.

        For several counters, which step at different moments, and for those without steps there is none.
        """
        if len(self._steps) != 1:
            return None
        within = [
            step for step in self._steps[0] if after_s < step.time_s <= until_s and step.blur_s <= SHARP_S
        ]
        if not within:
            return None
        reading = Reading(within[-1].time_s, (within[-1].energy_j,))
        return Edge(reading.time_s, reading.energy_j, (reading,))

    def edge(self, time_s: float) -> Edge:
        """What the counters had reached at a moment just past, once they have moved after it.

        Args:
            time_s: CLOCK_MONOTONIC; the load goes on round it.

        Raises:
            NoReading: a counter does not move any more.
        """
        if not self._stepping:
            now = self._meter.read()
            return Edge(time_s, now.energy_j, (Reading(time_s, now.energy_j),))
        self._moved_s = max(self._moved_s, time_s)
        while not self._settled(time_s) or any(len(steps) < 2 for steps in self._steps):
            self.pause()
        pairs = [_around(steps, time_s) for steps in self._steps]
        energies = tuple(_between(first, second, time_s) for first, second in pairs)
        return Edge(time_s, energies, tuple(_as_readings(pairs)))

    def _settled(self, since_s: float) -> bool:
        """Whether every counter has a sharp step since a moment, or so many blurred ones that it must do."""
        if not self._steps:
            return False
        for steps in self._steps:
            later = [step for step in steps if step.time_s >= since_s]
            if not any(step.blur_s <= SHARP_S for step in later) and len(later) < _PATIENCE:
                return False
        return True


def _around(steps: list[_Step], time_s: float) -> tuple[_Step, _Step]:
    """The two steps whose line tells the energy at a moment: the nearest sharp ones before and after it.

    Where there was none before it, the first two after it: the line is then continued backwards.
    """
    before = [step for step in steps if step.time_s < time_s]
    after = [step for step in steps if step.time_s >= time_s]
    sharp = [step for step in after if step.blur_s <= SHARP_S]
    second = sharp[0] if sharp else min(after, key=lambda step: step.blur_s)
    if before:
        clear = [step for step in before if step.blur_s <= SHARP_S]
        return (clear or before)[-1], second
    return next((one, two) for one, two in pairwise(after) if two.time_s > one.time_s)


def _between(first: _Step, second: _Step, time_s: float) -> float:
    slope = (second.energy_j - first.energy_j) / (second.time_s - first.time_s)
    return first.energy_j + slope * (time_s - first.time_s)


def _as_readings(pairs: list[tuple[_Step, _Step]]) -> list[Reading]:
    """The steps used, as totals of all counters at the first one's and the second one's time."""
    return [Reading(pairs[0][side].time_s, tuple(pair[side].energy_j for pair in pairs)) for side in (0, 1)]


def _silent(meter: Meter) -> NoReading:
    return NoReading(
        f"{meter.name} has given no new reading for {SILENCE_S:g} s.",
        "The GPU, its driver or its counter hangs: look at the driver's log and measure again.",
    )
