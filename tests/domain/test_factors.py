"""A factor has a value that it believes itself."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from leaderboard.domain import Factor

GOOD: dict[str, Any] = {
    "id": "grid-intensity",
    "title": "Emissions of the grid",
    "value": 473,
    "unit": "g CO₂e per kWh",
    "least": 0,
    "most": 2000,
    "formula": "CO₂e = energy × emissions",
    "source": "somebody, somewhere",
    "year": 2024,
}


def test_a_factor_s_parameter_is_its_id_as_programs_write_it() -> None:
    assert Factor(**GOOD).parameter == "grid_intensity"


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": 2001},
        {"least": 500},
        {"value": 0},
        {"value": float("nan")},
        {"most": float("inf")},
        {"year": 24},
    ],
)
def test_a_value_outside_its_limits_or_no_number_cannot_be_held(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Factor(**{**GOOD, **wrong})


@pytest.mark.parametrize("name", ["source", "year", "unit", "formula"])
def test_a_bare_number_is_no_factor(name: str) -> None:
    with pytest.raises(ValidationError):
        Factor(**{key: value for key, value in GOOD.items() if key != name})
