"""Energy per query against batch for one model, a shape for each card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from math import floor, log10
from typing import Any

import altair as alt

from leaderboard.board.charts import Chart, Series, Shape
from leaderboard.board.plots import POINTS, Axis, Live, draw, ends_of, picture, seen, themed, values, vega
from leaderboard.domain import Rating, joules_per_query, three_significant
from leaderboard.efficiency import Gain

_SHAPES: tuple[Shape, ...] = ("circle", "triangle-up", "square", "diamond", "cross")
_COLOURS = ("var(--accent)", "var(--ink)", "var(--warn)", "var(--bad)", "var(--bar)")


def batch_chart(found: Sequence[Gain], titles: Mapping[str, str]) -> Chart:
    """One model's configurations as a chart of the site; `titles`: hardware id → its name."""
    rows = _rows(found, titles)
    words = batch_words(found, titles)
    axes = _axes(rows)
    return Chart(
        name="energy-against-batch",
        words=words,
        draw=lambda width: draw(batch_plot(rows, width), words),
        picture=lambda width: picture(batch_plot(rows, width), words),
        vega=lambda width: vega(batch_plot(rows, width, axes), Live("xy", axes)),
        series=tuple(
            Series(card, colour, shape)
            for card, colour, shape in zip(_cards(rows), cycle(_COLOURS), cycle(_SHAPES), strict=False)
        ),
        zooms=True,
        header=("Model", "Card", "Batch", "Configuration", "J per query"),
        rows=tuple(
            (found[0].model, row["card"], row["batch"], row["configuration"], row["energy"]) for row in rows
        ),
    )


def batch_plot(rows: Sequence[dict[str, Any]], width: int, axes: Sequence[Axis] | None = None) -> Any:
    """Both axes logarithmic; a line through the least energy of each batch; the best of each card filled.

    Args:
        rows: one model's configurations (see `_points`).
        width: of the plot, CSS pixels.
        axes: where a browser moves them, x and y; None: a drawing that stays as it is.
    """
    live = axes is not None
    cards = _cards(rows)
    batches = sorted({row["batch"] for row in rows})
    x_axis, y_axis = axes or _axes(rows)
    x_domain, y_domain = (ends_of(axis) if live else list(axis.ends) for axis in (x_axis, y_axis))
    x = alt.X(
        "batch:Q",
        title="Batch, or requests at once",
        scale=alt.Scale(type="log", domain=x_domain, nice=False),
        axis=alt.Axis(
            values=_ticks_of(batches, width), format="d", grid=False, labelFlush=False, labelOverlap=live
        ),
    )
    y = alt.Y(
        "energy:Q",
        title="J per query",
        scale=alt.Scale(type="log", domain=y_domain, nice=False),
        axis=alt.Axis(
            values=alt.ExprRef(y_axis.ticks) if live else list(_round_numbers(*y_axis.ends)),
            format="~s",
            labelOverlap=True,
        ),
    )
    legend = alt.Legend(title=None, orient="top", columns=1 if width < 500 else 0, symbolStrokeWidth=2)
    colour = alt.Color(
        "card:N",
        scale=alt.Scale(domain=cards, range=list(_COLOURS[: len(cards)])),
        legend=None if live else legend,
    )
    shape = alt.Shape("card:N", scale=alt.Scale(domain=cards, range=list(_SHAPES[: len(cards)])), legend=None)
    best = [row for row in rows if row["best"]]
    layers = [
        _base([row for row in rows if row["least"]], x, y, colour, live=live).mark_line(
            strokeWidth=1.5, clip=live
        ),
        _base(rows, x, y, colour, live=live, opacity=0.9, name=POINTS)
        .mark_point(size=60, filled=False, strokeWidth=1.5, opacity=0.9, clip=live)
        .encode(shape=shape),
        _base(best, x, y, colour, live=live)
        .mark_point(size=170, filled=True, opacity=1, clip=live)
        .encode(shape=shape),
        *_named(best, x, y, colour, narrow=width < 500, live=live),
    ]
    return themed(alt.layer(*layers).properties(width=width, height=300))


def _base(rows: Sequence[dict[str, Any]], x: Any, y: Any, colour: Any, *, live: bool, **more: Any) -> Any:
    opacity = more.pop("opacity", 1.0)
    chart = alt.Chart(values(rows), **more).encode(x=x, y=y, color=colour)
    return chart.encode(opacity=seen("card", opacity)) if live else chart


