"""`/compare`: up to six models side by side, and its twin for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from leaderboard.board import columns
from leaderboard.board.api import items as told
from leaderboard.board.asking import asked_without_gaps, documented, model_names, programs_items
from leaderboard.board.calculator import Factors, rental_of
from leaderboard.board.compare import MOST_MODELS, Comparison, compared
from leaderboard.board.named_models import Missing, missing, offered, row_here
from leaderboard.board.places import Pairs, Place, Places, address, against
from leaderboard.board.render import Pages
from leaderboard.domain import NotFound, Rating
from leaderboard.record import Record
from leaderboard.standing import standings

_READ = ["GET", "HEAD"]
_QUICK = 4
Items = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Side:
    """Everything a comparison has to tell."""

    place: Place
    asked: tuple[str, ...]
    """Models that were named, at most six."""
    left_out: tuple[str, ...]
    """Named past the sixth."""
    missing: tuple[Missing, ...]
    comparison: Comparison

    def href(self, models: Sequence[str]) -> str:
        """The address of these models, here."""
        return address("/compare", [*(("model", model) for model in models), *self.place.pairs])

    def without(self, model: str) -> str:
        """The address without one of them."""
        return self.href([name for name in self.shown if name != model])

    def swapped(self, model: str, other: str) -> str:
        """The address with another model in the place of one."""
        return self.href([other if name == model else name for name in self.asked])

    def moved(self, pairs: Pairs) -> str:
        """The address of the same models in another place."""
        return address("/compare", [*(("model", model) for model in self.asked), *pairs])

    @property
    def twin(self) -> str:
        """The address for programs."""
        models = [("model", model) for model in self.shown]
        return address("/api/v1/compare", [*models, *self.place.pairs])

    @property
    def pareto(self) -> str:
        """The address of the front of this place."""
        return address("/pareto", self.place.pairs)

    @property
    def drawn(self) -> str:
        """What the front sets energy against; empty: these models tell nothing to draw."""
        return against(self.comparison.rows)

    @property
    def calculator(self) -> str:
        """The address of the calculator for the first of them, and a switch to the second."""
        models = zip(("model", "to"), self.shown, strict=False)
        return address("/calculator", [*models, *self.place.pairs]) + "#factors"

    @property
    def shown(self) -> list[str]:
        """Models that have a column."""
        return [row.model for row in self.comparison.rows]


def create_compare_pages(record: Record, pages: Pages, places: Places) -> APIRouter:
    """Routes of `/compare` and `/api/v1/compare`."""
    router = APIRouter()

    @router.api_route("/compare", methods=_READ, include_in_schema=False)
    def compare(request: Request) -> Response:
        items, clean = asked_without_gaps(request)
        if clean is not None:
            return RedirectResponse(clean, 302)
        return pages.cached(request, lambda: _page(request, side_by_side(places, items)))

    def _page(request: Request, side: Side) -> Response:
        rows = side.comparison.rows
        names = offered(record, side.place)
        return pages.render(
            "compare.html",
            request,
            404 if side.asked and not rows else 200,
            side=side,
            most=MOST_MODELS,
            standings=standings(record, rows),
            scale=columns.FromZero.over(row.energy_wh_per_1000 for row in rows),
            offered=names,
            quick=_quick(record, side) if len(rows) < MOST_MODELS else [],
            factors=Factors.defaults(),
            rental=rental_of(side.place.view.hardware or ""),
            development=side.place.opening.edition.development,
        )

    @router.get("/api/v1/compare", tags=["read"], openapi_extra=documented("model"))
    @router.head("/api/v1/compare", include_in_schema=False)
    def api(request: Request) -> Response:
        """Up to six models side by side: `model` for each, and the place by the parameters of `/ratings`."""
        items = programs_items(request, "model")
        return pages.cached(request, lambda: JSONResponse(twin(record, side_by_side(places, items))))

    return router


def side_by_side(places: Places, items: Items) -> Side:
    """What a query string asks to set side by side. A model that is not here is told, and the rest kept.

    Raises:
        BadInput, UnknownName: as `Places.find` and `model_names`.
    """
    named = model_names(items, "model")
    asked = named[:MOST_MODELS]
    place = places.find(items, asked)
    found: dict[str, Rating | None] = {name: row_here(places.record, place, name) for name in asked}
    absent = [missing(places.record, place, name) for name, row in found.items() if row is None]
    rows = [row for row in found.values() if row is not None]
    return Side(
        place,
        tuple(asked),
        tuple(named[MOST_MODELS:]),
        tuple(absent),
        compared(rows, Factors.defaults()),
    )


def _quick(record: Record, side: Side) -> list[str]:
    """Models to add with one click: the most frugal of the same size, else of the place."""
    rows = side.comparison.rows
    view = side.place.view.changed(sort="energy", order="asc")
    if rows and rows[0].model_class:
        view = view.changed(model_class=rows[0].model_class)
    there = record.ratings(view.rating_query(limit=_QUICK + 2 * MOST_MODELS)).items
    fresh = dict.fromkeys(row.model for row in there if row.model not in side.asked)
    return list(fresh)[:_QUICK]


def twin(record: Record, side: Side) -> dict[str, Any]:
    """A comparison as programs are told it.

    Raises:
        NotFound: none of the models has a figure there.
    """
    if side.asked and not side.comparison.rows:
        raise NotFound(
            f"None of these models has a figure for {side.place.words}: {', '.join(side.asked)[:200]}.",
            "See GET /api/v1/ratings for those that have, or name another task, hardware or edition.",
        )
    return {
        "place": dict(side.place.pairs),
        "loosened": list(side.place.loosened),
        "items": told(record, side.comparison.rows),
        "lines": [asdict(line) for line in side.comparison.lines],
        "not_distinguishable": [list(pair) for pair in side.comparison.alike],
        "without_interval": list(side.comparison.unsure),
        "missing": [{"model": one.name, "known_elsewhere": one.known} for one in side.missing],
        "left_out": list(side.left_out),
        "factors": asdict(Factors.defaults()),
    }
