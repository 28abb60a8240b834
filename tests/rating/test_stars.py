"""Stars of energies, by both rules (METHOD §5)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.domain import BadInput, Bands, Rule
from leaderboard.rating.stars import star, star_range, stars
from tests.rating.test_bands import made

ANY = st.floats(min_value=5e-324, max_value=1.7e308)
"""Every energy there can be."""
USUAL = st.floats(min_value=1e-9, max_value=1e9)
CELL = st.lists(USUAL, min_size=10, max_size=40)
WILD_CELL = st.lists(ANY, min_size=10, max_size=30)
RULES = st.sampled_from(Rule)


def quintile() -> Bands:
    """Edges 2·4^r: 32, 512, 8192, 131072."""
    return made(Rule.QUINTILE, [4.0**rank for rank in range(1, 11)])


def test_an_energy_on_an_edge_takes_the_better_star() -> None:
    bands = quintile()
    for edge, expected in bands.edges:
        assert star(edge, bands) == expected
        assert star(math.nextafter(edge, math.inf), bands) == expected - 1


def test_ten_models_far_apart_get_two_of_each() -> None:
    energies = [4.0**rank for rank in range(1, 11)]
    assert stars(energies, quintile()).tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]


def test_a_star_that_is_not_given() -> None:
    bands = made(Rule.QUINTILE, [0.5, 1.0, 1.0, 1.05, 1.05, 3.0, 3.0, 4.0, 4.0, 8.0])
    assert bands.not_given == (4,)
    assert stars([1.0, 1.05, 3.0, 4.0, 8.0], bands).tolist() == [5, 3, 3, 2, 1]


@pytest.mark.parametrize(
    ("energy", "expected"),
    [(0.1, 5), (10, 5), (11.99, 5), (12, 4), (14, 3), (16, 2), (18, 1), (20, 1), (1e300, 1)],
)
def test_range_is_five_bands_of_equal_width(energy: float, expected: int) -> None:
    assert star(energy, made(Rule.RANGE, [10.0, 20.0])) == expected


def test_range_of_one_energy() -> None:
    bands = made(Rule.RANGE, [10.0])
    assert stars([9.0, 10.0, 11.0], bands).tolist() == [5, 5, 1]


@given(st.lists(USUAL, min_size=2, max_size=20), st.lists(USUAL, min_size=1, max_size=20))
def test_range_is_the_formula(cell: list[float], others: list[float]) -> None:
    low, high = min(cell), max(cell)
    bands = made(Rule.RANGE, cell)
    for energy in cell + others:
        if low == high:
            expected = 5 if energy <= high else 1
        else:
            expected = 5 - min(4, max(0, math.floor(5 * (energy - low) / (high - low))))
        assert star(energy, bands) == expected


@pytest.mark.parametrize(
    ("low", "high", "middle"),
    [
        (1e300, 1.7e308, 8.5e307),
        (1e-300, 1e300, 5e299),
        (1e-300, 2e-300, 1.5e-300),
        (5e-324, 5e-323, 2.5e-323),
    ],
)
def test_range_of_huge_and_tiny_energies(low: float, high: float, middle: float) -> None:
    bands = made(Rule.RANGE, [low, high])
    assert [star(low, bands), star(middle, bands), star(high, bands)] == [5, 3, 1]
    assert star(1.7e308, bands) == 1


@given(WILD_CELL, ANY, RULES)
def test_every_energy_gets_one_to_five(cell: list[float], energy: float, rule: Rule) -> None:
    bands = made(rule, cell)
    for value in [energy, *cell, min(cell) / 2 or 5e-324, 5e-324, 1.7e308]:
        assert 1 <= star(value, bands) <= 5


@given(WILD_CELL, st.lists(ANY, min_size=1, max_size=20), RULES)
def test_more_energy_never_gets_more_stars(cell: list[float], others: list[float], rule: Rule) -> None:
    given_stars = stars(sorted(cell + others), made(rule, cell))
    assert (np.diff(given_stars) <= 0).all()


@given(CELL, RULES, st.data())
def test_the_order_of_the_rows_makes_no_difference(
    cell: list[float], rule: Rule, data: st.DataObject
) -> None:
    places = data.draw(st.permutations(range(len(cell))))
    shuffled = [cell[place] for place in places]
    before = stars(cell, made(rule, cell))
    assert stars(shuffled, made(rule, shuffled)).tolist() == before[places].tolist()


@given(CELL, RULES, st.integers(min_value=-900, max_value=900))
def test_units_that_differ_by_a_power_of_two_give_the_same_stars(
    cell: list[float], rule: Rule, exponent: int
) -> None:
    scaled = [math.ldexp(energy, exponent) for energy in cell]
    bands, scaled_bands = made(rule, cell), made(rule, scaled)
    assert stars(scaled, scaled_bands).tolist() == stars(cell, bands).tolist()
    assert [edge for edge, _ in scaled_bands.edges] == [math.ldexp(edge, exponent) for edge, _ in bands.edges]


@given(CELL, USUAL, RULES)
def test_equal_energies_share_a_star(cell: list[float], twin: float, rule: Rule) -> None:
    given_stars = stars([*cell, twin, twin], made(rule, [*cell, twin, twin]))
    assert given_stars[-1] == given_stars[-2]


@given(CELL)
def test_the_most_frugal_model_of_a_cell_has_five_stars(cell: list[float]) -> None:
    for rule in Rule:
        assert star(min(cell), made(rule, cell)) == 5


def test_the_shape_stays() -> None:
    assert stars(np.array([[1.0, 1e9], [40.0, 600.0]]), quintile()).tolist() == [[5, 1], [4, 3]]
    assert stars([], quintile()).tolist() == []


def test_the_stars_of_an_interval() -> None:
    bands = quintile()
    assert star_range(30.0, 34.0, bands) == (4, 5)
    assert star_range(33.0, 34.0, bands) == (4, 4)
    assert star_range(1.0, 1e9, bands) == (1, 5)


@pytest.mark.parametrize("energy", [0.0, -1.0, math.nan, math.inf, -math.inf])
def test_what_is_no_energy_has_no_stars(energy: float) -> None:
    for bands in (quintile(), made(Rule.RANGE, [1.0, 2.0])):
        with pytest.raises(BadInput, match="missing, zero, negative or not finite"):
            stars([1.0, energy], bands)
