"""Axes of charts: their ends, the round numbers between them, and those that a browser moves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

Ends = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """An axis that can be zoomed: its signal holds the two ends."""

    signal: str
    scale: Literal["log", "linear"]
    ends: Ends
    most: int = 0
    """Round numbers at most, where they are found by our own rule (`log_ticks`); 0: by Vega's."""

    @property
    def ticks(self) -> str:
        """The signal that holds the round numbers."""
        return f"{self.signal}_ticks"


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between two ends, above zero: 1, 2, 5, 10 … where they fit, else fewer."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [
            step * 10.0**power for power in decades for step in steps if low <= step * 10.0**power <= high
        ]
        if len(found) <= most + 1:
            return found
    return found[:: -(-len(found) // most)]


def ends_of(axis: Axis) -> Any:
    """An axis' ends as a scale's domain that the browser can move."""
    return alt.ExprRef(axis.signal)


def apart(numbers: Sequence[int], times: float) -> list[int]:
    """Of rising numbers those that have room, each at least so many times the one before."""
    shown: list[int] = []
    for number in numbers:
        if not shown or number >= shown[-1] * times:
            shown.append(number)
    return shown
