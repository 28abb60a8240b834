"""The Pareto front of a place: models that no other beats in energy and in quality, or size, at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from leaderboard.board.compare import quality_direction
from leaderboard.domain import Rating

Against = Literal["quality", "params"]
Better = Literal["higher", "lower"]
MOST_NAMED = 10
"""Marks that a reader can tell apart."""
LOG_FROM = 10.0
"""Greatest over least from which an axis is logarithmic."""


@dataclass(frozen=True)
class Point:
    """One model in the plane."""

    rating: Rating
    x: float
    """Quality in the unit of its metric, or total parameters."""
    on_front: bool = False
    number: int | None = None
    """Its number on the drawing; None: it is drawn without one."""


@dataclass(frozen=True)
class Plane:
    """Models of one place by energy and one more property."""

    against: Against
    better: Better
    metric: str
    """Name of the quality metric; empty for parameters."""
    front: tuple[Point, ...]
    """Most frugal first."""
    beside: tuple[Point, ...]
    """Most frugal first."""
    left_out: tuple[str, ...]
    """Models whose quality or size is not known, or whose quality is in another metric."""

    @property
    def points(self) -> tuple[Point, ...]:
        """All of them, most frugal first."""
        return tuple(sorted((*self.front, *self.beside), key=lambda point: _energy(point.rating)))


def front(values: Sequence[tuple[float, float]], better: Better) -> list[bool]:
    """Which of (energy, x) no other beats: none takes as little or less energy, and is as good or better,
    with one of the two truly so. Equal pairs stand or fall together.

    Args:
        values: energy, where less is better, and x.
        better: whether higher or lower x is better.
    """
    sign = -1.0 if better == "higher" else 1.0
    order = sorted(range(len(values)), key=lambda place: (values[place][0], sign * values[place][1]))
    found = [False] * len(values)
    best = math.inf
    best_pair: tuple[float, float] | None = None
    for place in order:
        cost = sign * values[place][1]
        if cost < best:
            best, best_pair = cost, values[place]
            found[place] = True
        elif values[place] == best_pair:
            found[place] = True
    return found


def plane(rows: Sequence[Rating], against: Against) -> Plane:
    """Rows of one place in the plane. The quality metric is the one that most rows have."""
    metrics = [row.quality_metric or "" for row in rows if row.quality is not None]
    metric = max(sorted(set(metrics)), key=metrics.count) if metrics and against == "quality" else ""
    better: Better = "higher"
    if against == "quality" and rows and quality_direction(rows[0].task, metric) == "lower":
        better = "lower"
    points = [Point(row, x) for row in rows if (x := _x(row, against, metric)) is not None]
    marks = front([(_energy(point.rating), point.x) for point in points], better)
    there = sorted(
        (replace(point, on_front=True) for point, mark in zip(points, marks, strict=True) if mark),
        key=lambda point: _energy(point.rating),
    )
    named = _spread(len(there), MOST_NAMED)
    numbers = {place: number for number, place in enumerate(named, 1)}
    drawn = {id(point.rating) for point in points}
    return Plane(
        against,
        better,
        metric,
        tuple(replace(point, number=numbers.get(place)) for place, point in enumerate(there)),
        tuple(
            sorted(
                (point for point, mark in zip(points, marks, strict=True) if not mark),
                key=lambda point: _energy(point.rating),
            )
        ),
        tuple(dict.fromkeys(row.model for row in rows if id(row) not in drawn)),
    )


def is_log(values: Sequence[float]) -> bool:
    """Whether an axis over these is logarithmic: all above zero, and spread tenfold or more."""
    return bool(values) and min(values) > 0 and max(values) / min(values) >= LOG_FROM


def _energy(row: Rating) -> float:
    return row.energy_wh_per_1000


def _x(row: Rating, against: Against, metric: str) -> float | None:
    if against == "params":
        return None if row.params is None else float(row.params)
    return row.quality if (row.quality_metric or "") == metric else None


def _spread(count: int, most: int) -> list[int]:
    """At most `most` of `count` places, ends included, evenly apart."""
    if count <= most:
        return list(range(count))
    return sorted({round(place * (count - 1) / (most - 1)) for place in range(most)})
