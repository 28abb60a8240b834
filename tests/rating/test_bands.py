"""Bands out of reference models (METHOD §5)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.domain import Bands, Reference, Rule
from leaderboard.rating.bands import TOO_CLOSE, make_bands

ENERGIES = st.floats(min_value=1e-300, max_value=1e300)
MANY = st.lists(ENERGIES, min_size=10, max_size=40)


def references(energies: Sequence[float]) -> list[Reference]:
    return [Reference(model=f"org/model-{place}", energy=energy) for place, energy in enumerate(energies)]


def made(rule: Rule, energies: Sequence[float]) -> Bands:
    bands = make_bands(rule, references(energies))
    assert bands is not None
    return bands


@pytest.mark.parametrize(
    ("n", "ranks"),
    [(10, (2, 4, 6, 8)), (11, (2, 4, 7, 9)), (12, (2, 5, 7, 10)), (13, (3, 5, 8, 10)), (15, (3, 6, 9, 12))],
)
def test_edges_lie_between_the_ranks_that_the_method_lists(n: int, ranks: tuple[int, ...]) -> None:
    energies = [4.0**rank for rank in range(1, n + 1)]
    edges = [edge for edge, _ in made(Rule.QUINTILE, energies).edges]
    # Between 4^r and 4^(r+1) the geometric mean is 2·4^r, exactly.
    assert edges == [2 * 4.0**rank for rank in ranks]


def test_stars_fall_along_the_edges() -> None:
    assert [star for _, star in made(Rule.QUINTILE, [2.0**n for n in range(10)]).edges] == [5, 4, 3, 2]


def test_fewer_than_ten_make_no_quintile_bands() -> None:
    assert make_bands(Rule.QUINTILE, references([1.0] * 9)) is None
    assert make_bands(Rule.QUINTILE, references([1.0] * 10)) is not None


def test_range_bands_are_the_ends_of_the_cell() -> None:
    bands = made(Rule.RANGE, [3.0, 1.0, 2.0])
    assert (bands.low, bands.high, bands.edges) == (1.0, 3.0, ())
    assert make_bands(Rule.RANGE, []) is None


def test_a_tie_puts_the_edge_on_it() -> None:
    energies = [1.0, 10.0, 10.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0]
    assert made(Rule.QUINTILE, energies).edges[0] == (10.0, 5)


@pytest.mark.parametrize(
    ("edges", "stars_left", "not_given"),
    [
        # Ranks 2|3, 4|5, 6|7, 8|9 hold equal pairs, so the edges are exactly these.
        ((1.0, 2.0, 3.0, 4.0), (5, 4, 3, 2), ()),
        ((1.0, 1.05, 3.0, 4.0), (5, 3, 2), (4,)),
        ((1.0, 2.0, 2.1, 4.0), (5, 4, 2), (3,)),
        ((1.0, 2.0, 3.0, 3.1), (5, 4, 3), (2,)),
        # The higher one goes, and the next is compared with the one that stayed.
        ((1.0, 1.06, 1.12, 4.0), (5, 3, 2), (4,)),
        ((1.0, 1.04, 1.08, 1.09), (5,), (4, 3, 2)),
        ((1.0, 1.0, 1.0, 1.0), (5,), (4, 3, 2)),
        # Exactly 1.10× apart is far enough.
        ((10.0, 11.0, 20.0, 30.0), (5, 4, 3, 2), ()),
    ],
)
def test_edges_too_close_are_merged_from_the_frugal_end(
    edges: tuple[float, ...], stars_left: tuple[int, ...], not_given: tuple[int, ...]
) -> None:
    first, second, third, fourth = edges
    energies = [first / 2, first, first, second, second, third, third, fourth, fourth, fourth * 2]
    bands = made(Rule.QUINTILE, energies)
    assert tuple(star for _, star in bands.edges) == stars_left
    assert bands.not_given == not_given
    assert tuple(edge for edge, _ in bands.edges) == tuple(
        edge for edge, star in zip(edges, (5, 4, 3, 2), strict=True) if star in stars_left
    )


@given(MANY)
def test_kept_edges_are_apart_and_between_their_neighbours(energies: list[float]) -> None:
    ordered = sorted(energies)
    bands = made(Rule.QUINTILE, energies)
    for (low, _), (high, _) in zip(bands.edges, bands.edges[1:], strict=False):
        assert high / low >= TOO_CLOSE
    for edge, star in bands.edges:
        rank = round(len(energies) * (6 - star) / 5)
        low, high = ordered[rank - 1], ordered[rank]
        if math.nextafter(low, math.inf) < high:
            assert low < edge < high
        else:
            assert edge == low
        assert edge == pytest.approx(math.sqrt(low) * math.sqrt(high), rel=1e-12)


@given(st.permutations([3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.0, 35.0, 8.0, 9.7, 9.3]), st.sampled_from(Rule))
def test_the_order_of_the_references_makes_no_difference(energies: list[float], rule: Rule) -> None:
    named = [Reference(model=f"org/{energy}", energy=energy) for energy in energies]
    ordered = sorted(named, key=lambda reference: reference.energy)
    assert make_bands(rule, named) == make_bands(rule, ordered)


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (1e-300, 1.1e-300),
        (1e-300, 1e300),
        (1e300, 1.7e308),
        (5e-324, 1.5e-323),
        (5e-324, 1e-323),
        (1.0, math.nextafter(1.0, 2.0)),
        # Neighbours whose computed mean rounds to the upper one.
        (1.2106124862367347, math.nextafter(1.2106124862367347, 2.0)),
        (math.nextafter(2.0, 1.0), 2.0),
        (math.nextafter(2.0, 1.0), math.nextafter(2.0, 3.0)),
        (0.1, math.nextafter(math.nextafter(0.1, 1.0), 1.0)),
    ],
)
def test_an_edge_between_huge_tiny_and_neighbouring_energies(low: float, high: float) -> None:
    (edge, _), *_ = made(Rule.QUINTILE, [low, low] + [high] * 8).edges
    if math.nextafter(low, math.inf) < high:
        assert low < edge < high
    else:
        assert edge == low
