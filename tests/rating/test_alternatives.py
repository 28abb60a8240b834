"""Other models for the same job: known to be as good, not known, known to be worse; and the next star."""

from __future__ import annotations

import pytest

from leaderboard.alternatives import alternatives
from leaderboard.domain import Bands, Quality, Rating, Rule
from leaderboard.next_star import next_star, smaller_sibling, stem
from tests import builders

SPEARMAN = Quality(metric="spearman", direction="higher", floor=0.1)
WER = Quality(metric="WER", direction="lower")


def row(model: str, energy: float, **fields: object) -> Rating:
    return builders.rating(model, energy_wh_per_1000=energy, **fields)


MINE = row("org/mine", 1.0)


def names(found: object) -> list[str]:
    return [one.rating.model for one in found]  # type: ignore[attr-defined]


def test_the_most_frugal_of_equal_or_better_quality_comes_first() -> None:
    others = [
        row("org/equal", 0.5),
        row("org/better", 0.25, quality=0.9),
        row("org/worse", 0.1, quality=0.7),
        row("org/dear", 2.0, quality=0.99),
        row("org/untold", 0.2, quality=None, quality_metric=None),
    ]
    found = alternatives(MINE, others, SPEARMAN)
    assert names(found.as_good) == ["org/better", "org/equal"]
    assert found.first is not None
    assert found.first.times == pytest.approx(4)
    assert names(found.unknown) == ["org/untold"]
    assert (found.worse, found.none) == (1, False)


def test_lower_is_better_where_the_task_says_so() -> None:
    mine = row("org/mine", 1.0, quality=0.1, quality_metric="WER")
    others = [
        row("org/a", 0.5, quality=0.2, quality_metric="WER"),
        row("org/b", 0.5, quality=0.05, quality_metric="WER"),
    ]
    found = alternatives(mine, others, WER)
    assert (names(found.as_good), found.worse) == (["org/b"], 1)


@pytest.mark.parametrize(
    ("mine", "other", "quality"),
    [
        ({"quality": None, "quality_metric": None}, {}, SPEARMAN),
        ({}, {"quality_metric": "F1"}, SPEARMAN),
        ({}, {}, WER),
        ({}, {}, None),
    ],
)
def test_what_cannot_be_compared_is_not_known(
    mine: dict[str, object], other: dict[str, object], quality: Quality | None
) -> None:
    found = alternatives(row("org/mine", 1.0, **mine), [row("org/other", 0.5, **other)], quality)
    assert (names(found.as_good), names(found.unknown), found.worse) == ([], ["org/other"], 0)


def test_only_the_same_job_is_an_alternative() -> None:
    others = [
        row("org/card", 0.5, hardware="t4-16gb"),
        row("org/edition", 0.5, edition="dev-2026-12"),
        row("org/protocol", 0.5, protocol="serving"),
        row("org/thinks", 0.5, reasoning="on"),
        row("org/task", 0.5, task="text-classification"),
        row("org/other-configuration", 0.5, best=False, stars=None),
        row("org/mine", 0.5, precision="int8"),
        row("org/same-energy", 1.0),
    ]
    assert alternatives(MINE, others, SPEARMAN).none


def test_what_is_below_the_floor_is_never_offered() -> None:
    poor = row("org/mine", 1.0, quality=0.05)
    found = alternatives(poor, [row("org/as-poor", 0.5, quality=0.06)], SPEARMAN)
    assert (found.as_good, found.worse) == ((), 1)


def test_a_model_is_offered_once_and_overlapping_intervals_are_told() -> None:
    mine = row("org/mine", 1.0, energy_low=0.8, energy_high=1.2)
    twice = [
        row("org/a", 0.9, energy_low=0.7, energy_high=1.1),
        row("org/a", 0.95, precision="fp16"),
        row("org/b", 0.5, energy_low=0.4, energy_high=0.6),
    ]
    found = alternatives(mine, twice, SPEARMAN)
    assert [(one.rating.model, one.sure) for one in found.as_good] == [("org/b", True), ("org/a", False)]
    assert alternatives(MINE, [row("org/a", 0.9)], SPEARMAN).as_good[0].sure is None


def test_its_own_size_class_comes_first_where_quality_is_not_known() -> None:
    mine = row("org/mine", 1.0, model_class="B", quality=None, quality_metric=None)
    others = [row("org/small", 0.1, model_class="A"), row("org/alike", 0.5, model_class="B")]
    assert names(alternatives(mine, others, None).unknown) == ["org/alike", "org/small"]


