"""Freezing an edition and rating rows against frozen bands (METHOD §5, §6)."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leaderboard.domain import Cell, Provenance, Rating, Rule
from leaderboard.rating.edition import freeze, rate
from tests import builders


def row(name: str, energy: float, **fields: Any) -> Rating:
    return builders.rating(
        f"org/{name}", **{"energy_wh_per_1000": energy, "stars": None, "cell_size": 0, **fields}
    )


def ladder(count: int = 10, **fields: Any) -> list[Rating]:
    """Models m1, m2 … at 4, 16, 64 …: the first edge is 32, the second 512."""
    return [row(f"m{rank}", 4.0**rank, **fields) for rank in range(1, count + 1)]


CELL = ladder(1)[0].cell
KEY = "sentence-similarity/cpu//offline-b1/off"


def test_all_models_of_a_cell_are_its_references() -> None:
    bands = freeze(ladder(), Rule.QUINTILE)
    assert list(bands) == [CELL]
    assert len(bands[CELL].references) == 10
    rated = rate(ladder(), bands, Rule.QUINTILE)
    assert [one.stars for one in rated] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert {one.cell_size for one in rated} == {10}
    assert {one.not_rated for one in rated} == {""}


def test_a_small_cell_says_how_small() -> None:
    rows = ladder(9)
    assert freeze(rows, Rule.QUINTILE) == {}
    rated = rate(rows, {}, Rule.QUINTILE)
    assert {(one.stars, one.not_rated, one.cell_size) for one in rated} == {(None, "not rated (9 of 10)", 9)}


def test_enough_models_without_bands_wait_for_the_freeze() -> None:
    for rule in Rule:
        rated = rate(ladder(10), {}, rule)
        assert {one.not_rated for one in rated} == {"not rated: the bands of its cell are not frozen yet"}


def test_only_listed_models_make_the_bands() -> None:
    rows = [*ladder(), row("flood", 1.0)]
    listed = {KEY: [f"org/m{rank}" for rank in range(1, 11)] + ["org/not-measured"]}
    bands = freeze(rows, Rule.QUINTILE, listed)
    assert bands == freeze(ladder(), Rule.QUINTILE)
    assert rate(rows, bands, Rule.QUINTILE)[-1].stars == 5
    assert freeze(rows, Rule.QUINTILE, {}) == {}
    assert rate(rows, {}, Rule.QUINTILE, {})[0].not_rated == "not rated (0 of 10)"
    assert rate(rows, {}, Rule.QUINTILE, {KEY: ["org/m1"]})[0].not_rated == "not rated (1 of 10)"


def test_a_model_counts_once_by_its_most_frugal_row() -> None:
    rows = [row("one", 2.0**power, precision=f"p{power}") for power in range(10)]
    assert freeze(rows, Rule.QUINTILE) == {}
    assert rate(rows, {}, Rule.QUINTILE)[0].not_rated == "not rated (1 of 10)"
    twice = [*ladder(), row("m10", 5.0, precision="bf16")]
    (bands,) = freeze(twice, Rule.QUINTILE).values()
    energies = {reference.model: reference.energy for reference in bands.references}
    assert len(bands.references) == 10
    assert energies["org/m10"] == 5.0


def test_under_range_every_row_counts() -> None:
    rows = [row("one", 1.0), row("one", 6.0, precision="bf16"), row("two", 2.0)]
    bands = freeze(rows, Rule.RANGE)
    rated = rate(rows, bands, Rule.RANGE)
    assert [(one.stars, one.cell_size) for one in rated] == [(5, 3), (1, 3), (4, 3)]
    assert {one.rule for one in rated} == {Rule.RANGE}


def test_other_configurations_stand_beside_without_stars() -> None:
    other = row("m1", 0.001, best=False, configuration="batch 64")
    rows = [*ladder(), other]
    bands = freeze(rows, Rule.QUINTILE)
    assert bands == freeze(ladder(), Rule.QUINTILE)
    rated = rate(rows, bands, Rule.QUINTILE)[-1]
    assert (rated.stars, rated.not_rated, rated.cell_size) == (None, "", 10)
    assert rate([other], {}, Rule.QUINTILE)[0].not_rated == ""


def test_an_attested_figure_has_no_stars_and_moves_no_scale() -> None:
    forged = row("forged", 0.001, provenance=Provenance.ATTESTED)
    rows = [*ladder(), forged]
    bands = freeze(rows, Rule.QUINTILE)
    assert bands == freeze(ladder(), Rule.QUINTILE)
    rated = rate(rows, bands, Rule.QUINTILE)[-1]
    assert rated.stars is None
    assert rated.not_rated == "attested by its submitter, not measured by us"


def test_cells_do_not_mix() -> None:
    on = ladder(10, task="reasoning", reasoning="high", model_class="A")
    off = ladder(10, task="reasoning", model_class="A")
    other_class = ladder(3, task="reasoning", model_class="B")
    rows = [row for trio in zip(on, off, strict=True) for row in trio] + other_class
    bands = freeze(rows, Rule.QUINTILE)
    assert {(cell.reasoning, cell.model_class) for cell in bands} == {("on", "A"), ("off", "A")}
    rated = rate(rows, bands, Rule.QUINTILE)
    assert [one.id for one in rated] == [one.id for one in rows]
    assert [one.stars for one in rated[:20:2]] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert {one.not_rated for one in rated[20:]} == {"not rated (3 of 10)"}


def test_every_way_of_reasoning_stands_in_one_cell() -> None:
    rows = [
        row(f"m{place}", 4.0**place, task="reasoning", reasoning=("on", "low", "high")[place % 3])
        for place in range(1, 11)
    ]
    assert [cell.reasoning for cell in freeze(rows, Rule.QUINTILE)] == ["on"]


def test_an_interval_gives_a_star_range() -> None:
    rows = ladder()
    bands = freeze(rows, Rule.QUINTILE)
    crossing = row("new", 31.0, energy_low=29.0, energy_high=33.0)
    inside = row("newer", 20.0, energy_low=19.0, energy_high=21.0)
    first, second = rate([crossing, inside], bands, Rule.QUINTILE)
    assert (first.stars, first.stars_low, first.stars_high) == (5, 4, 5)
    assert (second.stars, second.stars_low, second.stars_high) == (5, 5, 5)
    assert rate(rows, bands, Rule.QUINTILE)[0].stars_low is None


def test_rating_again_replaces_what_was_there() -> None:
    bands = freeze(ladder(), Rule.QUINTILE)
    once = rate([row("new", 31.0, energy_low=29.0, energy_high=33.0)], bands, Rule.QUINTILE)
    assert rate(once, bands, Rule.QUINTILE) == once
    again = rate(once, {}, Rule.QUINTILE)[0]
    assert (again.stars, again.stars_low, again.stars_high) == (None, None, None)
    assert again.not_rated == "not rated (1 of 10)"


@given(st.lists(st.floats(min_value=1e-300, max_value=1e300), max_size=20))
def test_a_new_row_never_moves_a_frozen_band(energies: list[float]) -> None:
    rows = ladder()
    bands = freeze(rows, Rule.QUINTILE)
    before = rate(rows, bands, Rule.QUINTILE)
    newcomers = [row(f"new-{place}", energy) for place, energy in enumerate(energies)]
    after = rate([*newcomers, *rows], bands, Rule.QUINTILE)
    assert after[len(newcomers) :] == before
    assert all(one.stars in range(1, 6) and one.cell_size == 10 for one in after)


def test_rated_rows_are_valid_rows() -> None:
    rows = [*ladder(), row("flag", 3.0, provenance=Provenance.ATTESTED), row("m1", 9.0, best=False)]
    bands = freeze(rows, Rule.QUINTILE)
    for one in [*rate(rows, bands, Rule.QUINTILE), *rate(rows, {}, Rule.QUINTILE)]:
        assert Rating.model_validate(one.model_dump()) == one


def test_nothing_to_freeze_and_nothing_to_rate() -> None:
    assert freeze([], Rule.RANGE) == {}
    assert rate([], {}, Rule.RANGE) == []
    assert isinstance(CELL, Cell)
