from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.domain import DatasetRef, Quality, Rating
from leaderboard.right_size import NEEDS, Load, Need, kwh_per_year, memory_of, right_size
from tests import builders

ERROR = Quality(metric="WER", direction="lower", floor=1)
SCORE = Quality(
    metric="accuracy",
    direction="higher",
    floor=0.1,
    dataset=DatasetRef(repo_id="a/b", split="test", columns=("x",)),
)
LOAD = Load(queries_per_day=1_000_000, price_per_kwh=0.25)


def row(name: str, energy: float, quality: float | None = 0.1, **fields: object) -> Rating:
    return builders.rating(
        f"org/{name}",
        **{
            "energy_wh_per_1000": energy,
            "quality": quality,
            "quality_metric": "WER",
            "hardware": "t4-16gb",
            "params": 1_000_000_000,
            "precision": "fp16",
            **fields,
        },
    )


ROWS = [
    row("tiny", 1.0, 0.30, params=40_000_000, latency_s=0.1),
    row("small", 2.0, 0.10, params=250_000_000, latency_s=0.4),
    row("unknown", 3.0, None, params=None),
    row("large", 8.0, 0.05, params=1_500_000_000, latency_s=2.0, licence="mit"),
]


def models(need: Need, quality: Quality | None = ERROR) -> list[str]:
    return [
        choice.rating.model.removeprefix("org/") for choice in right_size(ROWS, need, quality, LOAD).choices
    ]


def test_without_needs_every_model_stands_in_the_order_of_its_energy() -> None:
    assert models(Need()) == ["tiny", "small", "unknown", "large"]


def test_a_year_is_worked_out_by_hand() -> None:
    # 2 Wh per 1,000 queries × a million a day = 2 kWh a day = 730 kWh a year.
    assert kwh_per_year(2.0, 1_000_000) == pytest.approx(730)
    answer = right_size(ROWS, Need(quality_min=0.1), ERROR, LOAD)
    small, large = answer.choices
    assert (small.times, small.more_kwh_per_year) == (1, 0)
    assert small.kwh_per_year == pytest.approx(730)
    assert small.cost_per_year == pytest.approx(182.5)
    assert large.times == 4
    assert large.kwh_per_year == pytest.approx(2920)
    assert large.more_kwh_per_year == pytest.approx(2190)
    assert large.more_per_year == pytest.approx(547.5)


def test_no_money_is_told_without_a_price() -> None:
    best = right_size(ROWS, Need(), ERROR, Load()).best
    assert best is not None
    assert best.cost_per_year is None
    assert best.more_per_year is None


def test_at_least_this_good_follows_the_direction_of_the_task() -> None:
    assert models(Need(quality_min=0.1)) == ["small", "large"]
    assert models(Need(quality_min=0.1), SCORE) == ["tiny", "small"]


def test_a_task_of_others_has_no_quality_that_is_known_to_be_met() -> None:
    answer = right_size(ROWS, Need(quality_min=0.1), None, LOAD)
    assert answer.choices == ()
    assert answer.unknown == {"quality_min": 4}


def test_models_of_unknown_quality_are_left_out_and_counted_or_shown_and_marked() -> None:
    answer = right_size(ROWS, Need(quality_min=0.1), ERROR, LOAD)
    assert (answer.unknown_models, answer.unknown) == (1, {"quality_min": 1})
    shown = right_size(ROWS, Need(quality_min=0.1, unknown="include"), ERROR, LOAD)
    assert [choice.rating.model for choice in shown.choices] == ["org/small", "org/large", "org/unknown"]
    assert [choice.unknown for choice in shown.choices] == [(), (), ("quality_min",)]
    assert shown.unknown_models == 0


def test_one_that_surely_fails_is_not_among_the_unknown() -> None:
    rows = [row("failing", 1.0, None, licence="gpl")]
    answer = right_size(rows, Need(quality_min=0.1, licence="mit"), ERROR, LOAD)
    assert answer.unknown_models == 0


def test_weights_are_parameters_times_bytes() -> None:
    assert memory_of(row("m", 1.0, params=7_000_000_000, precision="int4")) == 3.5
    assert memory_of(row("m", 1.0, params=7_000_000_000, precision="mxfp4")) is None
    assert memory_of(row("m", 1.0, params=None)) is None
    assert models(Need(memory_gb=0.5)) == ["tiny", "small"]


def test_time_and_licence() -> None:
    assert models(Need(latency_s=0.4)) == ["tiny", "small"]
    assert models(Need(licence="MIT")) == ["large"]


