"""The drawing of a run's trace: power with the windows shaded, temperature and clock below it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt

from leaderboard.board.charts import Cell, Chart, Series
from leaderboard.board.charts.drawing import Live, chart_of
from leaderboard.board.charts.scales import Axis, ends_of
from leaderboard.board.charts.theme import POINTS, points, seen, stacked, unmarked, values
from leaderboard.board.traces import Points, Span, Trace
from leaderboard.domain import three_significant

_SHADES = {
    "idle": "var(--edge)",
    "load": "var(--ink)",
    "warm-up": "var(--warn)",
    "preprocess": "var(--bar)",
}
_FAINT = {"idle": 0.14, "load": 0.14, "warm-up": 0.3, "preprocess": 0.45}
_RATED = "var(--accent)"
_HEADER = ("Part", "Window", "From, s", "To, s", "Least power, W", "Greatest power, W")


def trace_chart(trace: Trace, name: str) -> Chart:
    """A trace as a chart of the site; `name` is that of its files."""
    return chart_of(
        lambda width, axes: _plot(trace, width, axes),
        Live("x", [Axis("x_domain", "linear", (0.0, trace.seconds))]),
        name=name,
        words=_words(trace),
        series=tuple(Series(span, _shade(span), "square") for span in _names(trace)),
        header=_HEADER,
        rows=tuple(_part(trace, span) for span in trace.spans),
    )


def _plot(trace: Trace, width: int, axes: Sequence[Axis] | None) -> Any:
    """Power over time with the windows shaded; below it temperature and clock, where there are any.

    Args:
        width: of the plot, CSS pixels.
        axes: of time, where a browser moves it; None: a drawing that stays as it is.
    """
    live = axes is not None
    domain = ends_of(axes[0]) if axes else [0, trace.seconds]
    time = alt.X("t:Q", scale=alt.Scale(domain=domain, nice=False))
    panels = [_power(trace, time, width, live=live)]
    if trace.temperature:
        panels.append(_line(trace.temperature, time, "°C", width, live=live))
    if trace.sm_clock:
        panels.append(_line(trace.sm_clock, time, "SM MHz", width, live=live))
    panels[-1] = panels[-1].encode(
        x=time.axis(title="Seconds since the first sample", tickCount=width // 80, grid=False)
    )
    return stacked(panels)


def _names(trace: Trace) -> list[str]:
    return list(dict.fromkeys(span.name for span in trace.spans))


def _shade(name: str) -> str:
    return _SHADES.get(name, _RATED)


def _power(trace: Trace, time: Any, width: int, *, live: bool) -> Any:
    names = _names(trace)
    top = max((watts for _, watts in trace.power), default=1.0) * 1.08
    shades = (
        alt.Chart(values([_shaded(span) for span in trace.spans]))
        .mark_rect(clip=live)
        .encode(
            x=unmarked(time),
            x2="t2:Q",
            # A field and no scale of names: an order of names would become an expression made of them.
            opacity=alt.Opacity("faint:Q", scale=None, legend=None),
            color=alt.Color(
                "phase:N",
                scale=alt.Scale(domain=names, range=[_shade(name) for name in names]),
                legend=None
                if live
                else alt.Legend(
                    title=None, orient="top", direction="horizontal", columns=3 if width < 500 else 0
                ),
            ),
        )
    )
    if live:
        shades = shades.encode(fillOpacity=seen("phase"))
    line = (
        alt.Chart(_told(trace) if live else points(trace.power), name=POINTS)
        .mark_line(strokeWidth=1.5, color="var(--ink)", clip=live)
        .encode(
            x=time,
            y=alt.Y("v:Q", title="Power, W", scale=alt.Scale(domain=[0, top]), axis=alt.Axis(tickCount=5)),
        )
    )
    marks = [
        _marks(trace.held_back, time, "triangle-down", top, live=live),
        _marks(trace.foreign, time, "square", top * 0.93, live=live),
    ]
    return alt.layer(shades, line, *[mark for mark in marks if mark is not None]).properties(
        width=width, height=220
    )


def _shaded(span: Span) -> dict[str, Any]:
    return {"t": span.start_s, "t2": span.end_s, "phase": span.name, "faint": _FAINT.get(span.name, 0.4)}


def _marks(times: Sequence[float], time: Any, shape: str, height: float, *, live: bool) -> Any:
    if not times:
        return None
    return (
        alt.Chart(values([{"t": moment, "v": height} for moment in times]))
        .mark_point(shape=shape, filled=True, size=60, color="var(--bad)", opacity=1, clip=live)
        .encode(x=time, y="v:Q")
    )


def _line(line: Points, time: Any, title: str, width: int, *, live: bool) -> Any:
    return (
        alt.Chart(points(line))
        .mark_line(strokeWidth=1.5, color=_RATED, interpolate="step-after", clip=live)
        .encode(
            x=unmarked(time),
            y=alt.Y("v:Q", title=title, scale=alt.Scale(zero=False, padding=4), axis=alt.Axis(tickCount=3)),
        )
        .properties(width=width, height=64)
    )


def _told(trace: Trace) -> Any:
    """The samples of power, each with what was going on then."""
    return values([{"t": t, "v": watts, "words": _sample(trace, t, watts)} for t, watts in trace.power])


def _sample(trace: Trace, at_s: float, watts: float) -> list[str]:
    words = [f"{at_s:.1f} s: {three_significant(watts)} W"]
    for line, unit in ((trace.temperature, "°C"), (trace.sm_clock, "MHz")):
        last = bisect_right(line, (at_s, float("inf"))) - 1
        if last >= 0:
            words.append(f"{line[last][1]:,.0f} {unit}")
    words += [_span_words(span) for span in trace.spans if span.start_s <= at_s <= span.end_s]
    return words


def _span_words(span: Span) -> str:
    return f"{span.name}, {span.window}" if span.window else span.name


def _part(trace: Trace, span: Span) -> tuple[Cell, ...]:
    """A row of the table: what is seen of a part on the drawing."""
    watts = [value for time, value in trace.power if span.start_s <= time <= span.end_s]
    return (span.name, span.window, round(span.start_s, 3), round(span.end_s, 3), *_ends(watts))


def _ends(watts: Iterable[float]) -> tuple[float | None, float | None]:
    found = list(watts)
    return (min(found), max(found)) if found else (None, None)


def _words(trace: Trace) -> str:
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
