"""The page of one run with its trace, and the trace as data."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from leaderboard import catalogue
from leaderboard.board.charts import Chart, Picture, answer, pictured
from leaderboard.board.documented import file_of
from leaderboard.board.recipes import recipe_of
from leaderboard.board.render import Pages
from leaderboard.board.traces import Trace, read_columns, read_trace, trace_file
from leaderboard.domain import BadFile, NotFound, Run, wh_per_1000, windows_of
from leaderboard.record import Record
from leaderboard.standing import standings

if TYPE_CHECKING:
    from leaderboard.board.charts import Still

_READ = ["GET", "HEAD"]
_PARQUET = "application/vnd.apache.parquet"


@dataclass(frozen=True)
class PhaseLine:
    """One phase of a run: what it used, on the mean of its windows."""

    phase: str
    rated: bool
    windows: int
    energy_per_query_j: float
    energy_wh: float
    mean_power_w: float


@dataclass(frozen=True)
class Plot:
    """A trace as the page shows it, or why it cannot."""

    picture: Picture | None = None
    trace: Trace | None = None
    missing: str = ""


def create_run_pages(record: Record, pages: Pages) -> APIRouter:
    """Routes of `/runs/{id}` and of the trace under `/api/v1/runs/{id}`."""
    router = APIRouter()

    @router.api_route("/runs/{id}", methods=_READ, include_in_schema=False)
    def run(request: Request, id: str) -> Response:
        return pages.cached(request, lambda: _run(request, record.run(id)))

    def _run(request: Request, run: Run) -> Response:
        ratings = record.ratings_of(run.plan.model.repo_id, run_id=run.id)
        return pages.render(
            "run.html",
            request,
            run=run,
            ratings=ratings,
            standings=standings(record, ratings),
            energy_wh=wh_per_1000(run.energy_per_query_j),
            repeatability_wh=wh_per_1000(run.repeatability_j),
            phases=_phases(run),
            plot=_plot(record, run),
            load=_load(record, run),
            checks=catalogue.checks(),
            recipe=recipe_of(run),
            development=any(row.development for row in ratings) or not run.provenance.public,
        )

    @router.api_route("/charts/runs/{id}/{form}", methods=_READ, include_in_schema=False)
    def chart(request: Request, id: str, form: str) -> Response:
        return pages.cached(request, lambda: answer(_chart_of(record, record.run(id)), form))

    @router.get("/api/v1/runs/{id}/trace", tags=["read"])
    def trace(request: Request, id: str) -> Response:
        """A run's trace, column by column: 10 Hz power and counter, 1 Hz state of the boards."""
        return pages.cached(request, lambda: JSONResponse(read_columns(trace_file(record, record.run(id)))))

    @router.get("/api/v1/runs/{id}/trace.parquet", tags=["read"], **file_of(_PARQUET))
    def trace_parquet(id: str) -> Response:
        """The same as the file that the runner wrote."""
        path = trace_file(record, record.run(id))
        return FileResponse(path, media_type=_PARQUET, filename=f"trace-{id}.parquet")

    return router


def _phases(run: Run) -> list[PhaseLine]:
    known = run.plan.task in catalogue.tasks() and run.plan.protocol in catalogue.protocols()
    rated = catalogue.task_of(run.plan).phases if known else ()
    lines = []
    for phase in dict.fromkeys(window.phase for window in run.windows):
        windows = [window for start in windows_of(run.windows, phase) for window in start]
        energy = sum(window.energy_per_query_j for window in windows) / len(windows)
        power = sum(window.energy_j for window in windows) / sum(window.seconds for window in windows)
        lines.append(PhaseLine(phase, phase in rated, len(windows), energy, wh_per_1000(energy), power))
    return lines


def _load(record: Record, run: Run) -> Still | None:
    """The first load of a serving run, with its power where the run has a trace."""
    if run.serving is None:
        return None
    from leaderboard.board.charts.load import load_drawing

    columns = None
    with suppress(NotFound, BadFile):
        columns = read_columns(trace_file(record, run))
    return load_drawing(run, columns)


def _plot(record: Record, run: Run) -> Plot:
    try:
        trace = read_trace(trace_file(record, run), run)
    except (NotFound, BadFile) as error:
        return Plot(missing=error.message)
    return Plot(pictured(_chart(run, trace), f"/charts/runs/{run.id}"), trace)


def _chart(run: Run, trace: Trace) -> Chart:
    # What draws takes a second to import, and most pages draw nothing.
    from leaderboard.board.charts.trace import trace_chart

    return trace_chart(trace, f"run-{run.id}")


def _chart_of(record: Record, run: Run) -> Chart:
    return _chart(run, read_trace(trace_file(record, run), run))
