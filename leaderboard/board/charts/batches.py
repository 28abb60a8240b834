"""Energy per query against batch, a line and a shape for each series: cards, or precisions of one card."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt

from leaderboard.board.charts import Series
from leaderboard.board.charts.scales import Axis, apart, ends_of, log_ticks
from leaderboard.board.charts.theme import HALO, POINTS, seen, themed, values
from leaderboard.domain import Rating, joules_per_query, three_significant
from leaderboard.efficiency import Gain

NARROW = 500
"""Below it a plot has room for fewer words, CSS pixels."""
_MOST_ROUND = 7
_WORTH = 1.05
"""Below it a factor is 1.0 as people read it."""


@dataclass(frozen=True)
class Look:
    """Where two pages want it otherwise."""

    height: int
    joules: str
    """Format of the numbers upwards."""
    legend_columns: int
    """On a narrow screen."""
    named: Mapping[str, Any] = field(default_factory=dict)
    """Where the words of the best marks stand."""


def marks_of(
    gain: Gain, series: Callable[[Rating], str], said: str
) -> Iterator[tuple[Rating, dict[str, Any]]]:
    """Rows that tell their batch, each with its mark; `said` stands beside the best of them."""
    best, least = gain.best.id, dict[tuple[str, int], Rating]()
    rows = [(series(row), row.batch, row) for row in gain.rows if row.batch is not None]
    for name, batch, row in rows:
        first = least.setdefault((name, batch), row)
        if row.energy_wh_per_1000 < first.energy_wh_per_1000:
            least[name, batch] = row
    for name, batch, row in rows:
        yield (
            row,
            {
                "series": name,
                "batch": batch,
                "energy": joules_per_query(row.energy_wh_per_1000),
                "best": row.id == best,
                "least": least[name, batch].id == row.id,
                "said": said,
            },
        )


def times_less(gain: Gain) -> float | None:
    """How many times less the best takes than the smallest batch; None: as much, as people read it."""
    return gain.times_less if gain.smallest and (gain.times_less or 0) >= _WORTH else None


def gain_words(gain: Gain) -> str:
    """What a gain's marks show, for who cannot see them."""
    least = three_significant(joules_per_query(gain.best.energy_wh_per_1000))
    words = f"the least is {least} J per query, at {gain.best.configuration or f'batch {gain.best.batch}'}"
    times = times_less(gain)
    if times is not None and gain.smallest is not None:
        words += f", {times:.1f} times less than batch {gain.smallest.batch}"
    return words


def batch_axes(rows: Sequence[Mapping[str, Any]]) -> list[Axis]:
    """The axes that a browser may move."""
    batches, energies = [row["batch"] for row in rows], [row["energy"] for row in rows]
    return [
        Axis("x_domain", "log", (min(batches) / 1.3, max(batches) * 1.3)),
        Axis("y_domain", "log", (min(energies) / 1.6, max(energies) * 1.3), most=_MOST_ROUND),
    ]


def batch_plot(
    rows: Sequence[Mapping[str, Any]],
    series: Sequence[Series],
    look: Look,
    width: int,
    axes: Sequence[Axis] | None = None,
) -> Any:
    """Both axes logarithmic; a line through the least energy of each batch; the best filled and named.

    Args:
        rows: marks (`marks_of`), with `words` for who points at them where axes move.
        series: all that the marks are of.
        width: of the plot, CSS pixels.
        axes: where a browser moves them, x and y; None: a drawing that stays as it is.
    """
    live = axes is not None
    x, y = _encodings(rows, look, width, axes)
    names = [one.name for one in series]
    legend = alt.Legend(
        title=None, orient="top", columns=look.legend_columns if width < NARROW else 0, symbolStrokeWidth=2
    )
    colour = alt.Color(
        "series:N",
        scale=alt.Scale(domain=names, range=[one.colour for one in series]),
        legend=None if live else legend,
    )
    shape = alt.Shape(
        "series:N", scale=alt.Scale(domain=names, range=[one.shape for one in series]), legend=None
    )

    def layer(some: Sequence[Mapping[str, Any]], opacity: float = 1.0, **more: Any) -> Any:
        chart = alt.Chart(values(some), **more).encode(x=x, y=y, color=colour)
        return chart.encode(opacity=seen("series", opacity)) if live else chart

    best = [row for row in rows if row["best"]]
    layers = [
        layer([row for row in rows if row["least"]]).mark_line(strokeWidth=1.5, clip=live),
        layer(rows, 0.9, name=POINTS)
        .mark_point(size=60, filled=False, strokeWidth=1.5, opacity=0.9, clip=live)
        .encode(shape=shape),
        layer(best).mark_point(size=170, filled=True, opacity=1, clip=live).encode(shape=shape),
        *_named(best, layer, {**look.named, "clip": live}, width),
    ]
    return themed(alt.layer(*layers).properties(width=width, height=look.height))


def _encodings(
    rows: Sequence[Mapping[str, Any]], look: Look, width: int, axes: Sequence[Axis] | None
) -> tuple[Any, Any]:
    live = axes is not None
    x_axis, y_axis = axes or batch_axes(rows)
    x_domain, y_domain = (ends_of(axis) if live else list(axis.ends) for axis in (x_axis, y_axis))
    batches = apart(sorted({row["batch"] for row in rows}), 2.6 if width < NARROW else 1.3)
    round_numbers = alt.ExprRef(y_axis.ticks) if live else log_ticks(*y_axis.ends, y_axis.most)
    return (
        alt.X(
            "batch:Q",
            title="Batch, or requests at once",
            scale=alt.Scale(type="log", domain=x_domain, nice=False),
            axis=alt.Axis(values=batches, format="d", grid=False, labelFlush=False, labelOverlap=live),
        ),
        alt.Y(
            "energy:Q",
            title="J per query",
            scale=alt.Scale(type="log", domain=y_domain, nice=False),
            axis=alt.Axis(values=round_numbers, format=look.joules, labelOverlap=True),
        ),
    )


def _named(
    best: Sequence[Mapping[str, Any]], layer: Callable[..., Any], look: Mapping[str, Any], width: int
) -> list[Any]:
    """The lowest has its words below, the others above, each on a halo: marks and lines stay off them."""
    lowest = min(best, key=lambda row: row["energy"], default=None)
    above = -28 if width < NARROW else -17
    return [
        layer([row for row in best if (row is lowest) == below])
        .mark_text(dy=20 if below else above, fontSize=13, fontWeight="bold", **look, **under)
        .encode(text="said:N")
        for under in (HALO, {})
        for below in (True, False)
    ]
