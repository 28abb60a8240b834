"""`/orgs` and `/orgs/{org}`: who makes models and how open they are, with their twins for programs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from leaderboard.board.asking import asked_without_gaps
from leaderboard.board.items import items
from leaderboard.board.org_query import AskedOrg, AskedOrgs
from leaderboard.board.organisations import Organisation, OrgModel, organisation, page_of
from leaderboard.board.render import Pages
from leaderboard.record import Record

_READ = ["GET", "HEAD"]
PER_PAGE = 100


def create_org_pages(record: Record, pages: Pages) -> APIRouter:
    """Routes of organisations."""
    router = APIRouter()

    @router.api_route("/orgs", methods=_READ, include_in_schema=False)
    def orgs(request: Request) -> Response:
        asked, clean = asked_without_gaps(request)
        if clean is not None:
            return RedirectResponse(clean, 302)
        return pages.cached(request, lambda: _orgs(request, AskedOrgs.from_query(asked)))

    @router.api_route("/orgs/{org}", methods=_READ, include_in_schema=False)
    def org(request: Request, org: str) -> Response:
        return pages.cached(request, lambda: _org(request, organisation(record, org)))

    def _orgs(request: Request, asked: AskedOrgs) -> Response:
        found, following = record.organisations(asked.q, asked.after, PER_PAGE)
        return pages.render("orgs.html", request, asked=asked, orgs=found, following=asked.at(following))

    def _org(request: Request, found: Organisation) -> Response:
        asked = AskedOrg.from_query(request.query_params.multi_items())
        shown, following = page_of(found.sorted(asked.sort, asked.descending), asked.after, PER_PAGE)
        return pages.render(
            "org.html",
            request,
            org=found,
            asked=asked,
            models=shown,
            following=asked.at(found.name, following),
        )

    @router.get("/api/v1/orgs", tags=["read"], openapi_extra=_documented("q", "after"))
    def api_orgs(request: Request) -> Response:
        """Organisations with public figures, by name; `q` is part of one, `after` the `next` of a page."""

        def make() -> Response:
            asked = AskedOrgs.from_query(request.query_params.multi_items())
            found, following = record.organisations(asked.q, asked.after, PER_PAGE)
            return JSONResponse({"items": [vars(one) for one in found], "next": following})

        return pages.cached(request, make)

    @router.get("/api/v1/orgs/{org}", tags=["read"], openapi_extra=_documented("sort", "order", "after"))
    def api_org(request: Request, org: str) -> Response:
        """An organisation: models measured, attested, undisclosed; how open they are; each task's best."""

        def make() -> Response:
            asked = AskedOrg.from_query(request.query_params.multi_items())
            return JSONResponse(document(record, organisation(record, org), asked))

        return pages.cached(request, make)

    router.add_api_route("/api/v1/orgs", api_orgs, methods=["HEAD"], include_in_schema=False)
    router.add_api_route("/api/v1/orgs/{org}", api_org, methods=["HEAD"], include_in_schema=False)
    return router


def _documented(*names: str) -> dict[str, Any]:
    return {
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": {"type": "string"}} for name in names
        ]
    }


def document(record: Record, found: Organisation, asked: AskedOrg) -> dict[str, Any]:
    """An organisation as the API tells it."""
    shown, following = page_of(found.sorted(asked.sort, asked.descending), asked.after, PER_PAGE)
    rows = [model.shown for model in shown]
    told = {row["id"]: row for row in items(record, [*rows, *found.best])}
    return {
        "org": found.name,
        "models": len(found.models) + len(found.without_figure),
        "models_are_all": found.whole,
        "measured": found.measured,
        "attested": found.attested,
        "published": found.published,
        "undisclosed": list(found.undisclosed),
        "without_figure": list(found.without_figure),
        "openness": [vars(part) for part in found.disclosed],
        "best": [told[row.id] for row in found.best],
        "items": [_model(model, told[model.shown.id]) for model in shown],
        "next": following,
    }


def _model(model: OrgModel, row: dict[str, Any]) -> dict[str, Any]:
    telling = model.openness
    return {
        "model": model.name,
        "url": f"/api/v1/models/{model.name}",
        "provenances": list(model.kinds),
        "rated_rows": len(model.rows),
        "params": model.params,
        "weights_open": telling.weights_open,
        "data_open": telling.data_open,
        "licence_open": telling.licence_open,
        "rating": row,
    }
