"""`/api/v1/models/{org}/{name}`: a model's rows and runs, what takes less, the next star, how to cite it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from leaderboard.alternatives import Alternative
from leaderboard.board.address import public_address
from leaderboard.board.items import items
from leaderboard.board.model_advice import Advice
from leaderboard.board.model_finding import MOST_ROWS, aliases, rows_of
from leaderboard.board.model_view import ModelView, model_view
from leaderboard.board.render import Pages
from leaderboard.domain import Rating, UnknownName
from leaderboard.record import Record

MOST_NAMED = 20
"""Alternatives of each kind that are named; the others are counted."""


def create_model_api(record: Record, pages: Pages) -> APIRouter:
    """The route of a model for programs."""
    router = APIRouter(prefix="/api/v1", tags=["read"])

    @router.get("/models/{org}/{name}")
    def model(request: Request, org: str, name: str, edition: str | None = None) -> Response:
        """Every row and run of a model, alternatives, next stars, citations.

        `edition` narrows to one, and may name a development edition.
        """
        site = public_address(request)
        return pages.cached(request, lambda: JSONResponse(document(record, f"{org}/{name}", edition, site)))

    router.add_api_route("/models/{org}/{name}", model, methods=["HEAD"], include_in_schema=False)
    return router


def document(record: Record, model: str, edition: str | None, site: str) -> dict[str, Any]:
    """What a program is told of a model.

    Raises:
        UnknownName: an edition that is not there.
        NotFound: a model of which nothing is known.
    """
    editions = {found.id: found for found in record.editions()}
    if edition is not None and edition not in editions:
        raise UnknownName("edition", edition[:64], list(editions))
    rows = rows_of(record, model, public=edition is None, edition=edition)
    total = (
        len(rows)
        if len(rows) < MOST_ROWS
        else record.count_of(model, public=edition is None, edition=edition)
    )
    view = model_view(record, model, site, rows)
    return {
        "model": model,
        "ratings": items(record, rows),
        "ratings_total": total,
        "alternatives": [_alternatives(one) for one in view.advice],
        "next_star": [_next_star(one) for one in view.advice],
        "citation": [
            {"rating": one.rating.id, "text": one.text, "bibtex": one.bibtex} for one in view.citations
        ],
        "aliases": [
            {"model": one.model, "revision": one.sha, "submission": f"/submissions/{one.submission}"}
            for one in aliases(record, model, view.runs)
        ],
        "runs": _runs(view, edition, rows),
    }


def _runs(view: ModelView, edition: str | None, rows: list[Rating]) -> list[dict[str, Any]]:
    own = {row.run_id for row in rows if row.run_id}
    return [
        {
            "id": run.id,
            "url": f"/api/v1/runs/{run.id}",
            "task": run.plan.task,
            "hardware": run.plan.hardware,
            "protocol": run.plan.protocol,
            "provenance": run.provenance.value,
            "valid": run.valid,
            "finished_at": run.finished_at.isoformat(),
        }
        for run in view.runs
        if (edition is None and run.provenance.public) or run.id in own
    ]


def _alternatives(one: Advice) -> dict[str, Any]:
    found = one.alternatives
    return {
        "rating": one.rating.id,
        "quality": one.rating.quality,
        "as_good": [_named(other) for other in found.as_good[:MOST_NAMED]],
        "as_good_total": len(found.as_good),
        "quality_unknown": [_named(other) for other in found.unknown[:MOST_NAMED]],
        "quality_unknown_total": len(found.unknown),
        "worse": found.worse,
        "whole": one.whole,
    }


def _named(other: Alternative) -> dict[str, Any]:
    return {**_brief(other.rating), "times_less": other.times, "distinguishable": other.sure}


def _next_star(one: Advice) -> dict[str, Any]:
    found = one.next_star
    return {
        "rating": one.rating.id,
        "stars": one.rating.stars,
        "next": None
        if found is None
        else {
            "stars": found.star,
            "edge_wh_per_1000": found.edge_wh,
            "less_wh_per_1000": found.less_wh,
            "less_share": found.share,
            "configurations": [_brief(row) for row in found.configurations],
            "siblings": [_brief(row) for row in found.siblings],
        },
    }


def _brief(row: Rating) -> dict[str, Any]:
    """A row in few words; its whole is at `/ratings`."""
    names = (
        "id",
        "model",
        "energy_wh_per_1000",
        "stars",
        "quality",
        "quality_metric",
        "model_class",
        "params",
        "precision",
        "protocol",
        "batch",
        "gpus",
        "configuration",
    )
    return {"url": f"/r/{row.id}", **{name: getattr(row, name) for name in names}}
