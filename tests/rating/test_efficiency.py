from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from leaderboard import catalogue
from leaderboard.domain import Rating
from leaderboard.efficiency import agreements, gains, kendall, median_times, rungs, spearman
from tests import builders


def row(model: str, hardware: str, batch: int | None, energy: float, **fields: object) -> Rating:
    return builders.rating(
        f"org/{model}",
        hardware=hardware,
        batch=batch,
        configuration=f"batch {batch}",
        energy_wh_per_1000=energy,
        **fields,
    )


LADDER = [row("a", "cpu", 1, 8.0), row("a", "cpu", 2, 5.0), row("a", "cpu", 4, 2.0), row("a", "cpu", 8, 3.0)]


def test_the_published_configurations_give_the_figure_that_the_page_tells() -> None:
    rows = catalogue.reference_rows("mlenergy-v3")
    found = gains(rows)
    assert (len(rows), len(found), len({row.model for row in rows})) == (1858, 113, 46)
    assert median_times(found) == pytest.approx(6.078577, abs=1e-6)
    assert f"{median_times(found):.1f}" == "6.1"


def test_the_two_cards_agree_as_a_library_says() -> None:
    found = agreements(catalogue.reference_rows("mlenergy-v3"), ["mlenergy-h100", "mlenergy-b200"])
    told = {one.work.task: one for one in found if one.spearman is not None}
    assert {one.first for one in found} == {"mlenergy-h100"}
    # Figures of pandas and SciPy over the CSV itself.
    expected = {
        "gpqa": (10, 8, 0.9757575757, 0.9111111111),
        "image-chat": (8, 6, 0.7380952380, 0.6428571428),
        "lm-arena-chat": (14, 12, 0.7934065934, 0.6483516483),
        "text-to-image": (7, 6, 1.0, 1.0),
        "text-to-video": (5, 5, 1.0, 1.0),
        "video-chat": (6, 5, 0.8857142857, 0.7333333333),
    }
    assert told.keys() == expected.keys()
    for task, figures in expected.items():
        one = told[task]
        assert (one.models, one.second_better, one.spearman, one.kendall) == pytest.approx(figures)
    few = [one for one in found if one.spearman is None]
    assert [(one.work.task, one.models, one.kendall) for one in few] == [("sourcegraph-fim", 1, None)]


def test_a_ladder_by_hand() -> None:
    [gain] = gains(LADDER)
    assert (gain.times, gain.times_less) == (4.0, 4.0)
    assert (gain.best.batch, gain.worst.batch) == (4, 1)
    assert [(rung.batch, rung.models, rung.times) for rung in rungs([gain])] == [
        (1, 1, 4.0),
        (2, 1, 2.5),
        (4, 1, 1.0),
        (8, 1, 1.5),
    ]


def test_the_smallest_batch_counts_by_its_best_row() -> None:
    rows = [*LADDER, row("a", "cpu", 1, 6.0, precision="int8")]
    [gain] = gains(rows)
    assert gain.times == 4.0
    assert gain.times_less == 3.0


def test_one_configuration_gains_nothing_and_is_not_told() -> None:
    assert gains([row("a", "cpu", 1, 8.0)]) == []
    assert gains([row("a", "cpu", 1, 8.0), row("a", "cpu", 1, 4.0, revision=None)]) == []
    assert median_times([]) is None


def test_configurations_without_a_batch_still_have_a_spread() -> None:
    rows = [row("a", "cpu", None, 8.0, precision="fp32"), row("a", "cpu", None, 4.0, precision="int8")]
    [gain] = gains(rows)
    assert (gain.times, gain.smallest, gain.times_less) == (2.0, None, None)
    assert rungs([gain]) == []


def test_what_is_other_work_is_never_held_together() -> None:
    rows = [row("a", "cpu", 1, 1.0), row("a", "cpu", 1, 100.0, reasoning="on")]
    rows += [
        row("a", "cpu", 1, 50.0, protocol="offline-bmax"),
        row("a", "cpu", 1, 50.0, task="summarization"),
    ]
    assert gains(rows) == []
    assert agreements(rows) == []


def test_the_better_card_is_the_one_that_takes_less_for_more_models() -> None:
    rows = [row(model, "h", 1, 2.0) for model in "abc"]
    rows += [row("a", "b", 1, 1.0), row("b", "b", 1, 1.0), row("c", "b", 1, 3.0)]
    [one] = agreements(rows, ["h", "b"])
    assert (one.first, one.second, one.first_better, one.second_better) == ("h", "b", 1, 2)
    assert (one.better, one.ratio, one.spearman) == ("b", 2.0, None)
    [level] = agreements([row("a", "h", 1, 2.0), row("a", "b", 1, 2.0)])
    assert level.better is None


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=2, max_size=12))
def test_ranks_with_ties_agree_with_scipy(pairs: Sequence[tuple[int, int]]) -> None:
    one, other = [float(a) for a, _ in pairs], [float(b) for _, b in pairs]
    if len(set(one)) == 1 or len(set(other)) == 1:
        assert spearman(one, other) is None
        assert kendall(one, other) is None
    else:
        assert spearman(one, other) == pytest.approx(stats.spearmanr(one, other).statistic)
        assert kendall(one, other) == pytest.approx(stats.kendalltau(one, other).statistic)


def test_neither_order_nor_unit_changes_anything() -> None:
    rows = catalogue.reference_rows("mlenergy-v3")[:400]
    shuffled = [
        each.model_copy(update={"energy_wh_per_1000": each.energy_wh_per_1000 * 3.6}) for each in rows
    ]
    random.Random(7).shuffle(shuffled)
    before, after = gains(rows), gains(shuffled)
    assert [gain.model for gain in before] == [gain.model for gain in after]
    assert [gain.times for gain in before] == pytest.approx([gain.times for gain in after])
