"""The drawing of one board's controls: per cent from their median, with the band; idle power below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import altair as alt

from leaderboard.board.plots import POINTS, Axis, ends_of, seen, themed, values

_RATED = "var(--accent)"
_DAY_MS = 86_400_000
OUTCOMES = ("as usual", "out of line")


def time_axis(rows: Sequence[dict[str, Any]]) -> Axis:
    """The axis of time that a browser may move."""
    return Axis("x_domain", "linear", _shown([row["at"] for row in rows]))


def control_plot(
    rows: Sequence[dict[str, Any]], tolerance: float, width: int, axis: Axis | None = None
) -> Any:
    """Controls of one board as a chart.

    Args:
        rows: `at`, `percent`, `idle` (W or None), `outcome` (of `OUTCOMES`), `driver` (where it changed),
            `words` (for who points at it).
        tolerance: half-width of the band, per cent.
        width: of the plot, CSS pixels.
        axis: of time, where a browser moves it; None: a drawing that stays as it is.
    """
    domain = ends_of(axis) if axis else list(_shown([row["at"] for row in rows]))
    time = alt.X(
        "at:T",
        title=None,
        scale=alt.Scale(domain=domain),
        axis=alt.Axis(grid=False, labelOverlap=True, tickCount=width // 110),
    )
    panels = [_percent(rows, tolerance, time, live=axis is not None).properties(width=width, height=180)]
    idle = [row for row in rows if row["idle"] is not None]
    if idle:
        panels.append(_idle(idle, time, live=axis is not None).properties(width=width, height=64))
    return themed(alt.vconcat(*panels, spacing=8).resolve_scale(x="shared"))


def _percent(rows: Sequence[dict[str, Any]], tolerance: float, time: Any, *, live: bool) -> Any:
    most = max([tolerance * 1.6, *(abs(row["percent"]) * 1.15 for row in rows)])
    percent = alt.Y(
        "percent:Q",
        title="% from median",
        scale=alt.Scale(domain=[-most, most], nice=False),
        axis=alt.Axis(tickCount=5, format="+.3~g"),
    )
    band = (
        alt.Chart(values([{"low": -tolerance, "high": tolerance}]))
        .mark_rect(color="var(--bar)", opacity=0.25)
        .encode(y="low:Q", y2="high:Q")
    )
    outcomes = list(OUTCOMES)
    points = (
        alt.Chart(values(rows), name=POINTS)
        .mark_point(size=70, filled=False, strokeWidth=2, clip=live)
        .encode(
            x=time,
            y=percent,
            color=alt.Color(
                "outcome:N", scale=alt.Scale(domain=outcomes, range=[_RATED, "var(--bad)"]), legend=None
            ),
            shape=alt.Shape(
                "outcome:N", scale=alt.Scale(domain=outcomes, range=["circle", "cross"]), legend=None
            ),
        )
    )
    if live:
        points = points.encode(opacity=seen("outcome"))
    return alt.layer(band, points, *_drivers([row for row in rows if row["driver"]], time, live=live))


def _drivers(rows: Sequence[dict[str, Any]], time: Any, *, live: bool) -> list[Any]:
    """A rule with its name where the driver became another."""
    if not rows:
        return []
    rule = (
        alt.Chart(values(rows)).mark_rule(color="var(--muted)", strokeDash=[4, 3], clip=live).encode(x=time)
    )
    name = (
        alt.Chart(values(rows))
        .mark_text(align="left", dx=4, dy=8, baseline="top", color="var(--muted)", clip=live)
        .encode(x=time, y=alt.value(0), text="driver:N")
    )
    return [rule, name]


def _idle(rows: Sequence[dict[str, Any]], time: Any, *, live: bool) -> Any:
    return (
        alt.Chart(values(rows))
        .mark_line(point={"color": _RATED, "size": 30}, color=_RATED, strokeWidth=1, clip=live)
        .encode(
            x=time,
            y=alt.Y(
                "idle:Q",
                title="Idle, W",
                scale=alt.Scale(zero=False, padding=6),
                axis=alt.Axis(tickCount=3),
            ),
        )
    )


def _shown(moments: Sequence[str]) -> tuple[float, float]:
    """Of controls, ms since 1970: never less than a day, or the labels would be parts of a second."""
    times = [datetime.fromisoformat(moment).timestamp() * 1000 for moment in moments]
    first, last = min(times), max(times)
    beside = max((_DAY_MS - (last - first)) / 2, 0.02 * (last - first))
    return first - beside, last + beside
