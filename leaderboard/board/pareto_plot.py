"""The drawing of a Pareto front: shapes as well as colours, ten numbers at most, links on points."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import altair as alt
from markupsafe import Markup, escape

from leaderboard.board.columns import params_short
from leaderboard.board.pareto import Plane, Point, is_log
from leaderboard.board.plots import draw, themed
from leaderboard.domain import three_significant

MOST_DRAWN = 400
"""Points beside the front; more would be a smear, and their file a burden."""
MOST_INTERVALS = 60
TARGET = 27**2
"""What a pointer can hit is 27 px across, so still 24 px on a narrow screen that shrinks the drawing."""
_MARK = "https://point.invalid/"
"""What stands for a link until the drawing is done: the drawing program makes every address absolute."""
_LINK = re.compile(r'<a xlink:href="' + re.escape(_MARK) + r'(\d+)"(?: target="[^"]*")?>')


def drawn(plane: Plane, width: int, label: str) -> Markup:
    """The front as an inline SVG whose points lead to their models' pages."""
    points = [*plane.front, *_some(plane.beside)]
    svg = draw(pareto_plot(plane, points, width), label)
    return _linked(svg, points)


def pareto_plot(plane: Plane, points: Sequence[Point], width: int) -> Any:
    """Energy upwards, quality or parameters to the right, the front as a stepped line."""
    rows = [_row(place, point) for place, point in enumerate(points)]
    front = [row for row in rows if row["front"]]
    energies = [row[name] for row in rows for name in ("y", "low", "high") if row[name] is not None]
    x = alt.X(
        "x:Q",
        title=_title(plane),
        scale=_scale([row["x"] for row in rows]),
        axis=_axis([row["x"] for row in rows], max(3, width // 110), _x_labels(plane)),
    )
    y = alt.Y(
        "y:Q",
        title="Wh per 1,000 queries",
        scale=_scale(energies),
        axis=_axis(energies, 6, "format(datum.value, ',~r')"),
    )
    layers = [
        alt.Chart(_values(front))
        .mark_line(color="var(--accent)", strokeWidth=1.5, strokeDash=[5, 3], aria=False)
        .encode(x=x, y=y, order="y:Q")
    ]
    spans = [row for row in rows if row["low"] is not None]
    if 0 < len(spans) <= MOST_INTERVALS:
        layers.append(
            alt.Chart(_values(spans))
            .mark_rule(color="var(--edge)", strokeWidth=1, aria=False)
            .encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
        )
    beside = [row for row in rows if not row["front"]]
    for some, shape, colour, filled, size in (
        (beside, "circle", "var(--muted)", False, 55),
        (front, "diamond", "var(--accent)", True, 110),
    ):
        if some:
            layers.append(
                alt.Chart(_values(some))
                .mark_point(
                    shape=shape,
                    color=colour,
                    filled=filled,
                    size=size,
                    opacity=1,
                    strokeWidth=1.5,
                    aria=False,
                )
                .encode(x=x, y=y)
            )
    # What is hit is larger than what is seen, and the front lies above the rest.
    layers.append(
        alt.Chart(_values([*beside, *front]))
        .mark_point(shape="circle", size=TARGET, fill="transparent", stroke="transparent", strokeWidth=2)
        .encode(x=x, y=y, href="href:N", description="words:N")
    )
    rising = plane.better == "higher"
    layers.append(
        alt.Chart(_values([row for row in front if row["number"]]))
        # On the side that a rising, or a falling, front leaves free.
        .mark_text(
            align="left" if rising else "right",
            baseline="top",
            dx=6 if rising else -6,
            dy=5,
            color="var(--ink)",
            fontSize=13,
            fontWeight="bold",
            aria=False,
        )
        .encode(x=x, y=y, text="number:N")
    )
    return themed(alt.layer(*layers).properties(width=width, height=320))


def _row(place: int, point: Point) -> dict[str, Any]:
    row = point.rating
    return {
        "x": point.x,
        "y": row.energy_wh_per_1000,
        "low": row.energy_low,
        "high": row.energy_high,
        "front": point.on_front,
        "number": str(point.number or ""),
        "href": f"{_MARK}{place}",
        "words": f"{row.model}, {three_significant(row.energy_wh_per_1000)} Wh",
    }


def _some(points: Sequence[Point]) -> list[Point]:
    """All points, or evenly some of them."""
    step = max(1, -(-len(points) // MOST_DRAWN))
    return list(points[::step])


def _title(plane: Plane) -> str:
    if plane.against == "params":
        return "Parameters"
    return f"{plane.metric or 'Quality'} ({plane.better} is better)"


def _scale(values: Sequence[float]) -> Any:
    if is_log(values):
        # A little room, so that no mark lies on the frame.
        return alt.Scale(type="log", domain=[min(values) / 1.3, max(values) * 1.3], nice=False)
    room = (max(values) - min(values)) * 0.08 or abs(max(values)) * 0.1 or 1
    return alt.Scale(type="linear", domain=[min(values) - room, max(values) + room], nice=False, zero=False)


def _x_labels(plane: Plane) -> str:
    # The SI prefix of a thousand million is G; people who count parameters say B.
    return (
        "replace(format(datum.value, '~s'), 'G', 'B')"
        if plane.against == "params"
        else "format(datum.value, '~r')"
    )


def _axis(values: Sequence[float], ticks: int, labels: str) -> Any:
    if is_log(values):
        return alt.Axis(values=log_ticks(min(values) / 1.3, max(values) * 1.3, ticks), labelExpr=labels)
    return alt.Axis(tickCount=ticks, labelExpr=labels, labelOverlap=True)


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


def _values(rows: list[dict[str, Any]]) -> Any:
    return alt.InlineData(values=rows)


def _linked(svg: Markup, points: Sequence[Point]) -> Markup:
    """The drawing with real addresses. Only the front is reached by keyboard: the table has every point."""

    def link(match: re.Match[str]) -> str:
        point = points[int(match[1])]
        stop = "" if point.on_front else ' tabindex="-1"'
        return f'<a href="/models/{escape(quote(point.rating.model))}"{stop}>'

    # What holds links is a group, not an image: an image's parts are not there for who listens.
    text = str(svg).replace('<div class="plot" role="img"', '<div class="plot" role="group"', 1)
    return Markup(_LINK.sub(link, text))


def words(plane: Plane) -> str:
    """The drawing in a sentence, for who cannot see it."""
    what = "parameters" if plane.against == "params" else plane.metric or "quality"
    ends = ""
    if plane.front:
        first, last = plane.front[0], plane.front[-1]
        ends = f" The front runs from {_said(plane, first)} to {_said(plane, last)}."
    return (
        f"Energy against {what}: {len(plane.front) + len(plane.beside)} models, "
        f"{len(plane.front)} of them on the front.{ends}"
    )


def _said(plane: Plane, point: Point) -> str:
    x = params_short(round(point.x)) if plane.against == "params" else three_significant(point.x)
    return f"{point.rating.model} ({three_significant(point.rating.energy_wh_per_1000)} Wh, {x})"
