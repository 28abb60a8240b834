"""Energy at any moment from a counter that steps; time is made, so that nothing here waits."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from leaderboard.domain import NoReading, Provenance
from runners.bench.edges import CounterWatch, Edge
from runners.bench.meter import Reading, Skipped, spent_j
from runners.bench.meter.replay import ReplayMeter


class Stepping:
    """Counters that show the true energy as of their last step, on a clock that only `sleep` moves."""

    name = "a stepping counter"
    provenance = Provenance.SIMULATED
    gpus: tuple[int, ...] = (0,)
    sees_idle = True
    independent_power = False

    def __init__(
        self, energy_j: Callable[[float], float], period_s: float = 0.1, phases_s: tuple[float, ...] = (0.03,)
    ) -> None:
        self.step_s = period_s
        self._energy, self._phases = energy_j, phases_s
        self.now_s = 100.0
        self.stands_from_s = math.inf
        self.skips: Callable[[float], bool] = lambda now: False
        self.stall_s: Callable[[float], float] = lambda now: 0.0

    def clock(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds + self.stall_s(self.now_s)

    def watch(self, pid: int) -> None: ...

    def read(self) -> Reading:
        self.now_s += 20e-6
        if self.skips(self.now_s):
            raise Skipped("Not now.")
        shown = min(self.now_s, self.stands_from_s)
        totals = []
        for phase_s in self._phases:
            step_s = phase_s + math.floor((shown - phase_s) / self.step_s) * self.step_s
            totals.append(self._energy(step_s))
        return Reading(self.now_s, tuple(totals))

    def power_w(self) -> float | None:
        return None

    def close(self) -> None: ...

    def make_watch(self) -> CounterWatch:
        return CounterWatch(self, self.clock, self.sleep)


def steady(power_w: float) -> Callable[[float], float]:
    return lambda time_s: power_w * time_s


def rippled(time_s: float) -> float:
    """400 W with a ripple of 5 % at 0.7 Hz, integrated."""
    turn = 2 * math.pi * 0.7
    return 400.0 * (time_s - 0.05 / turn * math.cos(turn * time_s))


def edge_after(meter: Stepping, seconds: float) -> Edge:
    """An edge some time after a step, seen as one is in a run."""
    watch = meter.make_watch()
    watch.until_step()
    moment = meter.now_s + seconds
    while meter.now_s < moment:
        meter.sleep(0.0003)
        watch.poll()
    return watch.edge(moment)


@pytest.mark.parametrize("period_s", [0.02, 0.1, 0.2])
@pytest.mark.parametrize("after_s", [0.0, 0.013, 0.099, 0.35])
def test_under_a_steady_load_the_energy_at_a_moment_is_exact(period_s: float, after_s: float) -> None:
    meter = Stepping(steady(400.0), period_s)
    edge = edge_after(meter, after_s)
    # A step's time is known to half a look at the counter.
    assert edge.energy_j[0] == pytest.approx(400.0 * edge.time_s, abs=400.0 * 0.0003)
    assert len(edge.steps) == 2
    assert edge.steps[0].time_s <= edge.time_s <= edge.steps[1].time_s


@pytest.mark.parametrize(("seconds", "worst"), [(1.0, 0.004), (5.0, 0.0008), (30.0, 0.0002)])
def test_a_window_under_a_rippled_load(seconds: float, worst: float) -> None:
    for shift in range(7):
        meter = Stepping(rippled)
        meter.sleep(0.0137 * shift)
        begin = edge_after(meter, 0.02)
        meter.sleep(seconds - 0.3)
        end = edge_after(meter, 0.05)
        true_j = rippled(end.time_s) - rippled(begin.time_s)
        assert spent_j(begin.energy_j, end.energy_j, "it") == pytest.approx(true_j, rel=worst)


def test_the_last_step_before_a_moment_is_an_edge_too() -> None:
    meter = Stepping(rippled)
    watch = meter.make_watch()
    watch.until_step()
    began_s = meter.now_s
    while meter.now_s < began_s + 0.75:
        watch.pause()
    found = watch.last_step(began_s, began_s + 0.55)
    assert found is not None
    # The counter steps every 0.1 s: the fifth of them.
    assert found.time_s == pytest.approx(began_s + 0.5, abs=0.002)
    assert found.energy_j[0] == pytest.approx(rippled(found.time_s), abs=0.3)
    assert [step.time_s for step in found.steps] == [found.time_s]
    assert watch.last_step(began_s, began_s + 0.05) is None
    two = Stepping(rippled, phases_s=(0.03, 0.05)).make_watch()
    two.until_step()
    assert two.last_step(0.0, 1e9) is None


def test_a_step_is_an_exact_edge_even_where_the_load_jumps() -> None:
    def jumps(time_s: float) -> float:
        return 70.0 * time_s + 400.0 * max(0.0, time_s - 100.5)

    meter = Stepping(jumps)
    begin = meter.make_watch().at_step()
    meter.sleep(1.0)
    end = meter.make_watch().at_step()
    assert begin.time_s < 100.5 < end.time_s
    true_j = jumps(end.time_s) - jumps(begin.time_s)
    assert spent_j(begin.energy_j, end.energy_j, "it") == pytest.approx(true_j, abs=470 * 0.0004)
    assert len(begin.steps) == 1


def test_steps_of_several_counters_make_one_edge() -> None:
    meter = Stepping(steady(500.0), phases_s=(0.03, 0.055))
    edge = meter.make_watch().at_step()
    assert edge.energy_j == pytest.approx([500.0 * edge.time_s] * 2, abs=0.2)


def test_an_edge_that_nobody_watched_coming_is_taken_from_the_steps_after_it() -> None:
    meter = Stepping(steady(300.0))
    watch = meter.make_watch()
    moment = meter.now_s
    meter.sleep(0.004)
    edge = watch.edge(moment)
    assert edge.energy_j[0] == pytest.approx(300.0 * moment, abs=300.0 * 0.0006)
    assert all(step.time_s > moment for step in edge.steps)


def test_several_counters_step_each_in_its_own_time() -> None:
    meter = Stepping(steady(500.0), phases_s=(0.03, 0.055, 0.081))
    edge = edge_after(meter, 0.04)
    assert edge.energy_j == pytest.approx([500.0 * edge.time_s] * 3, abs=0.2)


def test_a_step_seen_late_is_not_taken_for_its_time() -> None:
    """The watcher is held up for 60 ms round a step: it waits for one whose time it knows."""
    meter = Stepping(steady(700.0))
    meter.stall_s = lambda now: 0.06 if 100.1 < now < 100.14 else 0.0
    watch = meter.make_watch()
    watch.until_step()
    edge = watch.edge(meter.now_s + 0.001)
    assert edge.energy_j[0] == pytest.approx(700.0 * edge.time_s, abs=700.0 * 0.0003)


def test_a_watcher_that_is_always_late_still_ends() -> None:
    meter = Stepping(steady(700.0))
    meter.stall_s = lambda now: 0.005
    edge = edge_after(meter, 0.03)
    assert edge.energy_j[0] == pytest.approx(700.0 * edge.time_s, abs=700.0 * 0.006)


def test_a_reading_that_is_skipped_is_asked_again() -> None:
    meter = Stepping(steady(250.0))
    meter.skips = lambda now: 100.2 < now < 100.5
    edge = edge_after(meter, 0.15)
    assert edge.energy_j[0] == pytest.approx(250.0 * edge.time_s, rel=1e-4)


@pytest.mark.parametrize("how", ["stands", "skips"])
def test_a_counter_that_stands_still_is_lost_after_two_seconds(how: str) -> None:
    meter = Stepping(steady(250.0))
    watch = meter.make_watch()
    watch.until_step()
    if how == "stands":
        meter.stands_from_s = meter.now_s
    else:
        meter.skips = lambda now: True
    with pytest.raises(NoReading, match="no new reading for 2 s"):
        watch.edge(meter.now_s)
    assert meter.now_s < 104
    with pytest.raises(NoReading):
        meter.make_watch().until_step()


def test_a_counter_without_steps_is_read_once() -> None:
    meter = ReplayMeter([3.0, 4.0])
    edges = []
    for _ in range(4):
        watch = CounterWatch(meter)
        watch.until_step()
        watch.poll()
        edges.append(watch.edge(1.0))
    assert [edge.energy_j for edge in edges] == [(0.0,), (3.0,), (3.0,), (7.0,)]
    assert edges[1].steps == (Reading(1.0, (3.0,)),)
    assert CounterWatch(meter).at_step().energy_j == (7.0,)


@pytest.mark.parametrize("end", [5.0, 4.0, math.nan, math.inf])
def test_energy_that_is_none_is_no_number(end: float) -> None:
    with pytest.raises(NoReading, match="counter 2 of 2"):
        spent_j((1.0, 5.0), (2.0, end), "A meter")
    assert spent_j((1.0, 5.0), (2.0, 7.5), "A meter") == 3.5
