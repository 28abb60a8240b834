"""Windows into one figure and its uncertainties (METHOD §3.7, §5)."""

from __future__ import annotations

import csv
import math
import statistics
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leaderboard.domain import MeasurementFailed, Window
from leaderboard.rating.aggregate import BOARD_GAIN, BetweenStarts, aggregate, comparison
from tests import builders


def windows(phase: str, *starts: Sequence[float], queries: int = 1, seconds: float = 2.0) -> list[Window]:
    """Windows whose energies per query are given, one sequence for each start."""
    return [
        builders.window(
            energy * queries,
            repeat,
            phase=phase,
            start=start,
            start_s=100.0,
            end_s=100.0 + seconds,
            queries=queries,
        )
        for start, energies in enumerate(starts)
        for repeat, energy in enumerate(energies)
    ]


def test_one_phase_by_hand() -> None:
    done = aggregate(windows("forward", [1.0, 2.0, 3.0], [5.0, 6.0, 7.0]), ["forward"])
    assert done.energy_per_query_j == 4.0
    # Within the starts: Σ(x − x̄_i)² = 2 + 2 over 4 degrees of freedom, so s = 1.
    assert done.repeatability_j == pytest.approx(stats.t.ppf(0.975, 4) / math.sqrt(6))
    assert (done.starts, done.windows) == (2, 3)
    assert done.between_start_j == pytest.approx(statistics.stdev([2.0, 6.0]))
    assert done.between_start_df == 1
    assert done.cv == pytest.approx(statistics.stdev([1, 2, 3, 5, 6, 7]) / 4)
    assert done.between_starts is not None
    assert done.between_starts.relative_spread == pytest.approx(math.sqrt(8) / 4)
    assert done.between_starts.degrees_of_freedom == 1


def test_energy_is_the_mean_of_the_starts_means_per_query() -> None:
    done = aggregate(windows("forward", [0.5, 0.5], [1.5, 1.5], queries=64, seconds=3.2), ["forward"])
    assert done.energy_per_query_j == 1.0
    assert done.repeatability_j == 0.0
    assert done.seconds_per_query == pytest.approx(0.05)


def test_phases_add_and_their_uncertainties_in_quadrature() -> None:
    both = [
        *windows("preprocess", [0.1, 0.2, 0.3], seconds=1.0),
        *windows("generate", [4.0, 5.0, 9.0], seconds=2.0),
        *windows("prefill", [100.0, 200.0, 300.0]),
    ]
    done = aggregate(both, ["preprocess", "generate"])
    first, second = done.phases
    assert [first.phase, second.phase] == ["preprocess", "generate"]
    assert done.energy_per_query_j == pytest.approx(0.2 + 6.0)
    assert done.repeatability_j == pytest.approx(math.hypot(first.repeatability_j, second.repeatability_j))
    assert done.seconds_per_query == pytest.approx(3.0)
    assert done.cv == pytest.approx(statistics.stdev([4.1, 5.2, 9.3]) / 6.2)
    assert second.cv == pytest.approx(statistics.stdev([4.0, 5.0, 9.0]) / 6.0)


def test_one_start_knows_nothing_of_other_starts() -> None:
    done = aggregate(windows("forward", [1.0, 2.0]), ["forward"])
    assert done.between_start_j is None
    assert done.between_start_df == 0
    assert done.between_starts is None


@given(st.permutations(windows("forward", [1.0, 2.0, 4.0], [5.0, 6.0, 7.0])))
def test_the_order_of_the_windows_makes_no_difference(shuffled: list[Window]) -> None:
    assert aggregate(shuffled, ["forward"]) == aggregate(sorted(shuffled, key=_place), ["forward"])


def _place(window: Window) -> tuple[int, int]:
    return window.start, window.repeat


def test_nothing_is_trimmed() -> None:
    calm = aggregate(windows("forward", [1.0, 1.0, 1.0]), ["forward"])
    wild = aggregate(windows("forward", [1.0, 1.0, 31.0]), ["forward"])
    assert calm.energy_per_query_j == 1.0
    assert wild.energy_per_query_j == 11.0


