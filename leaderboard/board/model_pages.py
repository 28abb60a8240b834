"""The page of one model, how to measure it again, and the short address of a rating."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from leaderboard import catalogue
from leaderboard.board.address import public_address
from leaderboard.board.label_finding import state
from leaderboard.board.render import Pages
from leaderboard.board.sweep import joules, series_words, sweeps_of
from leaderboard.disputes import disputes_on
from leaderboard.domain import NotFound, Notice, Plan, Rating, Run
from leaderboard.publish.snippets import Snippets
from leaderboard.record import Record
from leaderboard.standing import standings

_READ = ["GET", "HEAD"]


def create_model_pages(record: Record, pages: Pages) -> APIRouter:
    """Routes of `/models/{org}/{name}` and `/r/{id}`."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/models/{org}/{name}", methods=_READ)
    def model(request: Request, org: str, name: str) -> Response:
        return pages.cached(request, lambda: _model(request, f"{org}/{name}"))

    @router.api_route("/models/{name}", methods=_READ)
    def model_without_org(request: Request, name: str) -> Response:
        # Published figures of others name some models so.
        return pages.cached(request, lambda: _model(request, name))

    def _model(request: Request, model: str) -> Response:
        rows, runs = rows_of(record, model), record.runs_of(model)
        best = [row for row in rows if row.best]
        site = public_address(request)
        notices = _notices(record, best)
        return pages.render(
            "model.html",
            request,
            model=model,
            rows=best,
            configurations=[row for row in rows if not row.best],
            runs=runs,
            notices=notices,
            settled=_settled(notices),
            retests=_retests(record, notices),
            standings=standings(record, best),
            recipe=recipe(rows, runs),
            sweeps=sweeps_of(rows, runs),
            sweep_joules=joules,
            series_words=series_words,
            snippets=[Snippets(state(record, row, site), site) for row in best],
            edition_titles={edition.id: edition.title for edition in record.editions()},
            development=bool(best) and all(row.development for row in best),
        )

    @router.api_route("/r/{id}", methods=_READ)
    def short(id: str) -> Response:
        rating = record.rating(id)
        # The short address is what lasts; where it leads may change, so this is not a permanent redirect.
        return RedirectResponse(f"/models/{quote(rating.model)}#r-{rating.id}", 307)

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


def _settled(notices: Sequence[tuple[Rating, Notice]]) -> set[str]:
    """Ids of the rows whose last dispute was answered."""
    last = {row.id: notice.kind for row, notice in notices if notice.kind in ("disputed", "settled")}
    return {id for id, kind in last.items() if kind == "settled"}


def _notices(record: Record, rows: Sequence[Rating]) -> list[tuple[Rating, Notice]]:
    return [(row, notice) for row in rows for notice in record.notices(row.id)]


def _retests(record: Record, notices: Sequence[tuple[Rating, Notice]]) -> dict[str, str]:
    """The newest submission that measures a disputed row again, by the row's id."""
    found: dict[str, str] = {}
    for id in dict.fromkeys(row.id for row, notice in notices if notice.kind == "disputed"):
        for dispute in disputes_on(record, id):
            for rating_id in dispute.ratings if dispute.retest else ():
                found.setdefault(rating_id, dispute.retest)
    return found


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


def recipe_of(run: Run) -> Recipe | None:
    """The commands that repeat a run; None for one of a closed model, which only its owner can."""
    return None if run.plan.nonce is not None else recipe_of_plan(run.plan)


def recipe_of_plan(plan: Plan) -> Recipe:
    """The commands that make a plan's run elsewhere."""
    return Recipe(
        plan.model.repo_id,
        plan.task,
        plan.hardware,
        plan.protocol,
        revision=plan.model.sha,
        # Named, it would narrow a sweep's ladder to itself.
        precision=plan.model.precision if plan.ladder is None or len(plan.ladder.precisions) == 1 else None,
        profile=plan.profile.id,
        device=plan.device.value,
    )


def recipe(rows: Sequence[Rating], runs: Sequence[Run]) -> Recipe | None:
    """Commands for a model: those of its newest run, else of a task that our runner measures, else None."""
    ours_to_repeat = next((again for run in runs if (again := recipe_of(run))), None)
    if ours_to_repeat is not None or runs:
        return ours_to_repeat
    ours = catalogue.tasks()
    for row in rows:
        if row.task in ours and ours[row.task].engine is not None:
            hardware = next(iter(catalogue.hardware_classes()))
            return Recipe(row.model, row.task, hardware, "offline-b1", published_elsewhere=True)
    return None
