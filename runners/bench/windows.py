"""Windows: whole passes over the block between two edges, the meter open in between (METHOD §3.3, §3.4)."""

from __future__ import annotations

import random
import time
from typing import NamedTuple

from leaderboard.domain import MeasurementFailed, Plan, Task, Window
from runners.bench import wire
from runners.bench.meter import Meter
from runners.bench.process import Child

LONGEST_WARMUP = 30
"""Slices after which a warm-up that does not settle is left, with a flag."""


class Metered(NamedTuple):
    """What happened between two edges."""

    done: wire.Done
    energy_j: float
    start_s: float
    end_s: float


class Windows:
    """Measures one child's windows. Both edges are on CLOCK_MONOTONIC, taken here and not by the child."""

    def __init__(
        self, plan: Plan, task: Task, meter: Meter, child: Child, silence_s: float, start: int
    ) -> None:
        self._plan, self._task, self._meter, self._child = plan, task, meter, child
        self._silence_s, self._start = silence_s, start
        self._delay = random.Random(f"{plan.seed}/{start}")
        self.unanswered = 0
        """Queries of the windows so far that had no usable answer."""

    def warm_up(self) -> bool:
        """One pass of every phase; where the profile asks, then slices of the last until they agree.

        Returns:
            whether the power has settled.
        """
        profile, last = self._plan.profile, self._task.phases[-1]
        slices = profile.warmup_tolerance is not None
        for phase in self._task.phases:
            if phase != last or not slices:
                self._unmetered(phase)
        if profile.warmup_tolerance is None:
            return True
        queries, before_w = 0, float("inf")
        for number in range(LONGEST_WARMUP):
            got = self._between_edges(
                wire.Measure(
                    phase=last,
                    at_least_s=profile.warmup_slice_s,
                    at_least_queries=1,
                    whole_passes=False,
                    seed=f"warm-up/{self._start}/{number}",
                )
            )
            queries += got.done.queries
            power_w = got.energy_j / (got.end_s - got.start_s)
            settled = abs(power_w - before_w) < profile.warmup_tolerance * power_w
            if settled and queries >= profile.warmup_queries:
                return True
            before_w = power_w
        return False

    def window(self, phase: str, repeat: int) -> Window:
        """One window of a phase.

        Raises:
            NoReading: the meter gave nothing usable.
            ChildFailed: the child died, hung or lied.
        """
        # A random part of the counter's step, so that its steps and our windows do not beat.
        time.sleep(self._delay.uniform(0, self._meter.step_s))
        got = self._between_edges(
            wire.Measure(
                phase=phase,
                at_least_s=self._plan.profile.window_s,
                at_least_queries=1,
                whole_passes=True,
                seed=f"{self._plan.seed}/{self._start}/{phase}/{repeat}",
            )
        )
        if got.done.queries < 1 or got.done.passes < 1:
            raise MeasurementFailed(f"A {phase} window ended without a whole pass.", "The log says more.")
        self.unanswered += got.done.queries - got.done.answered
        return Window(
            phase=phase,
            start=self._start,
            repeat=repeat,
            start_s=got.start_s,
            end_s=got.end_s,
            energy_j=got.energy_j,
            queries=got.done.queries,
            passes=got.done.passes,
            tokens_in=got.done.tokens_in,
            tokens_out=got.done.tokens_out,
        )

    def _between_edges(self, asked: wire.Measure) -> Metered:
        self._until_begin(asked)
        self._meter.begin()
        start_s = time.monotonic()
        self._child.tell(wire.Go())
        self._child.expect(wire.End, self._silence_s)
        end_s = time.monotonic()
        energy_j = self._meter.end()
        return Metered(self._child.expect(wire.Done, self._silence_s), energy_j, start_s, end_s)

    def _unmetered(self, phase: str) -> None:
        self._until_begin(
            wire.Measure(
                phase=phase,
                at_least_s=0,
                at_least_queries=self._plan.profile.warmup_queries,
                whole_passes=True,
                seed=f"warm-up/{self._start}/{phase}",
            )
        )
        self._child.tell(wire.Go())
        self._child.expect(wire.End, self._silence_s)
        self._child.expect(wire.Done, self._silence_s)

    def _until_begin(self, asked: wire.Measure) -> None:
        self._child.tell(asked)
        self._child.expect(wire.Begin, self._silence_s)


def describe(window: Window) -> str:
    """A window in one line of the log."""
    return (
        f"Start {window.start + 1}, {window.phase}, window {window.repeat + 1}: "
        f"{window.energy_per_query_j:.4g} J per query ({window.queries} queries in {window.seconds:.2f} s, "
        f"{window.mean_power_w:.1f} W)."
    )
