"""The drawing of a Pareto front: shapes as well as colours, ten numbers at most, links on points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import altair as alt

from leaderboard.board.charts.scales import Axis, ends_of, log_ticks
from leaderboard.board.charts.theme import POINTS, seen, themed, values
from leaderboard.board.columns import params_short
from leaderboard.board.pareto import Plane, Point, is_log
from leaderboard.domain import three_significant

MOST_INTERVALS = 60
TARGET = 27**2
"""What a pointer can hit is 27 px across, so still 24 px on a narrow screen that shrinks the drawing."""
MARK = "https://point.invalid/"
"""What stands for a link until the drawing is done: the drawing program makes every address absolute."""
FRONT, BESIDE = "On the front", "Beside it"


def pareto_plot(
    plane: Plane,
    points: Sequence[Point],
    width: int,
    axes: Sequence[Axis] | None = None,
    *,
    linked: bool = True,
) -> Any:
    """Energy upwards, quality or parameters to the right, the front as a stepped line.

    Args:
        plane: what is drawn.
        points: those of the plane that are drawn.
        width: of the plot, CSS pixels.
        axes: where a browser moves them, x and y; None: a drawing that stays as it is.
        linked: whether points of a drawing lead to their models.
    """
    live = axes is not None
    rows = [_row(plane, place, point, live=live) for place, point in enumerate(points)]
    front = [row for row in rows if row["front"]]
    beside = [row for row in rows if not row["front"]]
    x, y = _encodings(plane, rows, width, axes)
    # Where an axis can be moved, marks end at the frame.
    layers = [
        alt.Chart(values(front))
        # A step: between two models there is none, and the next one is what it takes.
        .mark_line(
            color="var(--accent)",
            strokeWidth=1.5,
            strokeDash=[5, 3],
            interpolate="step-before",
            aria=False,
            clip=live,
        )
        .encode(x=x, y=y, order="y:Q")
    ]
    spans = [row for row in rows if row["low"] is not None]
    if 0 < len(spans) <= MOST_INTERVALS:
        layers.append(
            alt.Chart(values(spans))
            .mark_rule(color="var(--edge)", strokeWidth=1, aria=False, clip=live)
            .encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
        )
    layers += _marks(beside, front, x, y, live=live)
    if linked and not live:
        # What is hit is larger than what is seen, and the front lies above the rest.
        layers.append(
            alt.Chart(values([*beside, *front]))
            .mark_point(shape="circle", size=TARGET, fill="transparent", stroke="transparent", strokeWidth=2)
            .encode(x=x, y=y, href="href:N", description="said:N")
        )
    layers.append(_numbers(plane, front, x, y, live=live))
    return themed(alt.layer(*layers).properties(width=width, height=320))


def ticks_of(width: int) -> tuple[int, int]:
    """Round numbers at most, to the right and upwards."""
    return max(3, width // 110), 6


def _encodings(
    plane: Plane, rows: Sequence[dict[str, Any]], width: int, axes: Sequence[Axis] | None
) -> tuple[Any, Any]:
    x_axis, y_axis = axes or (None, None)
    xs = [row["x"] for row in rows]
    energies = [row[name] for row in rows for name in ("y", "low", "high") if row[name] is not None]
    most = ticks_of(width)
    x = alt.X(
        "x:Q",
        title=title(plane),
        scale=_scale(xs, x_axis),
        axis=_axis(xs, most[0], _x_labels(plane), x_axis),
    )
    y = alt.Y(
        "y:Q",
        title="Wh per 1,000 queries",
        scale=_scale(energies, y_axis),
        axis=_axis(energies, most[1], "format(datum.value, ',~r')", y_axis),
    )
    return x, y


def _marks(
    beside: list[dict[str, Any]], front: list[dict[str, Any]], x: Any, y: Any, *, live: bool
) -> list[Any]:
    layers = []
    for name, some, shape, colour, filled, size in (
        ("beside", beside, "circle", "var(--muted)", False, 55),
        ("front", front, "diamond", "var(--accent)", True, 110),
    ):
        if some:
            marks = (
                alt.Chart(values(some), name=f"{POINTS}_{name}")
                .mark_point(
                    shape=shape,
                    color=colour,
                    filled=filled,
                    size=size,
                    opacity=1,
                    strokeWidth=1.5,
                    aria=False,
                    clip=live,
                )
                .encode(x=x, y=y)
            )
            layers.append(marks.encode(opacity=seen("series")) if live else marks)
    return layers


def _numbers(plane: Plane, front: Sequence[dict[str, Any]], x: Any, y: Any, *, live: bool) -> Any:
    rising = plane.better == "higher"
    return (
        alt.Chart(values([row for row in front if row["number"]]))
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
            clip=live,
        )
        .encode(x=x, y=y, text="number:N")
    )


def _row(plane: Plane, place: int, point: Point, *, live: bool) -> dict[str, Any]:
    row = point.rating
    drawn = {
        "x": point.x,
        "y": row.energy_wh_per_1000,
        "low": row.energy_low,
        "high": row.energy_high,
        "front": point.on_front,
        "number": str(point.number or ""),
    }
    energy = f"{three_significant(row.energy_wh_per_1000)} Wh"
    if not live:
        return {**drawn, "href": f"{MARK}{place}", "said": f"{row.model}, {energy}"}
    x = (
        f"{params_short(round(point.x))} parameters"
        if plane.against == "params"
        else (f"{plane.metric or 'Quality'} {three_significant(point.x)}")
    )
    between = ""
    if row.energy_low is not None and row.energy_high is not None:
        between = f" ({three_significant(row.energy_low)} to {three_significant(row.energy_high)})"
    return {
        **drawn,
        "series": FRONT if point.on_front else BESIDE,
        "href": href(point),
        "words": [
            row.model,
            f"{energy} per 1,000 queries{between}, {x}",
            f"on the front, number {point.number}"
            if point.number
            else "on the front"
            if point.on_front
            else "beside the front",
        ],
    }


def href(point: Point) -> str:
    """Where a point leads."""
    return f"/models/{quote(point.rating.model)}"


def title(plane: Plane) -> str:
    """Of the axis to the right."""
    if plane.against == "params":
        return "Parameters"
    return f"{plane.metric or 'Quality'} ({plane.better} is better)"


def frame(figures: Sequence[float]) -> tuple[float, float]:
    """Ends of an axis with a little room, so that no mark lies on the frame."""
    if is_log(figures):
        return min(figures) / 1.4, max(figures) * 1.3
    room = (max(figures) - min(figures)) * 0.08 or abs(max(figures)) * 0.1 or 1
    return min(figures) - room, max(figures) + room


def _scale(figures: Sequence[float], axis: Axis | None) -> Any:
    domain = ends_of(axis) if axis else list(frame(figures))
    if is_log(figures):
        return alt.Scale(type="log", domain=domain, nice=False)
    return alt.Scale(type="linear", domain=domain, nice=False, zero=False)


def _x_labels(plane: Plane) -> str:
    # The SI prefix of a thousand million is G; people who count parameters say B.
    return (
        "replace(format(datum.value, '~s'), 'G', 'B')"
        if plane.against == "params"
        else "format(datum.value, '~r')"
    )


def _axis(figures: Sequence[float], ticks: int, labels: str, axis: Axis | None) -> Any:
    if axis and axis.most:
        return alt.Axis(values=alt.ExprRef(axis.ticks), labelExpr=labels, labelOverlap=True)
    if is_log(figures):
        return alt.Axis(values=log_ticks(*frame(figures), ticks), labelExpr=labels)
    return alt.Axis(tickCount=ticks, labelExpr=labels, labelOverlap=True)
