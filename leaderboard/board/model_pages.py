"""The page of one model, and the short address of a rating."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from leaderboard.board.address import public_address
from leaderboard.board.asking import asked_without_gaps
from leaderboard.board.calculator import Factors
from leaderboard.board.model_costs import Prices, costs
from leaderboard.board.model_finding import aliases, retests, row_notices, settled
from leaderboard.board.model_history import histories
from leaderboard.board.model_strip import strip
from leaderboard.board.model_view import model_view
from leaderboard.board.reasoning_off import factors, switches
from leaderboard.board.recipes import recipe
from leaderboard.board.render import Pages
from leaderboard.board.sweep import joules, series_words, sweeps_of
from leaderboard.publish.snippets import Snippets
from leaderboard.record import Record

_READ = ["GET", "HEAD"]


def create_model_pages(record: Record, pages: Pages) -> APIRouter:
    """Routes of `/models/{org}/{name}` and `/r/{id}`."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/models/{org}/{name}", methods=_READ)
    def model(request: Request, org: str, name: str) -> Response:
        return _cached(request, f"{org}/{name}")

    @router.api_route("/models/{name}", methods=_READ)
    def model_without_org(request: Request, name: str) -> Response:
        # Published figures of others name some models so.
        return _cached(request, name)

    def _cached(request: Request, model: str) -> Response:
        _, clean = asked_without_gaps(request)
        if clean is not None:
            return RedirectResponse(clean, 302)
        return pages.cached(request, lambda: _model(request, model))

    def _model(request: Request, model: str) -> Response:
        prices = Prices.from_query(request.query_params.multi_items())
        site = public_address(request)
        view = model_view(record, model, site)
        notices = row_notices(view.rows, view.standings)
        every = (*view.rows, *view.configurations)
        return pages.render(
            "model.html",
            request,
            model=model,
            view=view,
            line=strip(view.lead.rating, view.lead.bands) if view.lead else None,
            rows=view.rows,
            configurations=view.configurations,
            runs=view.runs,
            standings=view.standings,
            edition_titles={edition.id: edition.title for edition in view.editions.values()},
            notices=notices,
            settled=settled(notices),
            retests=retests(record, notices),
            histories=histories(view.rows, view.runs),
            aliases=aliases(record, model, view.runs),
            prices=prices,
            costs=costs(view.rows, prices),
            defaults=Factors.defaults(),
            reasoning=factors(view.rows, view.editions),
            switches=switches(view.rows, view.runs),
            recipe=recipe(every, view.runs),
            sweeps=sweeps_of(every, view.runs),
            sweep_joules=joules,
            series_words=series_words,
            snippets=[
                Snippets(view.statements[row.id], site) for row in view.rows if row.id in view.statements
            ],
            development=bool(view.rows) and all(row.development for row in view.rows),
        )

    @router.api_route("/r/{id}", methods=_READ)
    def short(id: str) -> Response:
        rating = record.rating(id)
        # The short address is what lasts; where it leads may change, so this is not a permanent redirect.
        return RedirectResponse(f"/models/{quote(rating.model)}#r-{rating.id}", 307)

    return router
