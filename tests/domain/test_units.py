"""Energy is a positive, finite number of joules, or it is not there."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from leaderboard.domain import joules_per_query, queries_per_kwh, three_significant, wh_per_1000
from tests import builders

FIGURES = st.floats(min_value=1e-9, max_value=1e12)


@given(FIGURES)
def test_conversion_there_and_back(energy_j: float) -> None:
    assert joules_per_query(wh_per_1000(energy_j)) == pytest.approx(energy_j, rel=1e-12)


def test_one_watt_hour_per_thousand_queries_is_three_point_six_joules_each() -> None:
    assert wh_per_1000(3.6) == pytest.approx(1.0)


def test_four_watt_hours_per_thousand_queries_are_250_000_queries_per_kilowatt_hour() -> None:
    assert queries_per_kwh(4.0) == pytest.approx(250_000)


@pytest.mark.parametrize("reading", [0.0, -80.0, math.nan, math.inf, -math.inf, None, "", "12 J"])
def test_a_bad_reading_cannot_be_held(reading: object) -> None:
    window = builders.window().model_dump()
    with pytest.raises(ValidationError):
        builders.window(**{**window, "energy_j": reading})
    with pytest.raises(ValidationError):
        builders.rating(energy_wh_per_1000=reading)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (26819.64, "26,800"),
        (0.0284, "0.0284"),
        (9.996, "10.0"),
        (999.6, "1,000"),
        (133.554, "134"),
        (-4.2, "-4.20"),
    ],
)
def test_three_significant_digits(value: float | None, text: str) -> None:
    assert three_significant(value) == text


@given(FIGURES)
def test_three_significant_is_within_half_a_percent(value: float) -> None:
    text = three_significant(value)
    assert "e" not in text
    assert float(text.replace(",", "")) == pytest.approx(value, rel=5.1e-3)


def test_three_significant_refuses_what_is_no_figure() -> None:
    with pytest.raises(ValueError, match="finite"):
        three_significant(math.nan)
