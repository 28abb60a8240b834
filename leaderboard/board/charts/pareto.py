"""A Pareto front as a chart of the site: what is drawn of it, said of it, and where its points lead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from leaderboard.board.charts import Chart, Series
from leaderboard.board.charts.drawing import Live, draw, picture, vega
from leaderboard.board.charts.pareto_plot import (
    BESIDE,
    FRONT,
    MARK,
    frame,
    href,
    pareto_plot,
    ticks_of,
    title,
)
from leaderboard.board.charts.scales import Axis
from leaderboard.board.columns import params_short
from leaderboard.board.pareto import Plane, Point, is_log
from leaderboard.domain import three_significant

MOST_DRAWN = 400
"""Points beside the front; more would be a smear, and their file a burden."""
_LINK = re.compile(r'<a xlink:href="' + re.escape(MARK) + r'(\d+)"(?: target="[^"]*")?>')


def pareto_chart(plane: Plane) -> Chart:
    """A plane as a chart of the site."""
    points = [*plane.front, *_some(plane.beside)]
    said = words(plane)
    return Chart(
        name=f"energy-against-{'parameters' if plane.against == 'params' else 'quality'}",
        words=said,
        draw=lambda width: _linked(draw(pareto_plot(plane, points, width), said), points),
        picture=lambda width: picture(pareto_plot(plane, points, width, linked=False), said),
        vega=lambda width: _live(plane, points, width),
        series=(Series(FRONT, "var(--accent)", "diamond"), Series(BESIDE, "var(--muted)", "circle", False)),
        zooms=True,
        header=("Model", "Wh per 1,000 queries", "At least", "At most", title(plane), "On the front"),
        rows=tuple(
            (
                point.rating.model,
                point.rating.energy_wh_per_1000,
                point.rating.energy_low,
                point.rating.energy_high,
                point.x,
                "yes" if point.on_front else "no",
            )
            for point in points
        ),
    )


def _live(plane: Plane, points: Sequence[Point], width: int) -> dict[str, Any]:
    axes = _axes(points, width)
    return vega(pareto_plot(plane, points, width, axes), Live("xy", axes))


def _axes(points: Sequence[Point], width: int) -> list[Axis]:
    energies = [
        value
        for point in points
        for value in (point.rating.energy_wh_per_1000, point.rating.energy_low, point.rating.energy_high)
        if value is not None
    ]
    xs = [point.x for point in points]
    named = zip(("x_domain", "y_domain"), (xs, energies), ticks_of(width), strict=True)
    return [
        Axis(signal, "log", frame(of), most) if is_log(of) else Axis(signal, "linear", frame(of))
        for signal, of, most in named
    ]


def _some(points: Sequence[Point]) -> list[Point]:
    """All points, or evenly some of them."""
    step = max(1, -(-len(points) // MOST_DRAWN))
    return list(points[::step])


def _linked(svg: Markup, points: Sequence[Point]) -> Markup:
    """The drawing with real addresses. Only the front is reached by keyboard: the table has every point."""

    def link(match: re.Match[str]) -> str:
        point = points[int(match[1])]
        stop = "" if point.on_front else ' tabindex="-1"'
        return f'<a href="{escape(href(point))}"{stop}>'

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
