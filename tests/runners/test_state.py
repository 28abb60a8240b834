"""What the trace tells of the boards: throttling, heat, and who else was on them (METHOD §3.5, §3.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from leaderboard.domain import Outcome, Run, Window
from leaderboard.judging.samples import Sample
from tests.judging.judged import BEGAN_S, in_window, judged, make_run, make_trace, only, rejects_alone


@pytest.fixture(scope="module")
def run() -> Run:
    return make_run()


def state(run: Run, **fields: Any) -> list[Sample]:
    """The trace with another state of the boards wherever there is one."""
    return make_trace(run, lambda sample: sample._replace(**fields) if sample.wall_s else sample)


# Throttling


@pytest.mark.parametrize(
    ("bit", "words"),
    [
        (0x08, "a hardware slowdown"),
        (0x20, "a thermal slowdown by software"),
        (0x40, "a thermal slowdown by hardware"),
        (0x80, "a power brake"),
    ],
)
def test_each_reason_to_hold_the_gpu_back_rejects_the_run(run: Run, bit: int, words: str) -> None:
    window = run.windows[5]
    samples = make_trace(
        run,
        lambda s: (
            s._replace(reasons=bit | 0x4)
            if s.wall_s and window.start_s + 10 <= s.time_s < window.start_s + 13
            else s
        ),
    )
    found = rejects_alone("not-throttled", run, samples)
    assert found.message == f"Inside the windows the GPU was held back by {words} for about 3 s."
    assert found.evidence["seconds"] == {words: 3.0}


def test_several_reasons_are_all_said(run: Run) -> None:
    found = rejects_alone("not-throttled", run, state(run, reasons=0x48))
    assert "a hardware slowdown for about" in found.message
    assert "a thermal slowdown by hardware for about" in found.message


@pytest.mark.parametrize("reasons", [0x0, 0x1, 0x2, 0x4, 0x10, 0x5])
def test_idling_and_the_power_cap_hold_nothing_back(run: Run, reasons: int) -> None:
    found = judged(run, state(run, reasons=reasons))["not-throttled"]
    assert found.outcome is Outcome.PASSED
    assert bool(found.evidence["power_capped_s"]) is bool(reasons & 0x4)


def test_throttling_outside_the_windows_is_no_matter(run: Run) -> None:
    first = run.windows[0].start_s
    samples = make_trace(run, lambda s: s._replace(reasons=0x40) if s.wall_s and s.time_s < first else s)
    assert judged(run, samples)["not-throttled"].outcome is Outcome.PASSED


def test_a_driver_that_tells_no_reasons_is_not_verifiable(run: Run) -> None:
    found = only(run, state(run, reasons=None))
    assert (found.name, found.outcome) == ("not-throttled", Outcome.UNVERIFIABLE)


# Heat


def heated(run: Run, of: Callable[[Window], bool], to_c: float) -> list[Sample]:
    """The trace with the second half of some windows hotter than the 60 °C of the rest."""
    halves = [(w.start_s + w.seconds / 2, w.end_s - 0.5) for w in run.windows if of(w)]
    return make_trace(
        run,
        lambda s: (
            s._replace(temperature_c=to_c)
            if s.wall_s and any(begin <= s.time_s <= end for begin, end in halves)
            else s
        ),
    )


@pytest.mark.parametrize(("to_c", "steady"), [(65.0, True), (55.0, True), (65.1, False), (54.9, False)])
def test_the_temperature_stays_within_five_degrees(run: Run, to_c: float, steady: bool) -> None:
    samples = heated(run, lambda window: (window.start, window.phase) == (1, "forward"), to_c)
    found = judged(run, samples)["temperature-steady"]
    assert found.evidence["drift_c"] == pytest.approx(abs(to_c - 60))
    if steady:
        assert found.outcome is Outcome.PASSED
    else:
        assert rejects_alone("temperature-steady", run, samples) == found
        assert "in the forward windows of start 2; 5 °C are allowed" in found.message


def test_drift_from_window_to_window_counts_in_whatever_order_they_were_written_down(run: Run) -> None:
    last = next(w for w in run.windows if (w.start, w.phase, w.repeat) == (0, "forward", 2))
    samples = make_trace(
        run, lambda s: s._replace(temperature_c=66.0) if s.wall_s and in_window(s, last) else s
    )
    rejects_alone("temperature-steady", run, samples)
    mixed = tuple(sorted(run.windows, key=lambda window: (window.repeat, window.start, window.phase)))
    assert judged(run.model_copy(update={"windows": mixed}), samples)["temperature-steady"].rejects


def test_phases_may_have_temperatures_of_their_own(run: Run) -> None:
    forward = [window for window in run.windows if window.phase == "forward"]

    def alter(sample: Sample) -> Sample:
        if sample.wall_s is None:
            return sample
        inner = any(w.start_s < sample.time_s < w.end_s for w in forward)
        return sample._replace(temperature_c=80.0 if inner else 50.0)

    # The edges between two windows belong to both.
    edges = {round(edge, 1) for window in run.windows for edge in (window.start_s, window.end_s)}
    samples = [s for s in make_trace(run, alter) if round(s.time_s, 1) not in edges]
    assert judged(run, samples)["temperature-steady"].outcome is Outcome.PASSED


def test_a_driver_that_tells_no_temperature_is_not_verifiable(run: Run) -> None:
    found = only(run, state(run, temperature_c=None))
    assert (found.name, found.outcome) == ("temperature-steady", Outcome.UNVERIFIABLE)


# Others on the GPU


@pytest.mark.parametrize(("count", "words"), [(1, "1 other process was"), (2, "2 other processes were")])
@pytest.mark.parametrize("at_s", [BEGAN_S, 400.0])
def test_somebody_else_on_the_gpu_rejects_the_run_even_while_it_warms_up(
    run: Run, at_s: float, count: int, words: str
) -> None:
    samples = make_trace(run, lambda s: s._replace(foreign=count) if s.time_s == at_s else s)
    found = rejects_alone("no-foreign-process", run, samples)
    assert words in found.message
    assert "seen 1 times" in found.message
    assert ("warm-up" in found.message) is (at_s == BEGAN_S)


def test_processes_that_nvml_hides_are_vouched_for_or_not_verifiable(run: Run) -> None:
    hidden = state(run, foreign=None)
    found = only(run, hidden)
    assert (found.name, found.outcome) == ("no-foreign-process", Outcome.UNVERIFIABLE)
    vouched = make_run(environment={"exclusive": "vouched"})
    found = judged(vouched, state(vouched, foreign=None))["no-foreign-process"]
    assert found.outcome is Outcome.PASSED
    assert "vouches" in found.message


def test_whoever_is_seen_is_seen_whatever_is_vouched_for() -> None:
    vouched = make_run(environment={"exclusive": "vouched"})
    rejects_alone("no-foreign-process", vouched, state(vouched, foreign=1))
