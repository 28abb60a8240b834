"""A row on the line of its cell."""

from __future__ import annotations

import pytest

from leaderboard.board.model_strip import strip
from leaderboard.domain import Bands, Rule
from tests import builders


def test_the_row_stands_in_the_zone_of_its_stars() -> None:
    for energy, stars in ((0.05, 5), (0.15, 4), (0.25, 3), (0.35, 2), (0.49, 1)):
        line = strip(builders.rating("a/b", energy_wh_per_1000=energy, stars=stars), builders.bands())
        assert line is not None
        zone = next(zone for zone in line.zones if zone.stars == stars)
        assert zone.left <= line.here <= zone.left + zone.width
        assert len(line.others) == 10


def test_zones_fill_the_line_from_left_to_right() -> None:
    line = strip(builders.rating(energy_wh_per_1000=0.3), builders.bands())
    assert line is not None
    assert [zone.stars for zone in line.zones] == [5, 4, 3, 2, 1]
    assert sum(zone.width for zone in line.zones) == pytest.approx(100, abs=0.3)
    assert (line.low_wh, line.high_wh) == (0.05, 0.5)


def test_a_row_outside_the_references_is_on_the_line_too() -> None:
    line = strip(builders.rating(energy_wh_per_1000=5.0, stars=1), builders.bands())
    assert line is not None
    assert (line.high_wh, line.here) == (5.0, 97.0)


def test_it_does_not_count_itself_and_knows_range() -> None:
    row = builders.rating("org/model-3", energy_wh_per_1000=0.2, rule=Rule.RANGE)
    bands = Bands(rule=Rule.RANGE, low=0.05, high=0.5, references=builders.bands().references)
    line = strip(row, bands)
    assert line is not None
    assert len(line.others) == 9
    zone = next(zone for zone in line.zones if zone.left <= line.here <= zone.left + zone.width)
    assert zone.stars == 4


def test_without_stars_or_spread_there_is_no_line() -> None:
    assert strip(builders.rating(stars=None), builders.bands()) is None
    assert strip(builders.rating(), None) is None
    one = builders.bands().references[0]
    alone = Bands(rule=Rule.RANGE, low=one.energy, high=one.energy, references=(one,))
    assert strip(builders.rating(energy_wh_per_1000=one.energy), alone) is None
