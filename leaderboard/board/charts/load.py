"""One load of a serving run as a chart: requests at once and power, with the steady window."""

from __future__ import annotations

from typing import Any

import altair as alt

from leaderboard.board.charts import Still
from leaderboard.board.charts.drawing import still
from leaderboard.board.charts.theme import points, stacked, unmarked, values
from leaderboard.board.traces import Points, thin
from leaderboard.domain import Run, ServedLoad


def load_drawing(run: Run, columns: dict[str, list[object]] | None) -> Still | None:
    """The first load of the rated concurrency; None where the run asked no server.

    Args:
        columns: of the run's trace; None: it has none, and only the requests are drawn.
    """
    if run.serving is None:
        return None
    load = next((one for one in run.serving.rated.loads if one.steady and one.running), None)
    if load is None:
        return None
    power = [] if columns is None else _power(load, columns)
    at_once = run.serving.rated_at_once
    return still(lambda width: _plot(load, at_once, power, width), _words(load, at_once))


def _words(load: ServedLoad, at_once: int) -> str:
    """The plot in a sentence, for who cannot see it."""
    assert load.steady is not None
    ramp_s, tail_s = load.steady.start_s - load.start_s, load.end_s - load.steady.end_s
    return (
        f"{load.requests} requests in {load.end_s - load.start_s:.1f} seconds: a ramp of {ramp_s:.1f} s, "
        f"the steady window of {load.steady.seconds:.1f} seconds with {load.steady.mean_batch:.1f} of "
        f"{at_once} at once on the mean, and a tail of {tail_s:.1f} seconds."
    )


def _power(load: ServedLoad, columns: dict[str, list[object]]) -> Points:
    """Seconds since the load began, and watts."""
    pairs = zip(columns["time_s"], columns["power_w"], strict=True)
    return thin(
        [
            (float(time_s) - load.start_s, float(power_w))
            for time_s, power_w in pairs
            if isinstance(time_s, int | float)
            and isinstance(power_w, int | float)
            and load.start_s <= time_s <= load.end_s
        ]
    )


def _plot(load: ServedLoad, at_once: int, power: Points, width: int) -> Any:
    seconds = load.end_s - load.start_s
    time = alt.X("t:Q", scale=alt.Scale(domain=[0, seconds], nice=False))
    last = time.axis(title="Seconds since the first request", tickCount=width // 80, grid=False)
    panels = [_requests(load, at_once, last if len(power) < 2 else unmarked(time), width)]
    if len(power) >= 2:
        panels.append(_watts(load, power, last, width))
    return stacked(panels)


def _requests(load: ServedLoad, at_once: int, time: Any, width: int) -> Any:
    count = alt.Y(
        "v:Q",
        title="Requests at once",
        scale=alt.Scale(domain=[0, at_once * 1.16], nice=False),
        axis=alt.Axis(tickCount=4),
    )
    seconds = load.end_s - load.start_s
    area = (
        alt.Chart(points([*load.running, (seconds, 0)]))
        .mark_area(interpolate="step-after", color="var(--bar)", opacity=0.45, line={"color": "var(--ink)"})
        .encode(x=time, y=count)
    )
    full = (
        alt.Chart(values([{"v": at_once}])).mark_rule(color="var(--muted)", strokeDash=[4, 3]).encode(y=count)
    )
    return alt.layer(_shade(load, time), area, full, _names(load, at_once, time, count, width)).properties(
        width=width, height=180
    )


def _watts(load: ServedLoad, power: Points, time: Any, width: int) -> Any:
    line = (
        alt.Chart(points(power))
        .mark_line(strokeWidth=1.5, color="var(--ink)")
        .encode(
            x=time, y=alt.Y("v:Q", title="Power, W", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=3))
        )
    )
    return alt.layer(_shade(load, time), line).properties(width=width, height=96)


def _shade(load: ServedLoad, time: Any) -> Any:
    """The steady window."""
    assert load.steady is not None
    span = {"t": load.steady.start_s - load.start_s, "t2": load.steady.end_s - load.start_s}
    return alt.Chart(values([span])).mark_rect(color="var(--accent)", opacity=0.22).encode(x=time, x2="t2:Q")


def _names(load: ServedLoad, at_once: int, time: Any, count: Any, width: int) -> Any:
    """What each part is called, above it; on a narrow page only the window, for the others have no room."""
    assert load.steady is not None
    seconds = load.end_s - load.start_s
    start_s, end_s = load.steady.start_s - load.start_s, load.steady.end_s - load.start_s
    parts = [("steady window", start_s, end_s)]
    parts += [("ramp", 0.0, start_s), ("tail", end_s, seconds)]
    room = [
        {"t": (first_s + last_s) / 2, "v": at_once * 1.09, "name": name}
        for name, first_s, last_s in parts
        if (last_s - first_s) / seconds * width > 8 * len(name)
    ]
    return (
        alt.Chart(values(room))
        .mark_text(color="var(--ink)", fontSize=12)
        .encode(x=time, y=count, text="name:N")
    )
