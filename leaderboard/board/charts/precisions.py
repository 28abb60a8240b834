"""Energy per query against batch for one model on one card, a line for each precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leaderboard.board.charts import Series, Shape, Still
from leaderboard.board.charts.batches import Look, batch_plot, gain_words, marks_of, times_less
from leaderboard.board.charts.drawing import still
from leaderboard.board.sweep import series_of, series_words
from leaderboard.efficiency import Gain

WIDE = 620
"""Beside the table of the same figures, CSS pixels."""
_SHAPES: tuple[Shape, ...] = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_COLOURS = ("var(--accent)", "var(--ink)", "var(--warn)", "var(--bad)", "var(--bar)", "var(--muted)")


def sweep_drawing(gain: Gain, card: str) -> Still:
    """A shape for each precision (and count of GPUs), the most frugal ones; the best filled and named."""
    several = len({row.gpus for row in gain.rows}) > 1
    times = times_less(gain)
    said = (
        "least"
        if times is None or gain.smallest is None
        else f"×{times:.1f} less than batch {gain.smallest.batch}"
    )
    marks = [mark for _, mark in marks_of(gain, lambda row: series_words(series_of(row, several)), said)]
    names = dict.fromkeys(mark["series"] for mark in sorted(marks, key=lambda mark: mark["energy"]))
    series = tuple(map(Series, names, _COLOURS, _SHAPES))
    drawn = {one.name for one in series}
    rows = [mark for mark in marks if mark["series"] in drawn]
    look = Look(height=280, joules="~g", legend_columns=2, named={"align": _align(rows)})
    return still(
        lambda width: batch_plot(rows, series, look, width),
        f"Energy per query of {gain.model} on {card} against batch: {gain_words(gain)}.",
        WIDE,
    )


def _align(rows: Sequence[dict[str, Any]]) -> str:
    """Of the words beside the best, so that they end within the frame."""
    batches = sorted({row["batch"] for row in rows})
    return (
        "right" if any(row["best"] and row["batch"] > batches[len(batches) // 2] for row in rows) else "left"
    )
