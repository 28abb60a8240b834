"""One board's controls: per cent from their median, with the band; idle power below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Any

import altair as alt

from leaderboard import catalogue
from leaderboard.board.charts import Chart, Series
from leaderboard.board.charts.drawing import Live, chart_of
from leaderboard.board.charts.scales import Axis, ends_of
from leaderboard.board.charts.theme import POINTS, seen, stacked, values
from leaderboard.board.times import moment
from leaderboard.domain import Control, Outcome, three_significant

_RATED, _OUT = "var(--accent)", "var(--bad)"
_DAY_MS = 86_400_000
OUTCOMES = ("as usual", "out of line")


def control_chart(series: Sequence[Control]) -> Chart:
    """One board's controls, oldest first, as a chart of the site."""
    held = [control.energy_per_query_j for control in series if control.outcome is not Outcome.FAILED]
    usual = median(held or [control.energy_per_query_j for control in series])
    rows = [_point(control, usual, before) for control, before in zip(series, [None, *series], strict=False)]
    tolerance = catalogue.check("control-as-usual").limit("tolerance") * 100
    return chart_of(
        lambda width, axes: _plot(rows, tolerance, width, axes),
        Live("xy", [Axis("x_domain", "linear", _shown([row["at"] for row in rows]))]),
        name=f"control-{series[0].board[:8]}",
        words=_words(series, [row["percent"] for row in rows], usual),
        series=(
            Series(OUTCOMES[0], _RATED, "circle", filled=False),
            Series(OUTCOMES[1], _OUT, "cross", filled=False),
        ),
        header=("Measured", "J per query", "% from median", "Idle, W", "Driver", "Outcome"),
        rows=tuple(
            (
                control.at.isoformat(),
                control.energy_per_query_j,
                round(row["percent"], 2),
                control.idle_power_w,
                control.driver,
                row["outcome"],
            )
            for control, row in zip(series, rows, strict=True)
        ),
    )


def _words(series: Sequence[Control], percents: list[float], usual: float) -> str:
    failed = sum(control.outcome is Outcome.FAILED for control in series)
    return (
        f"{len(series)} controls of board {series[0].board[:8]}: energy from {min(percents):+.1f} to "
        f"{max(percents):+.1f} per cent of their median, {usual:.4g} J per query; {failed} out of line."
    )


def _plot(rows: Sequence[dict[str, Any]], tolerance: float, width: int, axes: Sequence[Axis] | None) -> Any:
    """Controls of one board as a chart.

    Args:
        rows: `at`, `percent`, `idle` (W or None), `outcome` (of `OUTCOMES`), `driver` (where it changed),
            `words` (for who points at it).
        tolerance: half-width of the band, per cent.
        width: of the plot, CSS pixels.
        axes: of time, where a browser moves it; None: a drawing that stays as it is.
    """
    live = axes is not None
    domain = ends_of(axes[0]) if axes else list(_shown([row["at"] for row in rows]))
    time = alt.X(
        "at:T",
        title=None,
        scale=alt.Scale(domain=domain),
        axis=alt.Axis(grid=False, labelOverlap=True, tickCount=width // 110),
    )
    panels = [_percent(rows, tolerance, time, live=live).properties(width=width, height=180)]
    idle = [row for row in rows if row["idle"] is not None]
    if idle:
        panels.append(_idle(idle, time, live=live).properties(width=width, height=64))
    return stacked(panels)


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
            color=alt.Color("outcome:N", scale=alt.Scale(domain=outcomes, range=[_RATED, _OUT]), legend=None),
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


def _point(control: Control, usual: float, before: Control | None) -> dict[str, Any]:
    changed = before is not None and before.driver != control.driver
    percent = (control.energy_per_query_j / usual - 1) * 100
    outcome = OUTCOMES[control.outcome is Outcome.FAILED]
    energy = f"{three_significant(control.energy_per_query_j)} J per query"
    idle = f", idle {three_significant(control.idle_power_w)} W" if control.idle_power_w is not None else ""
    return {
        "at": control.at.isoformat(),
        "percent": percent,
        "idle": control.idle_power_w,
        "outcome": outcome,
        "driver": f"driver {control.driver}" if changed else None,
        "words": [
            moment(control.at),
            f"{energy}, {percent:+.1f} % from the median{idle}",
            f"{outcome}, driver {control.driver or 'not told'}",
        ],
    }
