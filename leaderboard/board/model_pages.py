"""Pages of one model and of one run, and the short address of a rating."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from leaderboard import catalogue
from leaderboard.board.render import Pages
from leaderboard.domain import (
    NotFound,
    Notice,
    Rating,
    Run,
    wh_per_1000,
    windows_of,
)
from leaderboard.record import Record

_READ = ["GET", "HEAD"]


def create_model_pages(record: Record, pages: Pages) -> APIRouter:
    """Routes of `/models/{org}/{name}`, `/runs/{id}` and `/r/{id}`."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/models/{org}/{name}", methods=_READ)
    def model(request: Request, org: str, name: str) -> Response:
        return pages.cached(request, lambda: _model(request, f"{org}/{name}"))

    def _model(request: Request, model: str) -> Response:
        rows, runs = rows_of(record, model), record.runs_of(model)
        best = [row for row in rows if row.best]
        return pages.render(
            "model.html",
            request,
            model=model,
            rows=best,
            configurations=[row for row in rows if not row.best],
            runs=runs,
            notices=_notices(record, best),
            recipe=recipe(rows, runs),
            edition_titles={edition.id: edition.title for edition in record.editions()},
            development=bool(best) and all(row.development for row in best),
        )

    @router.api_route("/runs/{id}", methods=_READ)
    def run(request: Request, id: str) -> Response:
        return pages.cached(request, lambda: _run(request, record.run(id)))

    def _run(request: Request, run: Run) -> Response:
        ratings = [row for row in record.ratings_of(run.plan.model.repo_id) if row.run_id == run.id]
        return pages.render(
            "run.html",
            request,
            run=run,
            ratings=ratings,
            energy_wh=wh_per_1000(run.energy_per_query_j),
            repeatability_wh=wh_per_1000(run.repeatability_j),
            phases=_phases(run),
            recipe=recipe_of(run),
            development=any(row.development for row in ratings) or not run.provenance.public,
        )

    @router.api_route("/r/{id}", methods=_READ)
    def short(id: str) -> Response:
        rating = record.rating(id)
        # The short address is what lasts; where it leads may change, so this is not a permanent redirect.
        return RedirectResponse(f"/models/{rating.model}#r-{rating.id}", 307)

    return router


def rows_of(record: Record, model: str) -> list[Rating]:
    """Every row of a model.

    Raises:
        NotFound: nothing is known of it.
    """
    rows = record.ratings_of(model)
    if not rows and not record.runs_of(model):
        shown = model if len(model) <= 80 else model[:79] + "…"
        raise NotFound(
            f"No figure is known for the model {shown!r}.",
            "Look for it on the board, or submit it to have it measured.",
        )
    return rows


def _notices(record: Record, rows: Sequence[Rating]) -> list[tuple[Rating, Notice]]:
    return [(row, notice) for row in rows for notice in record.notices(row.id)]


@dataclass(frozen=True)
class Recipe:
    """How to measure a model again: two commands."""

    model: str
    task: str
    hardware: str
    protocol: str
    revision: str | None = None
    precision: str | None = None
    profile: str | None = None
    device: str | None = None
    published_elsewhere: bool = False
    """Whether there is no run of ours to repeat, so that these commands make the first one."""


def recipe_of(run: Run) -> Recipe:
    """The commands that repeat a run."""
    plan = run.plan
    return Recipe(
        plan.model.repo_id,
        plan.task,
        plan.hardware,
        plan.protocol,
        revision=plan.model.sha,
        precision=plan.model.precision,
        profile=plan.profile.id,
        device=plan.device.value,
    )


def recipe(rows: Sequence[Rating], runs: Sequence[Run]) -> Recipe | None:
    """Commands for a model: those of its newest run, else of a task that our runner measures, else None."""
    if runs:
        return recipe_of(runs[0])
    ours = catalogue.tasks()
    for row in rows:
        if row.task in ours and ours[row.task].engine is not None:
            hardware = next(iter(catalogue.hardware_classes()))
            return Recipe(row.model, row.task, hardware, "offline-b1", published_elsewhere=True)
    return None


@dataclass(frozen=True)
class PhaseLine:
    """One phase of a run: what it used, on the mean of its windows."""

    phase: str
    rated: bool
    windows: int
    energy_per_query_j: float
    energy_wh: float
    mean_power_w: float


def _phases(run: Run) -> list[PhaseLine]:
    tasks = catalogue.tasks()
    rated = tasks[run.plan.task].phases if run.plan.task in tasks else ()
    lines = []
    for phase in dict.fromkeys(window.phase for window in run.windows):
        windows = [window for start in windows_of(run.windows, phase) for window in start]
        energy = sum(window.energy_per_query_j for window in windows) / len(windows)
        power = sum(window.energy_j for window in windows) / sum(window.seconds for window in windows)
        lines.append(PhaseLine(phase, phase in rated, len(windows), energy, wh_per_1000(energy), power))
    return lines
