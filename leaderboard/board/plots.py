"""Charts as SVG inside the page: Altair describes them, vl-convert draws them, the site's colours theme them.

Colours are the style sheet's own variables, so that one drawing serves light and dark; nothing runs in the
reader's browser.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import altair as alt
from markupsafe import Markup

from leaderboard.board.traces import Points, Span, Trace

WIDE, NARROW = 1150, 296
"""Of the plot itself, CSS pixels; a style sheet shows the one that fits."""
_SHADES = {
    "idle": "var(--edge)",
    "load": "var(--ink)",
    "warm-up": "var(--warn)",
    "preprocess": "var(--bar)",
}
_FAINT = {"idle": 0.14, "load": 0.14, "warm-up": 0.3, "preprocess": 0.45}
_RATED = "var(--accent)"
_DAY_MS = 86_400_000
_drawing = threading.Lock()
"""vl-convert has one engine for all threads."""


def draw(chart: Any, label: str) -> Markup:
    """A chart as an inline SVG with its text alternative."""
    import vl_convert

    with _drawing:
        svg: str = vl_convert.vegalite_to_svg(
            chart.to_dict(), vl_version=alt.SCHEMA_VERSION.rsplit(".", 1)[0]
        )
    # Its own markup says what each mark is, one by one; a reader of the page wants one sentence.
    return Markup('<div class="plot" role="img" aria-label="{}">{}</div>').format(label, Markup(svg))


def themed(chart: Any) -> Any:
    """The site's type and colours."""
    return chart.configure(
        background="transparent",
        font="system-ui, sans-serif",
        axis=alt.AxisConfig(
            labelColor="var(--muted)",
            titleColor="var(--muted)",
            gridColor="var(--line)",
            domainColor="var(--edge)",
            tickColor="var(--edge)",
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelFlush=True,
        ),
        legend=alt.LegendConfig(labelColor="var(--ink)", labelFontSize=12, symbolStrokeWidth=0),
        view=alt.ViewConfig(stroke="transparent"),
    )