def test_reasoning_is_off_unless_asked_for() -> None:
    rows = [row("thinks", 1.0, reasoning="on"), row("answers", 5.0)]
    off = right_size(rows, Need(), ERROR, LOAD)
    on = right_size(rows, Need(reasoning="on"), ERROR, LOAD)
    assert [choice.rating.model for choice in off.choices] == ["org/answers"]
    assert [choice.rating.model for choice in on.choices] == ["org/thinks"]
    assert len(right_size(rows, Need(reasoning="any"), ERROR, LOAD).choices) == 2


def test_a_model_stands_by_its_most_frugal_configuration_that_does_the_job() -> None:
    rows = [
        row("one", 1.0, configuration="batch 32", latency_s=20, best=True),
        row("one", 3.0, configuration="batch 1", latency_s=2, best=False),
        row("two", 4.0, latency_s=1),
    ]
    answer = right_size(rows, Need(latency_s=5), ERROR, LOAD)
    assert [choice.rating.energy_wh_per_1000 for choice in answer.choices] == [3.0, 4.0]


def test_models_at_the_floor_are_never_offered() -> None:
    rows = [row("chance", 1.0, 1.0), row("fine", 2.0, 0.99)]
    answer = right_size(rows, Need(), ERROR, LOAD)
    assert [choice.rating.model for choice in answer.choices] == ["org/fine"]
    assert answer.below_floor == 1
    assert right_size([row("chance", 1.0, 0.1)], Need(), SCORE, LOAD).below_floor == 0
    assert right_size([row("chance", 1.0, 0.09)], Need(), SCORE, LOAD).below_floor == 1


def test_an_empty_answer_names_the_need_to_give_up_and_the_nearest_value() -> None:
    answer = right_size(ROWS, Need(quality_min=0.01, latency_s=1), ERROR, LOAD)
    assert answer.best is None
    assert [(way.needs, way.models, way.nearest) for way in answer.loosen] == [
        (("quality_min",), 2, 0.1),
        (("unknown",), 1, None),
    ]


def test_where_no_single_need_is_enough_the_smallest_sets_are_named() -> None:
    known = [each for each in ROWS if each.quality is not None]
    answer = right_size(known, Need(quality_min=0.01, latency_s=0.01, hardware="t4-16gb"), ERROR, LOAD)
    assert [(way.needs, way.models) for way in answer.loosen] == [(("quality_min", "latency_s"), 3)]


def test_the_switch_for_the_unknown_is_one_of_the_ways_out() -> None:
    answer = right_size([row("unknown", 3.0, None)], Need(quality_min=0.1), ERROR, LOAD)
    assert {way.needs: way.models for way in answer.loosen} == {("quality_min",): 1, ("unknown",): 1}


def test_nothing_to_loosen_where_there_are_no_rows() -> None:
    assert right_size([], Need(quality_min=0.1), ERROR, LOAD).loosen == ()


_rows = st.lists(
    st.builds(
        row,
        st.sampled_from("abcdefgh"),
        st.floats(0.001, 1000),
        st.one_of(st.none(), st.floats(0, 1.2)),
        params=st.one_of(st.none(), st.integers(1, 10**11)),
        latency_s=st.one_of(st.none(), st.floats(0.01, 100)),
        licence=st.sampled_from([None, "mit", "apache-2.0"]),
        reasoning=st.sampled_from(["off", "on"]),
    ),
    max_size=12,
)
_needs = st.builds(
    Need,
    quality_min=st.one_of(st.none(), st.floats(0, 1)),
    memory_gb=st.one_of(st.none(), st.floats(0.1, 100)),
    latency_s=st.one_of(st.none(), st.floats(0.01, 100)),
    licence=st.sampled_from([None, "mit"]),
)


@given(_rows, _needs)
def test_whatever_is_asked(rows: list[Rating], need: Need) -> None:
    answer = right_size(rows, need, ERROR, LOAD)
    energies = [choice.rating.energy_wh_per_1000 for choice in answer.choices]
    assert energies == sorted(energies)
    assert len({choice.rating.model for choice in answer.choices}) == len(answer.choices)
    assert all(choice.unknown == () and choice.times >= 1 for choice in answer.choices)
    assert bool(answer.loosen) == (not answer.choices and any(not_below(each) for each in rows))
    for way in answer.loosen:
        assert set(way.needs) <= {*NEEDS, "unknown"}
        loosened = need.model_copy(update=dict.fromkeys(set(way.needs) - {"unknown", "reasoning"}))
        if "reasoning" in way.needs:
            loosened = loosened.model_copy(update={"reasoning": "any"})
        if "unknown" in way.needs:
            loosened = loosened.model_copy(update={"unknown": "include"})
        assert len(right_size(rows, loosened, ERROR, LOAD).choices) == way.models


def not_below(each: Rating) -> bool:
    return each.quality is None or each.quality < 1
