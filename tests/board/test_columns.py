"""Columns, stars in words and shapes, the scale of the bars."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.board import columns, heads, texts
from leaderboard.board.view import ViewState
from leaderboard.domain import Rating
from tests.board.conftest import public_row

energies = st.floats(1e-6, 1e9)


def keys(rows: list[Rating], view: ViewState) -> list[str]:
    return [column.key for column in heads.shown_columns(rows, view)]


@pytest.mark.parametrize(
    ("params", "text"),
    [
        (None, "–"),
        (7_248_023_552, "7.25 B"),
        (22_713_216, "22.7 M"),
        (999, "999"),
        (1_500_000_000_000, "1.50 T"),
    ],
)
def test_parameters_in_three_digits(params: int | None, text: str) -> None:
    assert columns.params_short(params) == text


def test_sure_stars_are_full_and_possible_ones_hatched() -> None:
    assert columns.stars_drawn(public_row(stars=3)) == ("full",) * 3 + ("none",) * 2
    unsure = public_row(stars=4, stars_low=3, stars_high=4)
    assert columns.stars_drawn(unsure) == ("full",) * 3 + ("part", "none")
    assert columns.stars_text(unsure) == "4 of 5 stars, could be 3–4"


def test_a_range_inside_one_star_is_no_range() -> None:
    assert columns.stars_text(public_row(stars=4, stars_low=4, stars_high=4)) == "4 of 5 stars"


def test_a_row_without_stars_says_why() -> None:
    row = public_row(stars=None, not_rated="not rated (3 of 10)")
    assert columns.stars_text(row) == "not rated (3 of 10)"
    assert columns.stars_drawn(row) == ()


def test_empty_columns_are_left_out_unless_sorted_by() -> None:
    row = public_row(quality=None, licence=None)
    assert "quality" not in keys([row], ViewState())
    assert "quality" in keys([row], ViewState(sort="quality"))
    assert "openness" not in keys([row], ViewState())
    assert "openness" in keys([public_row(quality=None)], ViewState()), "a licence stands beside the meter"
    assert keys([row], ViewState())[:3] == ["model", "energy", "stars"]


def test_provenance_is_a_column_only_where_rows_differ() -> None:
    one, other = public_row(), public_row("a/b", provenance="attested")
    assert "provenance" not in keys([one], ViewState())
    assert "provenance" in keys([one, other], ViewState())
    assert heads.only_provenance([one, other]) is None


def test_a_second_click_turns_the_order_round() -> None:
    stars = next(column for column in columns.COLUMNS if column.key == "stars")
    view = ViewState(task="reasoning")
    assert heads.sort_href(view, stars) == "/?task=reasoning&sort=stars&order=desc"
    assert heads.sort_href(view.changed(sort="stars", order="desc"), stars) == "/?task=reasoning&sort=stars"
    assert heads.sorted_by(view, stars) is None
    assert heads.sorted_by(view.changed(sort="stars"), stars) == "ascending"


@given(st.lists(energies, min_size=1), energies)
def test_the_scale_stays_inside_and_keeps_the_order(found: list[float], other: float) -> None:
    scale = columns.Scale.over(found)
    assert scale is not None
    assert all(4 <= scale.at(energy) <= 100 for energy in [*found, other])
    ordered = sorted(found)
    assert all(scale.at(a) <= scale.at(b) for a, b in itertools.pairwise(ordered))


def test_an_interval_is_a_band_on_the_same_scale() -> None:
    scale = columns.Scale(1, 100)
    row = public_row(energy_wh_per_1000=10, energy_low=1, energy_high=100)
    assert scale.at(10) == 52
    assert scale.band(row) == (4, 96)
    assert scale.band(public_row()) is None
    assert columns.Scale.over([]) is None


def test_a_choice_of_columns_is_shown_as_it_is_and_fits_narrow_screens() -> None:
    asked = ("model", "params", "power", "latency", "library", "cell_size", "precision", "measured_at")
    shown = heads.shown_columns([public_row()], ViewState(columns=asked))
    assert {column.key for column in shown} == set(asked)
    assert [column.priority for column in shown] == [1, 1, 1, 2, 2, 2, 3, 3]


def test_what_is_opt_in_is_not_shown_unasked() -> None:
    row = public_row(library="transformers", latency_s=1.0, mean_power_w=300.0)
    extra = {column.key for column in columns.COLUMNS if column.extra}
    assert {"library", "latency", "power", "queries_per_kwh", "cell_size", "active_params"} <= extra
    assert not extra & set(keys([row], ViewState()))


def test_figures_of_opt_in_columns() -> None:
    row = public_row(
        energy_wh_per_1000=4.2, latency_s=0.1234, mean_power_w=345.6, cell_size=12, active_params=3 * 10**9
    )
    told = {column.key: column.text(row) for column in columns.COLUMNS}
    assert (told["queries_per_kwh"], told["latency"], told["power"]) == ("238,000", "0.123", "346")
    assert (told["cell_size"], told["active_params"], told["library"]) == ("12", "3.00 B", "–")


def test_quality_says_its_metric_once_and_sorts_the_better_way_first() -> None:
    rows = [
        public_row(quality=0.2, quality_metric="WER"),
        public_row("a/b", quality=0.31, quality_metric="WER"),
    ]
    shown = heads.told(heads.shown_columns(rows, ViewState()), rows, "automatic-speech-recognition")
    quality = next(column for column in shown if column.key == "quality")
    assert (quality.unit, quality.first, quality.text(rows[0])) == ("WER, less is better", "asc", "0.200")
    mixed = [*rows, public_row("a/c", quality=0.5, quality_metric="accuracy")]
    shown = heads.told(heads.shown_columns(mixed, ViewState()), mixed, "automatic-speech-recognition")
    assert next(column for column in shown if column.key == "quality").text(rows[0]) == "0.200 WER"


def test_queries_per_kilowatt_hour_sort_by_energy_the_other_way_round() -> None:
    column = next(column for column in columns.COLUMNS if column.key == "queries_per_kwh")
    assert heads.sort_href(ViewState(sort="model"), column) == "/"
    assert heads.sorted_by(ViewState(), column) is None, "aria-sort stands at one column alone"


def test_a_column_without_an_index_is_plainly_not_sortable() -> None:
    view = ViewState(task="reasoning")
    power = next(column for column in columns.COLUMNS if column.key == "power")
    assert heads.sort_href(view, power) == view.href
    assert heads.sorted_by(view, power) is None


def test_every_column_has_its_help() -> None:
    assert set(columns.KEYS) <= set(texts.sections("help"))


def test_bars_side_by_side_are_as_long_as_their_energies() -> None:
    scale = columns.FromZero.over([4.2, 9.29, 11.8])
    assert scale is not None
    assert [scale.at(energy) for energy in (4.2, 9.29, 11.8)] == [35.6, 78.7, 100]
    alone = columns.FromZero.over([7.0])
    assert alone is not None and alone.at(7.0) == 100
    assert scale.at(0.001) == 0.5
