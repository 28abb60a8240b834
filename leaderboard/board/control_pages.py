"""`/control`: whether each board still measures as it did (METHOD §3.8)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from markupsafe import Markup

from leaderboard import catalogue
from leaderboard.board.render import Pages
from leaderboard.domain import BadInput, Control, Outcome
from leaderboard.record import Record

_READ = ["GET", "HEAD"]
TABLE_ROWS = 50


@dataclass(frozen=True)
class BoardChart:
    """One series of one board, drawn."""

    title: str
    board: str
    series: str
    controls: Sequence[Control]
    public: bool
    wide: Markup
    narrow: Markup


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
            charts=[_chart(series) for series in _by_series(found)],
            controls=found[:TABLE_ROWS],
            classes=list(classes),
            chosen=hardware,
            tolerance=catalogue.check("control-as-usual").limit("tolerance"),
            development=bool(found) and not any(control.provenance.public for control in found),
        )

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


def _chart(series: list[Control]) -> BoardChart:
    # What draws takes a second to import, and a Space without controls draws nothing.
    from leaderboard.board.plots import NARROW, WIDE, control_plot, draw

    first = series[0]
    held = [control.energy_per_query_j for control in series if control.outcome is not Outcome.FAILED]
    usual = median(held or [control.energy_per_query_j for control in series])
    rows = [_point(control, usual, before) for control, before in zip(series, [None, *series], strict=False)]
    tolerance = catalogue.check("control-as-usual").limit("tolerance")
    failed = sum(control.outcome is Outcome.FAILED for control in series)
    percents = [row["percent"] for row in rows]
    words = (
        f"{len(series)} controls of board {first.board[:8]}: energy from {min(percents):+.1f} to "
        f"{max(percents):+.1f} per cent of their median, {usual:.4g} J per query; {failed} out of line."
    )
    wide, narrow = (draw(control_plot(rows, tolerance * 100, width), words) for width in (WIDE, NARROW))
    return BoardChart(
        title=f"{catalogue.title_of('hardware', first.hardware)}, board {first.board[:8]}",
        board=first.board,
        series=_short(first.series),
        controls=series,
        public=first.provenance.public,
        wide=wide,
        narrow=narrow,
    )


def _short(series: str) -> str:
    """A series with its commit as people shorten them."""
    return re.sub(r"@([0-9a-f]{12})[0-9a-f]{28}", r" at \1,", series)


def _point(control: Control, usual: float, before: Control | None) -> dict[str, Any]:
    changed = before is not None and before.driver != control.driver
    return {
        "at": control.at.isoformat(),
        "percent": (control.energy_per_query_j / usual - 1) * 100,
        "idle": control.idle_power_w,
        "outcome": "out of line" if control.outcome is Outcome.FAILED else "as usual",
        "driver": f"driver {control.driver}" if changed else None,
    }