def test_the_next_star_is_told_in_figures_from_the_frozen_bands() -> None:
    found = next_star(row("org/mine", 0.35, stars=2), builders.bands(), [], [])
    assert found is not None
    assert (found.star, found.edge_wh) == (3, 0.3)
    assert found.less_wh == pytest.approx(0.05)
    assert found.share == pytest.approx(0.05 / 0.35)


def test_a_star_that_is_given_to_nobody_is_passed_over() -> None:
    bands = _gap()
    assert bands.not_given == (3,)
    found = next_star(row("org/mine", 0.35, stars=2), bands, [], [])
    assert found is not None
    assert (found.star, found.edge_wh) == (4, 0.2)
    assert next_star(row("org/mine", 0.05, stars=5), bands, [], []) is None
    assert next_star(row("org/mine", 0.05, stars=None), bands, [], []) is None
    assert next_star(row("org/mine", 0.05, stars=3), None, [], []) is None


def _gap() -> Bands:
    plain = builders.bands()
    return Bands(rule=plain.rule, edges=((0.1, 5), (0.2, 4), (0.4, 2)), references=plain.references)


def test_by_range_the_edge_itself_has_the_lower_star() -> None:
    bands = Bands(rule=Rule.RANGE, low=1.0, high=2.0, references=builders.bands().references)
    at_edge = row("org/mine", 1.8, stars=1, precision="int8")
    found = next_star(row("org/mine", 1.9, stars=1, rule=Rule.RANGE), bands, [at_edge], [])
    assert found is not None
    assert (found.star, found.configurations) == (2, ())
    assert found.edge_wh == pytest.approx(1.8)
    below = row("org/mine", 1.79, precision="int8")
    found = next_star(row("org/mine", 1.9, stars=1, rule=Rule.RANGE), bands, [below], [])
    assert found is not None
    assert found.configurations == (below,)


def test_own_configurations_and_smaller_siblings_that_are_there_are_named() -> None:
    mine = row("Qwen/Qwen3-14B", 0.35, stars=2, params=14_000_000_000)
    own = [
        mine,
        row("Qwen/Qwen3-14B", 0.2, protocol="offline-sweep", batch=16),
        row("Qwen/Qwen3-14B", 0.32, precision="int8"),
        row("Qwen/Qwen3-14B", 0.1, hardware="t4-16gb"),
    ]
    alike = [
        row("Qwen/Qwen3-8B", 0.2, params=8_000_000_000),
        row("Qwen/Qwen3-4B-Instruct", 0.1, params=4_000_000_000),
        row("Qwen/Qwen3-1.7B", 0.31, params=1_700_000_000),
        row("Qwen/Qwen3-32B", 0.1, params=32_000_000_000),
        row("Qwen/Qwen2.5-7B", 0.1, params=7_000_000_000),
        row("other/Qwen3-8B", 0.1, params=8_000_000_000),
        row("Qwen/Qwen3-0.6B", 0.1, params=None),
    ]
    found = next_star(mine, builders.bands(), own, alike)
    assert found is not None
    assert [(other.protocol, other.batch) for other in found.configurations] == [("offline-sweep", 16)]
    assert [other.model for other in found.siblings] == ["Qwen/Qwen3-4B-Instruct", "Qwen/Qwen3-8B"]


@pytest.mark.parametrize(
    ("model", "begins"),
    [
        ("Qwen/Qwen3-14B-Instruct-2507", "qwen/qwen3"),
        ("meta-llama/Llama-3.1-70B-Instruct", "meta-llama/llama-3.1"),
        ("mistralai/Mixtral-8x7B-v0.1", "mistralai/mixtral"),
        ("google-t5/t5-small", "google-t5/t5"),
        ("facebook/bart-large-cnn", "facebook/bart"),
        ("sentence-transformers/all-MiniLM-L6-v2", "sentence-transformers/all-minilm-l6-v2"),
        ("gpt2", "gpt2"),
    ],
)
def test_a_name_begins_before_it_speaks_of_size(model: str, begins: str) -> None:
    assert stem(model) == begins


def test_a_name_without_an_organisation_has_no_siblings() -> None:
    assert not smaller_sibling(row("gpt2-xl", 1.0), row("gpt2-small", 0.5, params=1_000))