def trace_plot(trace: Trace, width: int) -> Any:
    """Power over time with the windows shaded; below it temperature and clock, where there are any."""
    time = alt.X("t:Q", scale=alt.Scale(domain=[0, trace.seconds], nice=False))
    panels = [_power(trace, time, width)]
    if trace.temperature:
        panels.append(_line(trace.temperature, time, "°C", width))
    if trace.sm_clock:
        panels.append(_line(trace.sm_clock, time, "SM MHz", width))
    panels[-1] = panels[-1].encode(
        x=time.axis(title="Seconds since the first sample", tickCount=width // 80, grid=False)
    )
    return themed(alt.vconcat(*panels, spacing=8).resolve_scale(x="shared"))


def _power(trace: Trace, time: Any, width: int) -> Any:
    names = list(dict.fromkeys(span.name for span in trace.spans))
    top = max((watts for _, watts in trace.power), default=1.0) * 1.08
    shades = (
        alt.Chart(_values([_shaded(span) for span in trace.spans]))
        .mark_rect()
        .encode(
            x=time.axis(title=None, labels=False, ticks=False, grid=False),
            x2="t2:Q",
            opacity=alt.Opacity(
                "phase:N",
                scale=alt.Scale(domain=names, range=[_FAINT.get(name, 0.4) for name in names]),
                legend=None,
            ),
            color=alt.Color(
                "phase:N",
                sort=names,
                scale=alt.Scale(domain=names, range=[_SHADES.get(name, _RATED) for name in names]),
                legend=alt.Legend(
                    title=None, orient="top", direction="horizontal", columns=3 if width < 500 else 0
                ),
            ),
        )
    )
    line = (
        alt.Chart(_data(trace.power))
        .mark_line(strokeWidth=1.5, color="var(--ink)")
        .encode(
            x=time,
            y=alt.Y("v:Q", title="Power, W", scale=alt.Scale(domain=[0, top]), axis=alt.Axis(tickCount=5)),
        )
    )
    marks = [
        _marks(trace.held_back, time, "triangle-down", top),
        _marks(trace.foreign, time, "square", top * 0.93),
    ]
    return alt.layer(shades, line, *[mark for mark in marks if mark is not None]).properties(
        width=width, height=220
    )


def _shaded(span: Span) -> dict[str, Any]:
    return {"t": span.start_s, "t2": span.end_s, "phase": span.name}


def _marks(times: Sequence[float], time: Any, shape: str, height: float) -> Any:
    if not times:
        return None
    return (
        alt.Chart(_values([{"t": moment, "v": height} for moment in times]))
        .mark_point(shape=shape, filled=True, size=60, color="var(--bad)", opacity=1)
        .encode(x=time, y="v:Q")
    )


def _line(points: Points, time: Any, title: str, width: int) -> Any:
    return (
        alt.Chart(_data(points))
        .mark_line(strokeWidth=1.5, color=_RATED, interpolate="step-after")
        .encode(
            x=time.axis(title=None, labels=False, ticks=False, grid=False),
            y=alt.Y("v:Q", title=title, scale=alt.Scale(zero=False, padding=4), axis=alt.Axis(tickCount=3)),
        )
        .properties(width=width, height=64)
    )


def _data(points: Points) -> Any:
    return _values([{"t": time, "v": value} for time, value in points])


def _values(rows: list[dict[str, Any]]) -> Any:
    return alt.InlineData(values=rows)


def control_plot(rows: list[dict[str, Any]], tolerance: float, width: int) -> Any:
    """Controls of one board, per cent from their median, with the band they may lie in; below, idle power.

    Args:
        rows: `at`, `percent`, `idle` (W or None), `outcome`, `driver` (where it changed).
        tolerance: half-width of the band, per cent.
    """
    time = alt.X(
        "at:T",
        title=None,
        scale=alt.Scale(domain=_shown([row["at"] for row in rows])),
        axis=alt.Axis(grid=False, labelOverlap=True, tickCount=width // 110),
    )
    most = max([tolerance * 1.6, *(abs(row["percent"]) * 1.15 for row in rows)])
    percent = alt.Y(
        "percent:Q",
        title="% from median",
        scale=alt.Scale(domain=[-most, most], nice=False),
        axis=alt.Axis(tickCount=5, format="+.3~g"),
    )
    outcomes = ["as usual", "out of line"]
    band = (
        alt.Chart(_values([{"low": -tolerance, "high": tolerance}]))
        .mark_rect(color="var(--bar)", opacity=0.25)
        .encode(y="low:Q", y2="high:Q")
    )
    points = (
        alt.Chart(_values(rows))
        .mark_point(size=70, filled=False, strokeWidth=2)
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
    layers = [band, points]
    drivers = [row for row in rows if row["driver"]]
    if drivers:
        rule = alt.Chart(_values(drivers)).mark_rule(color="var(--muted)", strokeDash=[4, 3]).encode(x=time)
        name = (
            alt.Chart(_values(drivers))
            .mark_text(align="left", dx=4, dy=8, baseline="top", color="var(--muted)")
            .encode(x=time, y=alt.value(0), text="driver:N")
        )
        layers += [rule, name]
    panels = [alt.layer(*layers).properties(width=width, height=180)]
    idle = [row for row in rows if row["idle"] is not None]
    if idle:
        panels.append(
            alt.Chart(_values(idle))
            .mark_line(point={"color": _RATED, "size": 30}, color=_RATED, strokeWidth=1)
            .encode(
                x=time,
                y=alt.Y(
                    "idle:Q",
                    title="Idle, W",
                    scale=alt.Scale(zero=False, padding=6),
                    axis=alt.Axis(tickCount=3),
                ),
            )
            .properties(width=width, height=64)
        )
    return themed(alt.vconcat(*panels, spacing=8).resolve_scale(x="shared"))


def _shown(moments: Sequence[str]) -> list[float]:
    """Of controls, ms since 1970: never less than a day, or the labels would be parts of a second."""
    times = [datetime.fromisoformat(moment).timestamp() * 1000 for moment in moments]
    first, last = min(times), max(times)
    beside = max((_DAY_MS - (last - first)) / 2, 0.02 * (last - first))
    return [first - beside, last + beside]


def trace_words(trace: Trace) -> str:
    """The plot in a sentence, for who cannot see it."""
    watts = [value for _, value in trace.power]
    windows = sum(bool(span.window) for span in trace.spans)
    power = f"Power from {min(watts):.0f} to {max(watts):.0f} W" if watts else "No power was read"
    words = [f"{power} over {trace.seconds:.0f} seconds, with {windows} windows."]
    if trace.temperature:
        heat = [value for _, value in trace.temperature]
        words.append(f"Temperature from {min(heat):.0f} to {max(heat):.0f} °C.")
    if trace.held_back:
        words.append(f"The GPU was held back {len(trace.held_back)} times.")
    if trace.foreign:
        words.append(f"Another process was seen {len(trace.foreign)} times.")
    return " ".join(words)
