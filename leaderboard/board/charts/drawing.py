"""How charts are drawn: Altair describes them (`theme`), vl-convert draws and compiles them.

A drawing is an SVG inside the page and needs nothing of the reader's browser. The same chart compiled to Vega
is what `static/charts.js` puts in its place. Colours are the style sheet's own variables in both, so that one
drawing serves light and dark.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Literal

import altair as alt
from markupsafe import Markup

from leaderboard.board.charts import NARROW, WIDE, Cell, Chart, Series, Still
from leaderboard.board.charts.scales import Axis, log_ticks
from leaderboard.board.charts.theme import HIGHLIGHT
from leaderboard.domain import Unavailable

Plot = Callable[[int, Sequence[Axis] | None], Any]
"""What makes a drawing of a width, CSS pixels; with axes: one whose axes a browser moves."""
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


@dataclass(frozen=True)
class Live:
    """What the browser must know of a chart besides its marks."""

    near: Literal["xy", "x"]
    """How the mark nearest to a pointer is found; `x` for time series."""
    axes: Sequence[Axis] = field(default_factory=tuple)


def chart_of(
    plot: Plot,
    live: Live,
    *,
    name: str,
    words: str,
    series: Sequence[Series],
    header: Sequence[str],
    rows: Sequence[Sequence[Cell]],
) -> Chart:
    """A chart of the site whose axes can be moved, in all its forms from one plot."""
    return Chart(
        name=name,
        words=words,
        draw=lambda width: draw(plot(width, None), words),
        picture=lambda width: picture(plot(width, None), words),
        vega=lambda width: vega(plot(width, live.axes), live),
        series=series,
        zooms=True,
        header=header,
        rows=rows,
    )


def still(plot: Callable[[int], Any], label: str, wide: int = WIDE) -> Still:
    """A drawing that stays as it is, with its text alternative."""
    return Still(*(draw(plot(width), label) for width in (wide, NARROW)))


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
