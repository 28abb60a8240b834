"""`/control`: whether each board still measures as it did (METHOD §3.8)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from leaderboard import catalogue
from leaderboard.board.charts import Chart, Picture, answer, pictured
from leaderboard.board.render import Pages
from leaderboard.domain import BadInput, Control, NotFound
from leaderboard.record import Record

_READ = ["GET", "HEAD"]
TABLE_ROWS = 50


@dataclass(frozen=True)
class BoardChart:
    """One series of one board, drawn."""

    title: str
    series: str
    controls: Sequence[Control]
    public: bool
    picture: Picture


def create_control_pages(record: Record, pages: Pages) -> APIRouter:
    """Routes of `/control` and `/api/v1/control`."""
    router = APIRouter()

    @router.api_route("/control", methods=_READ, include_in_schema=False)
    def control(request: Request, hardware: str | None = None) -> Response:
        return pages.cached(request, lambda: _page(request, hardware))

    def _page(request: Request, hardware: str | None) -> Response:
        found = record.controls(_known(hardware))
        classes = dict.fromkeys(control.hardware for control in record.controls())
        return pages.render(
            "control.html",
            request,
            charts=[_board_chart(series) for series in _by_series(found)],
            controls=found[:TABLE_ROWS],
            classes=list(classes),
            chosen=hardware,
            tolerance=catalogue.check("control-as-usual").limit("tolerance"),
            development=bool(found) and not any(control.provenance.public for control in found),
        )

    @router.api_route("/charts/control/{form}", methods=_READ, include_in_schema=False)
    def chart(request: Request, form: str, board: str = "", series: str = "") -> Response:
        return pages.cached(request, lambda: answer(_chart(_one_series(record, board, series)), form))

    @router.get("/api/v1/control", tags=["read"])
    def api(request: Request, hardware: str | None = None, development: bool = False) -> Response:
        """Controls, newest first; estimates and simulations only where `development=true` asks for them."""
        shown = [
            control.model_dump(mode="json")
            for control in record.controls(_known(hardware))
            if development or control.provenance.public
        ]
        return pages.cached(request, lambda: JSONResponse({"items": shown}))

    return router


def _known(hardware: str | None) -> str | None:
    if not hardware:
        return None
    if hardware not in catalogue.hardware_classes():
        raise BadInput(
            f"There is no hardware class {hardware[:40]!r}.",
            f"Known: {', '.join(catalogue.hardware_classes())}.",
        )
    return hardware


def _by_series(found: Sequence[Control]) -> list[list[Control]]:
    """Oldest first within a series; figures of real hardware before estimates and simulations."""
    series: dict[tuple[str, str], list[Control]] = {}
    for control in reversed(found):
        series.setdefault((control.board, control.series), []).append(control)
    return sorted(series.values(), key=lambda of: (not of[-1].provenance.public, of[0].hardware, of[0].board))


def _one_series(record: Record, board: str, series: str) -> list[Control]:
    for found in _by_series(record.controls()):
        if (found[0].board, found[0].series) == (board, series):
            return found
    raise NotFound("There is no such series of controls.", "/control has all that there are.")


def _board_chart(series: list[Control]) -> BoardChart:
    first = series[0]
    query = urlencode({"board": first.board, "series": first.series})
    return BoardChart(
        title=f"{catalogue.title_of('hardware', first.hardware)}, board {first.board[:8]}",
        series=_short(first.series),
        controls=series,
        public=first.provenance.public,
        picture=pictured(_chart(series), "/charts/control", f"?{query}"),
    )


def _chart(series: list[Control]) -> Chart:
    # What draws takes a second to import, and a Space without controls draws nothing.
    from leaderboard.board.charts.control import control_chart

    return control_chart(series)


def _short(series: str) -> str:
    """A series with its commit as people shorten them."""
    return re.sub(r"@([0-9a-f]{12})[0-9a-f]{28}", r" at \1,", series)
