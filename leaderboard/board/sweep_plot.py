"""Energy per query against batch for one model on one card, a line for each precision, as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor, log10
from typing import Any, Literal

import altair as alt

from leaderboard.board.plots import themed
from leaderboard.board.sweep import Series, joules, series_of, series_words
from leaderboard.domain import Rating, three_significant
from leaderboard.efficiency import Gain

WIDE = 620
"""Beside the table of the same figures, CSS pixels."""
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_COLOURS = ("var(--accent)", "var(--ink)", "var(--warn)", "var(--bad)", "var(--bar)", "var(--muted)")
_WORTH = 1.05
"""Below it a factor is 1.0 as people read it."""


def sweep_plot(gain: Gain, width: int) -> Any:
    """Both axes logarithmic, a shape for each precision (and count of GPUs), the best filled and named."""
    several = len({row.gpus for row in gain.rows}) > 1
    points = list(_points(gain, several))
    names = list(dict.fromkeys(point["series"] for point in sorted(points, key=lambda one: one["energy"])))
    names = names[: len(_SHAPES)]
    points = [point for point in points if point["series"] in names]
    energies, batches = [point["energy"] for point in points], sorted({point["batch"] for point in points})
    low, high = min(energies) / 1.7, max(energies) * 1.3
    narrow = width < 500
    x = alt.X(
        "batch:Q",
        title="Batch, or requests at once",
        scale=alt.Scale(type="log", domain=[batches[0] / 1.25, batches[-1] * 1.25], nice=False),
        axis=alt.Axis(values=_ticks(batches, narrow), format="d", grid=False, labelFlush=False),
    )
    y = alt.Y(
        "energy:Q",
        title="J per query",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(values=list(_round_numbers(low, high)), format="~g"),
    )
    colour = alt.Color(
        "series:N",
        scale=alt.Scale(domain=names, range=list(_COLOURS[: len(names)])),
        legend=alt.Legend(title=None, orient="top", columns=2 if narrow else 0, symbolStrokeWidth=2),
    )
    shape = alt.Shape(
        "series:N", scale=alt.Scale(domain=names, range=list(_SHAPES[: len(names)])), legend=None
    )
    best = [point for point in points if point["best"]]
    halo: dict[str, Any] = {"stroke": "var(--bg)", "strokeWidth": 5, "strokeJoin": "round"}
    side: Literal["left", "right"] = (
        "right" if best and best[0]["batch"] > batches[len(batches) // 2] else "left"
    )
    layers = [
        alt.Chart(_values([point for point in points if point["least"]]))
        .mark_line(strokeWidth=1.5)
        .encode(x=x, y=y, color=colour),
        alt.Chart(_values(points))
        .mark_point(size=60, filled=False, strokeWidth=1.5, opacity=0.9)
        .encode(x=x, y=y, color=colour, shape=shape),
        alt.Chart(_values(best))
        .mark_point(size=170, filled=True, opacity=1)
        .encode(x=x, y=y, color=colour, shape=shape),
        *(
            alt.Chart(_values(best))
            .mark_text(align=side, dy=20, fontSize=13, fontWeight="bold", **under)
            .encode(x=x, y=y, text="words:N", color=colour)
            for under in (halo, {})
        ),
    ]
    return themed(alt.layer(*layers).properties(width=width, height=280))


def sweep_words(gain: Gain, title: str) -> str:
    """The plot in a sentence, for who cannot see it."""
    best, smallest = gain.best, gain.smallest
    said = f"Energy per query of {gain.model} on {title} against batch: the least is "
    said += f"{three_significant(joules(best))} J per query, at {_called(best)}"
    if smallest is not None and (gain.times_less or 0) >= _WORTH:
        said += f", {gain.times_less:.1f} times less than batch {smallest.batch}"
    return f"{said}."


def _points(gain: Gain, several: bool) -> Iterator[dict[str, Any]]:
    least: dict[tuple[Series, int], Rating] = {}
    for row in gain.rows:
        if row.batch is not None:
            key = series_of(row, several), row.batch
            if key not in least or row.energy_wh_per_1000 < least[key].energy_wh_per_1000:
                least[key] = row
    less = gain.times_less or 0
    smallest = gain.smallest.batch if gain.smallest else None
    for row in gain.rows:
        if row.batch is not None:
            series = series_of(row, several)
            yield {
                "series": series_words(series),
                "batch": row.batch,
                "energy": joules(row),
                "best": row.id == gain.best.id,
                "least": least[series, row.batch].id == row.id,
                "words": f"×{less:.1f} less than batch {smallest}" if less >= _WORTH else "least",
            }


def _called(row: Rating) -> str:
    return row.configuration or f"batch {row.batch}"


def _round_numbers(low: float, high: float) -> Iterator[float]:
    """1, 2 and 5 of each decade inside."""
    for power in range(floor(log10(low)), floor(log10(high)) + 1):
        for digit in (1, 2, 5):
            if low <= digit * 10.0**power <= high:
                yield digit * 10.0**power


def _ticks(batches: Sequence[int], narrow: bool) -> list[int]:
    """Batches that were run, as many as have room."""
    shown: list[int] = []
    for batch in batches:
        if not shown or batch >= shown[-1] * (2.6 if narrow else 1.3):
            shown.append(batch)
    return shown


def _values(rows: list[dict[str, Any]]) -> Any:
    return alt.InlineData(values=rows)
