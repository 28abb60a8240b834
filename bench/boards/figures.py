"""What was measured against what was wanted."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One row of the table."""

    name: str
    value: float
    target: float
    at_least: bool = False
    """Whether more is better."""
    below: bool = False
    """Whether the target itself is too much."""
    unit: str = ""
    note: str = ""

    @property
    def ok(self) -> bool:
        if not math.isfinite(self.value):
            return False
        if self.at_least:
            return self.value >= self.target
        return self.value < self.target if self.below else self.value <= self.target

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "<" if self.below else "≤"
        value, target = (f"{number:,.4g}{self.unit}" for number in (self.value, self.target))
        note = f"  ({self.note})" if self.note else ""
        return f"{self.name:54} {value:>12} {sign} {target:<10} {'ok' if self.ok else 'short'}{note}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def median_ratio(pairs: Sequence[tuple[float, float]]) -> float:
    """The median of first over second: each pair was taken together, so what slows both does not count."""
    return statistics.median(first / second for first, second in pairs)


def verdict(figures: Sequence[Figure]) -> tuple[str, int]:
    """The last line, and the exit code."""
    reached = sum(figure.ok for figure in figures)
    word = "ok" if figures and reached == len(figures) else "short"
    return (
        f"board: {reached} of {len(figures)} within their targets (target all of them): {word}",
        0 if word == "ok" else 1,
    )
