"""The one place where units are converted. Stored: joules and seconds. Shown: Wh per 1,000 queries."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field

JOULES_PER_WH = 3600.0

EnergyJ = Annotated[float, Field(gt=0, allow_inf_nan=False, description="energy, joules")]
"""Joules above zero and finite: a missing, zero, negative or NaN reading cannot be held (METHOD §1)."""

EnergyWh = Annotated[float, Field(gt=0, allow_inf_nan=False, description="energy, Wh per 1,000 queries")]
PowerW = Annotated[float, Field(gt=0, allow_inf_nan=False, description="power, watts")]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False, description="duration, seconds")]
MonotonicS = Annotated[float, Field(ge=0, allow_inf_nan=False, description="CLOCK_MONOTONIC, seconds")]
Spread = Annotated[
    float, Field(ge=0, allow_inf_nan=False, description="an uncertainty, in the unit beside it")
]
Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]


def wh_per_1000(energy_per_query_j: float) -> float:
    """Joules per query → Wh per 1,000 queries."""
    return energy_per_query_j * 1000.0 / JOULES_PER_WH


def joules_per_query(energy_wh_per_1000: float) -> float:
    """Wh per 1,000 queries → joules per query."""
    return energy_wh_per_1000 * JOULES_PER_WH / 1000.0


def queries_per_kwh(energy_wh_per_1000: float) -> float:
    """Wh per 1,000 queries → how many queries one kilowatt-hour answers."""
    return 1000.0 * 1000.0 / energy_wh_per_1000


def three_significant(value: float | None) -> str:
    """A figure as people read it: three significant digits, thousands separators, no exponent.

    `None` → "–" (a missing figure is never a number). 0.0284 → "0.0284", 26819.64 → "26,800".
    """
    if value is None:
        return "–"
    if not math.isfinite(value):
        raise ValueError(f"not a finite figure: {value!r}")
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    # Rounding may carry into a new decade: 9.996 → 10.0, which has one digit less after the point.
    digits = 2 - math.floor(math.log10(abs(rounded)))
    return f"{rounded:,.{max(digits, 0)}f}"
