"""A chart of the site: the drawing in the page, what a browser makes of it, its figures, and its files.

A chart stands in its page as a drawing with a table. Its other forms lie under one address (`/charts/…`): two
Vega documents for `static/charts.js`, wide and narrow, an SVG file, and the figures as CSV.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from leaderboard.board.sheets import CSV, sheet
from leaderboard.domain import NotFound

WIDE, NARROW = 1150, 296
"""Of the plot itself, CSS pixels; a style sheet shows the one that fits."""
FORMS = ("wide.json", "narrow.json", "chart.svg", "data.csv")

Cell = str | float | int | None
Shape = Literal["circle", "triangle-up", "square", "diamond", "cross", "triangle-down"]


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
class Still:
    """A drawing that stays as it is, for wide and for narrow screens (`still` in `charts.html`)."""

    wide: Markup
    narrow: Markup


@dataclass(frozen=True)
class Picture(Still):
    """A chart as a page shows it (`chart` in `charts.html`)."""

    chart: Chart
    base: str
    """Address of its forms, without the last part."""
    query: str = ""
    """What was asked, with its question mark."""

    def href(self, form: str) -> str:
        """Address of one of `FORMS`."""
        return f"{self.base}/{form}{self.query}"


def pictured(chart: Chart, base: str, query: str = "") -> Picture:
    """The chart drawn for wide and narrow screens."""
    return Picture(chart.draw(WIDE), chart.draw(NARROW), chart, base, query)


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
        return Response(sheet([chart.header, *chart.rows]), media_type=CSV, headers=_file(chart, "csv"))
    raise NotFound(f"A chart has no form {form[:40]!r}.", f"There are {', '.join(FORMS)}.")


def _file(chart: Chart, end: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename={json.dumps(f'starwatt-{chart.name}.{end}')}"}
