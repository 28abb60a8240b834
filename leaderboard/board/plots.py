"""What all charts share: Altair describes them, vl-convert draws and compiles them, the style sheet's colours
theme them.

A drawing is an SVG inside the page and needs nothing of the reader's browser. The same chart compiled to Vega
is what `static/charts.js` puts in its place. Colours are the style sheet's own variables in both, so that one
drawing serves light and dark.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Literal

import altair as alt
from markupsafe import Markup

from leaderboard.board.charts import NARROW as NARROW
from leaderboard.board.charts import WIDE as WIDE
from leaderboard.domain import Unavailable

POINTS = "points"
"""How the names of those layers begin whose marks can be pointed at."""
HIGHLIGHT = "highlight"
"""The signal that holds the series to be seen; empty: all of them."""
_KEPT = 24
_LIGHT = {
    "bg": "#fff",
    "line": "#dbe2de",
    "edge": "#76847d",
    "ink": "#13201b",
    "muted": "#46544d",
    "accent": "#0a5c5a",
    "bar": "#8fc7c1",
    "warn": "#6b3f00",
    "bad": "#8c1d18",
}
"""The style sheet's light colours, for a drawing that leaves the page."""
_VARIABLE = re.compile(r"var\(--([a-z]+)\)")
_drawing = threading.Lock()
"""vl-convert has one engine for all threads."""
_room = threading.BoundedSemaphore(8)
"""Requests that may draw or wait for it: a large chart takes a second, and all pages share their threads."""

Ends = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """An axis that can be zoomed: its signal holds the two ends."""

    signal: str
    scale: Literal["log", "linear"]
    ends: Ends
    most: int = 0
    """Round numbers at most, where they are found by our own rule (`log_ticks`); 0: by Vega's."""

    @property
    def ticks(self) -> str:
        """The signal that holds the round numbers."""
        return f"{self.signal}_ticks"


@dataclass(frozen=True)
class Live:
    """What the browser must know of a chart besides its marks."""

    near: Literal["xy", "x"]
    """How the mark nearest to a pointer is found; `x` for time series."""
    axes: Sequence[Axis] = field(default_factory=tuple)


def draw(chart: Any, label: str) -> Markup:
    """A chart as an inline SVG with its text alternative."""
    # Its own markup says what each mark is, one by one; a reader of the page wants one sentence.
    return Markup('<div class="plot" role="img" aria-label="{}">{}</div>').format(
        label, Markup(_svg(_text(chart)))
    )


def picture(chart: Any, label: str) -> str:
    """A chart as an SVG file of its own, in light colours on white."""
    svg = _svg(_text(chart)).replace('fill="transparent"', 'fill="none"')
    start = svg.index(">") + 1
    title = Markup("<title>{}</title>").format(label)
    backed = f'{svg[:start]}{title}<rect width="100%" height="100%" fill="#fff"/>{svg[start:]}'
    return _VARIABLE.sub(lambda match: _LIGHT[match[1]], backed)


def vega(chart: Any, live: Live) -> dict[str, Any]:
    """A chart compiled for the browser, so that it needs neither Vega-Lite nor a compiler there.

    Returns:
        A Vega document; `usermeta` says how marks are found and which signals hold the ends of axes.
    """
    spec = chart.to_dict()
    spec["params"] = [
        {"name": HIGHLIGHT, "value": ""},
        *({"name": axis.signal, "value": list(axis.ends)} for axis in live.axes),
        *({"name": axis.ticks, "value": log_ticks(*axis.ends, axis.most)} for axis in live.axes if axis.most),
    ]
    spec["usermeta"] = {"near": live.near, "axes": [asdict(axis) for axis in live.axes]}
    # The script tells what is pointed at; words on every mark would only be bytes.
    spec["config"]["aria"] = False
    compiled: dict[str, Any] = json.loads(_compiled(json.dumps(spec)))
    return compiled


def _text(chart: Any) -> str:
    return json.dumps(chart.to_dict())


def _version() -> str:
    return alt.SCHEMA_VERSION.rsplit(".", 1)[0]


@lru_cache(maxsize=_KEPT)
def _svg(spec: str) -> str:
    import vl_convert

    with _one_at_a_time():
        svg: str = vl_convert.vegalite_to_svg(spec, vl_version=_version())
    return svg


@lru_cache(maxsize=_KEPT)
def _compiled(spec: str) -> str:
    import vl_convert

    with _one_at_a_time():
        return json.dumps(vl_convert.vegalite_to_vega(spec, vl_version=_version()))


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """The engine, once those before have drawn. Raises Unavailable where too many wait already."""
    if not _room.acquire(blocking=False):
        raise Unavailable("Too many charts are being drawn at this moment.", "Try again in a few seconds.")
    try:
        with _drawing:
            yield
    finally:
        _room.release()


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


def values(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Rows as the data of a layer. What people wrote stands here, and nowhere else in a chart."""
    return alt.InlineData(values=[dict(row) for row in rows])


def seen(field: str, opacity: float = 1.0) -> Any:
    """The opacity of marks, in the browser: faint where another series is to be seen."""
    return alt.condition(
        f"{HIGHLIGHT} === '' || datum.{field} === {HIGHLIGHT}", alt.value(opacity), alt.value(opacity * 0.12)
    )


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


def ends_of(axis: Axis) -> Any:
    """An axis' ends as a scale's domain that the browser can move."""
    return alt.ExprRef(axis.signal)
