"""Windows: whole passes over the block between two edges, the meter open in between (METHOD §3.3, §3.4)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import NamedTuple

from leaderboard.domain import MeasurementFailed, Plan, Stage, Task, Window
from runners.bench import wire
from runners.bench.edges import CounterWatch, Edge
from runners.bench.meter import Meter, spent_j
from runners.bench.process import Child

LONGEST_WARMUP = 30
"""Slices after which a warm-up that does not settle is left, with a flag."""
LATE_S = 0.05
"""The child's clock runs from when it says that it begins, ours from when we hear it. So much more is asked
for, or a pass that ends just in time would be a window that is just too short by our clock."""


class Metered(NamedTuple):
    """What happened between two edges."""

    done: wire.Done
    energy_j: float
    start_s: float
    end_s: float


class Windows:
    """Measures one child's windows. Both edges are on CLOCK_MONOTONIC, taken here and not by the child."""

    def __init__(
        self,
        plan: Plan,
        task: Task,
        meter: Meter,
        child: Child,
        silence_s: float,
        start: int,
        keep: Callable[[Edge], None] = lambda _: None,
    ) -> None:
        """
        Args:
            keep: takes every edge, for the trace.
        """
        self._plan, self._task, self._meter, self._child = plan, task, meter, child
        self._silence_s, self._start, self._keep = silence_s, start, keep
        self._delay = random.Random(f"{plan.seed}/{start}")
        self.warm_ups: list[Stage] = []
        """The warm-up's slices so far."""

    def warm_up(self) -> None:
        """One pass of every phase; where the profile asks, then slices of the last until two agree.

        Whether they did is judged from the slices afterwards.
        """
        profile, last = self._plan.profile, self._task.phases[-1]
        slices = profile.warmup_tolerance is not None
        for phase in self._task.phases:
            if phase != last or not slices:
                self._pass(phase)
        if profile.warmup_tolerance is None:
            return
        queries, before_w = 0, float("inf")
        for number in range(LONGEST_WARMUP):
            seed = f"warm-up/{self._start}/{number}"
            got = self._between_edges(self._asked(last, profile.warmup_slice_s, 1, False, seed))
            self._keep_stage(got.start_s, got.end_s, got.energy_j, got.done.queries)
            queries += got.done.queries
            power_w = got.energy_j / (got.end_s - got.start_s)
            settled = abs(power_w - before_w) < profile.warmup_tolerance * power_w
            if settled and queries >= profile.warmup_queries:
                return
            before_w = power_w

    def window(self, phase: str, repeat: int) -> Window:
        """One window of a phase.

        Raises:
            NoReading: the meter gave nothing usable.
            ChildFailed: the child died, hung or lied.
        """
        seed = f"{self._plan.seed}/{self._start}/{phase}/{repeat}"
        got = self._between_edges(self._asked(phase, self._plan.profile.window_s + LATE_S, 1, True, seed))
        if got.done.queries < 1 or got.done.passes < 1:
            raise MeasurementFailed(f"A {phase} window ended without a whole pass.", "The log says more.")
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
            audio_s=got.done.audio_s,
            answered=got.done.answered,
        )

    def _asked(
        self, phase: str, at_least_s: float, at_least_queries: int, whole_passes: bool, seed: str
    ) -> wire.Measure:
        return wire.Measure(
            phase=phase,
            at_least_s=at_least_s,
            at_least_queries=at_least_queries,
            whole_passes=whole_passes,
            seed=seed,
        )

    def _pass(self, phase: str) -> None:
        """Passes that only warm; they may be shorter than the counter's step, and are not metered."""
        seed = f"warm-up/{self._start}/{phase}"
        self._child.tell(self._asked(phase, 0, self._plan.profile.warmup_queries, True, seed))
        self._child.expect(wire.Lead, self._silence_s)
        self._child.tell(wire.Go())
        start_s = self._child.expect(wire.Begin, self._silence_s).time_s
        end_s = self._child.expect(wire.End, self._silence_s).time_s
        queries = self._child.expect(wire.Done, self._silence_s).message.queries
        self._keep_stage(start_s, end_s, None, queries)

    def _keep_stage(self, start_s: float, end_s: float, energy_j: float | None, queries: int) -> None:
        self.warm_ups.append(
            Stage(
                kind="warm-up",
                start=self._start,
                start_s=start_s,
                end_s=end_s,
                energy_j=energy_j,
                queries=queries,
            )
        )

    def _between_edges(self, asked: wire.Measure) -> Metered:
        """The load is on all the while; the counter moves, the child counts, the counter moves again."""
        child, silence_s = self._child, self._silence_s
        child.tell(asked)
        child.expect(wire.Lead, silence_s)
        # A random part of the counter's step, so that its steps and our windows do not beat.
        time.sleep(self._delay.uniform(0, self._meter.step_s))
        watch = CounterWatch(self._meter)
        watch.until_step()
        child.tell(wire.Go())
        begin = watch.edge(child.expect(wire.Begin, silence_s, polling=watch.poll).time_s)
        watch = CounterWatch(self._meter)
        end = watch.edge(child.expect(wire.End, silence_s, near=watch.poll).time_s)
        done = child.expect(wire.Done, silence_s).message
        self._keep(begin)
        self._keep(end)
        energy_j = spent_j(begin.energy_j, end.energy_j, self._meter.name)
        return Metered(done, energy_j, begin.time_s, end.time_s)


def describe(window: Window) -> str:
    """A window in one line of the log."""
    return (
        f"Start {window.start + 1}, {window.phase}, window {window.repeat + 1}: "
        f"{window.energy_per_query_j:.4g} J per query ({window.queries} queries in {window.seconds:.2f} s, "
        f"{window.mean_power_w:.1f} W)."
    )