def _named(
    best: Sequence[dict[str, Any]], x: Any, y: Any, colour: Any, *, narrow: bool, live: bool
) -> list[Any]:
    """The lowest has its words below, the others above, each on a halo: marks and lines stay off them."""
    least = min(best, key=lambda row: row["energy"], default=None)
    halo: dict[str, Any] = {"stroke": "var(--bg)", "strokeWidth": 5, "strokeJoin": "round"}
    return [
        _base([row for row in best if (row is least) == below], x, y, colour, live=live)
        .mark_text(
            align="right" if narrow else "center",
            dy=dy,
            dx=12,
            fontSize=13,
            fontWeight="bold",
            clip=live,
            **under,
        )
        .encode(text="said:N")
        for under in (halo, {})
        for below, dy in ((True, 20), (False, -28 if narrow else -17))
    ]


def _rows(found: Sequence[Gain], titles: Mapping[str, str]) -> list[dict[str, Any]]:
    return [point for gain in found for point in _points(gain, titles[gain.hardware])]


def _cards(rows: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["card"] for row in rows))


def _axes(rows: Sequence[dict[str, Any]]) -> list[Axis]:
    batches, energies = [row["batch"] for row in rows], [row["energy"] for row in rows]
    return [
        Axis("x_domain", "log", (min(batches) / 1.3, max(batches) * 1.3)),
        Axis("y_domain", "log", (min(energies) / 1.6, max(energies) * 1.3), most=7),
    ]


def batch_words(found: Sequence[Gain], titles: Mapping[str, str]) -> str:
    """The plot in sentences, for who cannot see it."""
    said = []
    for gain in found:
        best, smallest = gain.best, gain.smallest
        least = three_significant(_joules(best))
        words = f"{titles[gain.hardware]}: the least is {least} J per query, at {best.configuration}"
        if smallest is not None and _worth_a_word(gain.times_less):
            words += f", {gain.times_less:.1f} times less than batch {smallest.batch}"
        said.append(words)
    return f"Energy per query of {found[0].model} against batch. {'. '.join(said)}."


def _points(gain: Gain, title: str) -> Iterator[dict[str, Any]]:
    least: dict[int, Rating] = {}
    for row in gain.rows:
        if row.batch is not None and (
            row.batch not in least or row.energy_wh_per_1000 < least[row.batch].energy_wh_per_1000
        ):
            least[row.batch] = row
    for row in gain.rows:
        if row.batch is not None:
            yield {
                "card": title,
                "batch": row.batch,
                "energy": _joules(row),
                "best": row.id == gain.best.id,
                "least": least[row.batch].id == row.id,
                "said": f"×{gain.times_less:.1f} less" if _worth_a_word(gain.times_less) else "least",
                "configuration": row.configuration or row.precision or "",
                "words": _told(row, title, best=row.id == gain.best.id),
            }


def _told(row: Rating, card: str, *, best: bool) -> list[str]:
    latency = f", latency {three_significant(row.latency_s)} s" if row.latency_s is not None else ""
    return [
        f"{three_significant(_joules(row))} J per query{latency}",
        f"batch {row.batch}, {card}{', the best on this card' if best else ''}",
        row.configuration or row.precision or "",
    ]


def _worth_a_word(times: float | None) -> bool:
    """Whether it is not 1.0 as people read it."""
    return times is not None and times >= 1.05


def _joules(row: Rating) -> float:
    return joules_per_query(row.energy_wh_per_1000)


def _round_numbers(low: float, high: float) -> Iterator[float]:
    """1, 2 and 5 of each decade inside."""
    for power in range(floor(log10(low)), floor(log10(high)) + 1):
        for digit in (1, 2, 5):
            if low <= digit * 10**power <= high:
                yield digit * 10**power


def _ticks_of(batches: Sequence[int], width: int) -> list[int]:
    """Batches that were run, as many as have room, each at least so many times the one before."""
    apart = 2.6 if width < 500 else 1.3
    shown: list[int] = []
    for batch in batches:
        if not shown or batch >= shown[-1] * apart:
            shown.append(batch)
    return shown
