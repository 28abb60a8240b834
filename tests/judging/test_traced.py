"""What the trace tells of itself: holes, the clock, and power against the counter (METHOD §3.5, §3.6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.domain import Outcome, Run, Severity
from leaderboard.judging.samples import STEP, Sample
from leaderboard.judging.traced import complete, integrated_j, of_trace
from tests import builders
from tests.judging.judged import BEGAN_S, in_window, judged, make_run, make_trace, only, rejects_alone

NAMES = {
    "trace-complete",
    "clock-steady",
    "counter-agrees-with-power",
    "not-throttled",
    "temperature-steady",
    "no-foreign-process",
}


@pytest.fixture(scope="module")
def run() -> Run:
    return make_run()


@pytest.fixture(scope="module")
def even() -> Run:
    """A run that draws the same all the time, so that its trace integrates exactly."""
    made = make_run()
    windows = tuple(w.model_copy(update={"energy_j": 60.0 * w.seconds}) for w in made.windows)
    return made.model_copy(update={"windows": windows})


def test_the_checks_of_a_trace_pass_together(run: Run) -> None:
    found = {finding.name: finding for finding in of_trace(run, make_trace(run), boards=True, counter=True)}
    assert set(found) == NAMES
    assert {finding.outcome for finding in found.values()} == {Outcome.PASSED}


def test_a_meter_without_boards_is_asked_for_holes_and_its_clock_alone(run: Run) -> None:
    found = of_trace(run, make_trace(run), boards=False, counter=False)
    assert [finding.name for finding in found] == ["trace-complete", "clock-steady"]


# Holes


def without(run: Run, dropped: Callable[[int], bool], **fields: Any) -> list[Sample]:
    """The trace with some of the samples of the fourth window unread, counted from its first."""
    window = run.windows[3]
    place = 0

    def alter(sample: Sample) -> Sample:
        nonlocal place
        if not in_window(sample, window):
            return sample
        place += 1
        return sample._replace(**fields) if dropped(place - 1) else sample

    return make_trace(run, alter)


UNREAD = [{"power_w": None}, {"counter_j": None}, {"power_w": None, "counter_j": None}]


@pytest.mark.parametrize("fields", UNREAD)
@pytest.mark.parametrize(("count", "whole"), [(62, True), (63, False)])
def test_nine_of_ten_samples_are_there(even: Run, fields: dict[str, Any], count: int, whole: bool) -> None:
    """611 fit into 61 s with both its edges; 610 are due."""
    samples = without(even, lambda place: place % 9 == 4 and place < 9 * count, **fields)
    if whole:
        assert judged(even, samples)["trace-complete"].outcome is Outcome.PASSED
    else:
        found = rejects_alone("trace-complete", even, samples)
        assert found.evidence["share"] == pytest.approx(548 / 610)
        assert "548 samples" in found.message
        assert "90% of what was due" in found.message


@pytest.mark.parametrize(("count", "whole"), [(18, True), (21, False)])
@pytest.mark.parametrize("begin", [0, 200, 611])
def test_no_hole_is_longer_than_two_seconds(even: Run, begin: int, count: int, whole: bool) -> None:
    """At the beginning, within, and at the end of a window."""
    first = min(begin, 611 - count)
    samples = without(even, lambda place: first <= place < first + count, power_w=None, counter_j=None)
    if whole:
        assert judged(even, samples)["trace-complete"].outcome is Outcome.PASSED
    else:
        found = rejects_alone("trace-complete", even, samples)
        assert found.evidence["share"] > 0.9
        assert found.evidence["gap_s"] == pytest.approx(2.2 if begin == 200 else 2.1)


def test_holes_between_windows_are_no_matter(run: Run) -> None:
    first = run.windows[0].start_s
    samples = make_trace(run, lambda sample: None if sample.time_s < first and not sample.wall_s else sample)
    assert judged(run, samples)["trace-complete"].outcome is Outcome.PASSED


def test_a_trace_that_is_gone_rejects_the_run(run: Run) -> None:
    found = judged(run, [])
    assert [name for name, finding in found.items() if finding.rejects] == ["trace-complete"]
    unseen = {name for name, finding in found.items() if finding.outcome is Outcome.UNVERIFIABLE}
    assert unseen == NAMES - {"trace-complete"}


def test_readings_of_the_counters_steps_are_no_samples(run: Run) -> None:
    steps = [sample._replace(phase=STEP) for sample in make_trace(run)]
    assert judged(run, steps)["trace-complete"].rejects


def test_a_driver_that_hides_power_cannot_be_verified(run: Run) -> None:
    found = judged(run, make_trace(run, lambda sample: sample._replace(power_w=None)))
    unseen = {name for name, finding in found.items() if finding.outcome is Outcome.UNVERIFIABLE}
    assert unseen == {"trace-complete", "counter-agrees-with-power"}
    assert not any(finding.rejects for finding in found.values())


def test_a_meter_without_power_or_counter_has_no_trace(run: Run) -> None:
    assert complete(run, [], counter=False).outcome is Outcome.UNVERIFIABLE


def test_windows_of_less_than_a_second_are_not_asked_for_samples() -> None:
    made = builders.run(windows=(builders.window(start_s=100.0, end_s=100.9),))
    found = complete(made, [Sample(100.5, "forward", 30.0, 1.0)], counter=True)
    assert found.outcome is Outcome.UNVERIFIABLE
    # One of a second holds ten.
    made = builders.run(windows=(builders.window(start_s=100.0, end_s=101.0),))
    samples = [Sample(100.0 + tenth / 10, "forward", 30.0, 3.0 * tenth) for tenth in range(1, 10)]
    assert complete(made, samples, counter=True).outcome is Outcome.PASSED
    assert complete(made, samples[1:], counter=True).outcome is Outcome.FAILED


# The wall clock


def stepped(run: Run, by_s: float, at_s: float = 400.0) -> list[Sample]:
    def alter(sample: Sample) -> Sample:
        if sample.wall_s is None or sample.time_s < at_s:
            return sample
        return sample._replace(wall_s=sample.wall_s + by_s)

    return make_trace(run, alter)


@pytest.mark.parametrize("by_s", [3600.0, -3600.0, 5.1, -5.1])
def test_a_clock_that_was_stepped_rejects_the_run(run: Run, by_s: float) -> None:
    found = rejects_alone("clock-steady", run, stepped(run, by_s))
    assert found.evidence["moved_s"] == pytest.approx(abs(by_s), abs=1e-3)
    assert f"moved by {abs(by_s):,.0f} s" in found.message


@pytest.mark.parametrize("by_s", [4.9, -4.9])
def test_a_clock_that_is_corrected_a_little_is_steady(run: Run, by_s: float) -> None:
    assert judged(run, stepped(run, by_s))["clock-steady"].outcome is Outcome.PASSED


def test_a_step_after_the_last_sample_shows_in_the_runs_own_times(run: Run) -> None:
    back = run.model_copy(update={"finished_at": run.finished_at - timedelta(hours=1)})
    found = rejects_alone("clock-steady", back)
    assert 3580 < found.evidence["moved_s"] < 3600
    least_s = run.windows[-1].end_s - BEGAN_S
    for short_s, steady in ((4.9, True), (5.1, False)):
        ended = run.started_at + timedelta(seconds=least_s - short_s)
        found = judged(run.model_copy(update={"finished_at": ended}))["clock-steady"]
        assert (found.outcome is Outcome.PASSED) is steady


def test_a_trace_with_one_look_at_the_clock_cannot_tell(run: Run) -> None:
    samples = make_trace(run, lambda s: s if s.time_s == BEGAN_S else s._replace(wall_s=None))
    found = only(run, samples)
    assert (found.name, found.outcome) == ("clock-steady", Outcome.UNVERIFIABLE)


# Power against the counter


@pytest.mark.parametrize(
    ("factor", "agree"), [(1.0299, True), (1.0301, False), (0.9701, True), (0.9699, False), (2.0, False)]
)
def test_the_counter_is_held_against_the_power(even: Run, factor: float, agree: bool) -> None:
    samples = make_trace(even, lambda sample: sample._replace(power_w=60.0 * factor))
    found = judged(even, samples)["counter-agrees-with-power"]
    assert found.evidence["worst"] == pytest.approx(abs(factor - 1), abs=1e-6)
    if agree:
        assert found.outcome is Outcome.PASSED
    else:
        assert rejects_alone("counter-agrees-with-power", even, samples) == found


def test_one_window_that_disagrees_is_enough(even: Run) -> None:
    samples = make_trace(even, lambda s: s._replace(power_w=57.0) if in_window(s, even.windows[8]) else s)
    found = rejects_alone("counter-agrees-with-power", even, samples)
    assert found.message == "The energy counter and the integrated power differ by up to 5.0%."


def test_the_trace_is_integrated_to_the_windows_edges() -> None:
    samples = [Sample(100.0 + tenth / 10, "forward", 10.0) for tenth in range(-5, 100)]
    window = builders.window(50.0, start_s=100.03, end_s=105.07)
    assert integrated_j(samples, window, 20) == pytest.approx(50.4)


def test_a_ramp_is_integrated_by_trapezia() -> None:
    samples = [Sample(100.0 + tenth / 10, "forward", 10.0 + tenth) for tenth in range(101)]
    window = builders.window(50.0, start_s=100.0, end_s=110.0)
    assert integrated_j(samples, window, 20) == pytest.approx(600.0)


@pytest.mark.parametrize(("count", "enough"), [(20, True), (19, False)])
def test_a_window_with_few_samples_is_not_compared(count: int, enough: bool) -> None:
    window = builders.window(60.0, start_s=100.0, end_s=102.0)
    samples = [Sample(100.0 + place / 10, "forward", 30.0) for place in range(count)]
    made = builders.run(windows=(window,))
    (found,) = [
        finding
        for finding in of_trace(made, samples, boards=False, counter=True)
        if finding.name == "counter-agrees-with-power"
    ]
    assert found.outcome is (Outcome.PASSED if enough else Outcome.UNVERIFIABLE)


def test_severities_and_thresholds_are_the_catalogues(run: Run) -> None:
    for finding in of_trace(run, make_trace(run), boards=True, counter=True):
        check = catalogue.check(finding.name)
        assert finding.severity is check.severity is Severity.REJECT
        assert check.when == "during"
        if check.limits:
            assert finding.evidence["limits"] == check.limits
