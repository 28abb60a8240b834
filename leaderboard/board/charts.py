"""A chart of the site: the drawing in the page, what a browser makes of it, its figures, and its files.

A chart stands in its page as a drawing with a table. Its other forms lie under one address (`/charts/…`): two
Vega documents for `static/charts.js`, wide and narrow, an SVG file, and the figures as CSV.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from leaderboard.board.exports import cell
from leaderboard.domain import NotFound

WIDE, NARROW = 1150, 296
"""Of the plot itself, CSS pixels; a style sheet shows the one that fits."""
FORMS = ("wide.json", "narrow.json", "chart.svg", "data.csv")

Cell = str | float | int | None
Shape = Literal["circle", "triangle-up", "square", "diamond", "cross"]


@dataclass(frozen=True)
class Series:
    """One kind of marks: what a button beside the chart sets off from the others."""

    name: str
    colour: str
    """A variable of the style sheet."""
    shape: Shape
    filled: bool = True


@dataclass(frozen=True)
class Chart:
    """What is drawn. The functions take the width of the plot, CSS pixels."""

    name: str
    """Of its files, without an ending."""
    words: str
    """The chart in a sentence, for who cannot see it."""
    draw: Callable[[int], Markup]
    picture: Callable[[int], str]
    vega: Callable[[int], dict[str, Any]]
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    """The figures, as many as are drawn."""
    series: Sequence[Series] = ()
    zooms: bool = False


@dataclass(frozen=True)
class Picture:
    """A chart as a page shows it (`chart` in `charts.html`)."""

    chart: Chart
    wide: Markup
    narrow: Markup
    base: str
    """Address of its forms, without the last part."""
    query: str = ""
    """What was asked, with its question mark."""

    def href(self, form: str) -> str:
        """Address of one of `FORMS`."""
        return f"{self.base}/{form}{self.query}"


def pictured(chart: Chart, base: str, query: str = "") -> Picture:
    """The chart drawn for wide and narrow screens."""
    return Picture(chart, chart.draw(WIDE), chart.draw(NARROW), base, query)


class _Document(HTMLResponse):
    """JSON that is kept as pages are: making one takes as long as drawing."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def answer(chart: Chart, form: str) -> Response:
    """One form of a chart.

    Raises:
        NotFound: there is no such form.
    """
    if form == "wide.json":
        return _Document(chart.vega(WIDE))
    if form == "narrow.json":
        return _Document(chart.vega(NARROW))
    if form == "chart.svg":
        return Response(chart.picture(WIDE), media_type="image/svg+xml", headers=_file(chart, "svg"))
    if form == "data.csv":
        return Response(table(chart), media_type="text/csv; charset=utf-8", headers=_file(chart, "csv"))
    raise NotFound(f"A chart has no form {form[:40]!r}.", f"There are {', '.join(FORMS)}.")


def table(chart: Chart) -> str:
    """The figures as CSV; what a spreadsheet would run is text."""
    sink = io.StringIO()
    lines = [chart.header, *chart.rows]
    csv.writer(sink, lineterminator="\r\n").writerows([cell(value) for value in line] for line in lines)
    return sink.getvalue()


def _file(chart: Chart, end: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename={json.dumps(f'starwatt-{chart.name}.{end}')}"}
