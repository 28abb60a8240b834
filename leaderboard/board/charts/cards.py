"""Energy per query against batch for one model, a line and a shape for each card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from leaderboard.board.charts import Chart, Series, Shape
from leaderboard.board.charts.batches import (
    NARROW,
    Look,
    batch_axes,
    batch_plot,
    gain_words,
    marks_of,
    times_less,
)
from leaderboard.board.charts.drawing import Live, chart_of
from leaderboard.board.charts.scales import Axis
from leaderboard.domain import Rating, three_significant
from leaderboard.efficiency import Gain

_SHAPES: tuple[Shape, ...] = ("circle", "triangle-up", "square", "diamond", "cross")
_COLOURS = ("var(--accent)", "var(--ink)", "var(--warn)", "var(--bad)", "var(--bar)")


def batch_chart(found: Sequence[Gain], titles: Mapping[str, str]) -> Chart:
    """One model's configurations as a chart of the site; `titles`: hardware id → its name."""
    rows = [row for gain in found for row in _rows(gain, titles[gain.hardware])]
    names = dict.fromkeys(row["series"] for row in rows)
    series = tuple(map(Series, names, cycle(_COLOURS), cycle(_SHAPES)))

    def plot(width: int, axes: Sequence[Axis] | None) -> Any:
        align = "right" if width < NARROW else "center"
        look = Look(height=300, joules="~s", legend_columns=1, named={"align": align, "dx": 12})
        return batch_plot(rows, series, look, width, axes)

    return chart_of(
        plot,
        Live("xy", batch_axes(rows)),
        name="energy-against-batch",
        words=_words(found, titles),
        series=series,
        header=("Model", "Card", "Batch", "Configuration", "J per query"),
        rows=tuple(
            (found[0].model, row["series"], row["batch"], row["configuration"], row["energy"]) for row in rows
        ),
    )


def _words(found: Sequence[Gain], titles: Mapping[str, str]) -> str:
    said = ". ".join(f"{titles[gain.hardware]}: {gain_words(gain)}" for gain in found)
    return f"Energy per query of {found[0].model} against batch. {said}."


def _rows(gain: Gain, card: str) -> list[dict[str, Any]]:
    times = times_less(gain)
    marks = marks_of(gain, lambda _: card, "least" if times is None else f"×{times:.1f} less")
    return [
        {
            **mark,
            "configuration": row.configuration or row.precision or "",
            "words": _told(row, mark, card),
        }
        for row, mark in marks
    ]


def _told(row: Rating, mark: Mapping[str, Any], card: str) -> list[str]:
    latency = f", latency {three_significant(row.latency_s)} s" if row.latency_s is not None else ""
    return [
        f"{three_significant(mark['energy'])} J per query{latency}",
        f"batch {row.batch}, {card}{', the best on this card' if mark['best'] else ''}",
        row.configuration or row.precision or "",
    ]