def test_published_repeats_with_two_bad_readings_stand_out() -> None:
    """Ten repeats of which two went wrong read 10 % low when averaged; their spread tells."""
    path = Path(__file__).parents[2] / "leaderboard" / "catalogue" / "reference" / "aies-bad-readings.csv"
    with path.open(encoding="utf-8") as file:
        readings = {int(row["iteration"]): float(row["generate_wh"]) for row in csv.DictReader(file)}
    sound = [value for iteration, value in readings.items() if iteration not in (5, 7)]
    done = aggregate(windows("generate", sound), ["generate"])
    assert done.energy_per_query_j == pytest.approx(148.37, abs=0.005)
    assert done.cv < 0.002
    # A reading of zero or less cannot even be held by a window.
    assert readings[5] < 1
    with pytest.raises(ValueError, match="energy_j"):
        windows("generate", [0.0])


FORWARD = windows("forward", [1.0, 2.0], [3.0, 4.0])


@pytest.mark.parametrize(
    ("given_windows", "phases", "message"),
    [
        ([], ["forward"], "The phase forward was not measured"),
        (FORWARD, ["forward", "preprocess"], "The phase preprocess was not measured"),
        (
            [*FORWARD, *windows("preprocess", [1.0, 2.0])],
            ["preprocess", "forward"],
            "preprocess is missing from start 1",
        ),
        (windows("forward", [1.0, 2.0], [3.0, 4.0, 5.0]), ["forward"], "2 windows in one start and 3"),
        (windows("forward", [1.0], [3.0]), ["forward"], "how well it repeats needs two"),
        ([*FORWARD, FORWARD[0]], ["forward"], "forward has one window twice in start 0"),
        (
            [*FORWARD, *windows("preprocess", [1.0, 2.0, 3.0], [1.0, 2.0, 3.0])],
            ["forward", "preprocess"],
            "forward has 2 starts of 2 windows, preprocess has 2 of 3",
        ),
        (FORWARD, [], "Phases to add up: none"),
        (FORWARD, ["forward", "forward"], "forward, forward"),
    ],
)
def test_a_gap_is_a_failed_measurement(given_windows: list[Window], phases: list[str], message: str) -> None:
    with pytest.raises(MeasurementFailed, match=message) as caught:
        aggregate(given_windows, phases)
    assert caught.value.remedy


@given(st.lists(st.lists(st.floats(1e-3, 1e6), min_size=3, max_size=3), min_size=2, max_size=4))
def test_repeatability_is_the_formula(starts: list[list[float]]) -> None:
    done = aggregate(windows("forward", *starts), ["forward"])
    m, k = len(starts), 3
    pooled = sum((x - statistics.fmean(start)) ** 2 for start in starts for x in start) / (m * (k - 1))
    expected = stats.t.ppf(0.975, m * (k - 1)) * math.sqrt(pooled) / math.sqrt(m * k)
    assert done.repeatability_j == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert done.energy_per_query_j == pytest.approx(statistics.fmean(map(statistics.fmean, starts)))


def test_comparison_by_hand() -> None:
    spreads = [BetweenStarts(0.02, 1)] * 4 + [BetweenStarts(0.04, 2)]
    pooled = (4 * 0.02**2 + 2 * 0.04**2) / 6
    variance = pooled / 2 + 2 * (0.05 / math.sqrt(3)) ** 2
    freedom = variance**2 / ((pooled / 2) ** 2 / 6)
    expected = stats.t.ppf(0.975, freedom) * math.sqrt(variance) * 10.0
    assert comparison(10.0, 2, spreads) == pytest.approx(expected)


def test_on_one_board_its_gain_drops_out() -> None:
    spreads = [BetweenStarts(0.02, 1)] * 6
    # With one component the effective degrees of freedom are that component's own.
    expected = stats.t.ppf(0.975, 6) * 0.02 / math.sqrt(2) * 10.0
    assert comparison(10.0, 2, spreads, one_board=True) == pytest.approx(expected)


def test_equal_starts_leave_the_boards_alone() -> None:
    spreads = [BetweenStarts(0.0, 1)] * 5
    assert comparison(10.0, 2, spreads) == pytest.approx(
        stats.norm.ppf(0.975) * math.sqrt(2) * BOARD_GAIN * 10
    )
    assert comparison(10.0, 2, spreads, one_board=True) == 0.0


def test_too_few_starts_claim_no_interval() -> None:
    assert comparison(10.0, 2, [BetweenStarts(0.02, 1)] * 4) is None
    assert comparison(10.0, 2, []) is None
    assert comparison(10.0, 2, [BetweenStarts(0.02, 1)] * 5) is not None
