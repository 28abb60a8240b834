"""The watchman, sample by sample, on a made clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.domain import NoReading
from leaderboard.judging.samples import STEP, Sample, State, read_trace, write_trace
from runners.bench.edges import Edge
from runners.bench.meter import Reading, Skipped
from runners.bench.meter.replay import ReplayMeter
from runners.bench.trace import Trace
from tests.runners.test_edges import Stepping, steady

STATE = State(61.0, 1980, 2619, 0x4, frozenset({7, 8}))


class Powered(Stepping):
    """A stepping counter with a power reading that may be refused."""

    refused: Exception | None = None

    def power_w(self) -> float | None:
        if self.refused:
            raise self.refused
        return 400.0


def make(meter: Powered, **more: object) -> Trace:
    return Trace(
        meter,
        lambda: STATE,
        lambda processes: len(processes or ()) - 1,
        wall=lambda: meter.now_s + 1000,
        clock=meter.clock,
    )


def test_power_and_counter_every_time_and_the_boards_when_asked() -> None:
    meter = Powered(steady(400.0))
    trace = make(meter)
    trace.phase = "forward"
    assert trace.sample(False)
    meter.sleep(1.0)
    assert trace.sample(True)
    first, second = trace.samples
    assert (first.power_w, first.counter_j, first.temperature_c, first.foreign) == (400.0, 0.0, None, None)
    assert second.counter_j == pytest.approx(400.0, abs=0.1)
    assert second[4:9] == (61.0, 1980, 2619, 0x4, 1)
    assert second.wall_s == pytest.approx(second.time_s + 1000)
    assert {first.phase, second.phase} == {"forward"}
    trace.check()


def test_a_reading_that_is_skipped_is_missing_and_not_zero() -> None:
    meter = Powered(steady(400.0))
    meter.refused = Skipped("Not now.")
    meter.skips = lambda now: True
    trace = make(meter)
    assert trace.sample(True)
    assert trace.samples[0].power_w is None
    assert trace.samples[0].counter_j is None
    assert trace.samples[0].temperature_c == 61.0
    trace.check()


def test_a_counter_that_stands_still_for_two_seconds_is_lost() -> None:
    meter = Powered(steady(400.0))
    trace = make(meter)
    meter.stands_from_s = meter.now_s
    assert trace.sample(False)
    meter.sleep(1.9)
    assert trace.sample(False)
    trace.check()
    meter.sleep(0.2)
    assert not trace.sample(False)
    with pytest.raises(NoReading, match="no new reading for 2 s"):
        trace.check()


def test_a_lost_gpu_is_seen_by_the_next_sample() -> None:
    meter = Powered(steady(400.0))
    meter.refused = NoReading("The GPU is lost.", "Restart the machine.")
    trace = make(meter)
    assert not trace.sample(False)
    with pytest.raises(NoReading, match="GPU is lost"):
        trace.check()


def test_a_meter_without_steps_is_not_read_between_the_edges() -> None:
    meter = ReplayMeter([1.0], power_w=9.0)
    trace = Trace(meter)
    assert trace.sample(True)
    assert trace.samples[0].counter_j is None
    assert meter.read().energy_j == (0.0,)


def test_an_edge_leaves_the_steps_it_was_made_from() -> None:
    meter = Powered(steady(400.0))
    trace = make(meter)
    trace.sample(False)
    base = meter.read().energy_j[0]
    trace.keep(Edge(5.0, (base + 2.0,), (Reading(4.0, (base + 1.0,)), Reading(6.0, (base + 3.0,)))))
    rows = trace.samples[:2]
    assert [(row.time_s, row.phase) for row in rows] == [(4.0, STEP), (6.0, STEP)]
    assert [row.counter_j for row in rows] == [pytest.approx(1.0), pytest.approx(3.0)]


def test_a_trace_reads_back_as_it_was_and_damage_shows(tmp_path: Path) -> None:
    path = tmp_path / "trace.parquet"
    rows = [Sample(1.0, "idle", 70.5), Sample(1.5, STEP, counter_j=3.25), Sample(2.0, "forward", *range(8))]
    write_trace(rows, path)
    assert read_trace(path) == rows
    damaged = bytearray(path.read_bytes())
    damaged[60] ^= 1
    path.write_bytes(damaged)
    with pytest.raises((OSError, ValueError)):
        read_trace(path)
