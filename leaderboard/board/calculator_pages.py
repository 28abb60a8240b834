"""`/calculator`: what a model takes in a year, what a switch saves, and its twin for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from leaderboard import catalogue
from leaderboard.alternatives import distinguishable
from leaderboard.board.api import items as told
from leaderboard.board.asking import asked_without_gaps, documented, model_names, programs_items
from leaderboard.board.calculator import Factors, Impact, impact, machines, seconds_per_query, yearly
from leaderboard.board.calculator_form import MACHINE, QUERIES, Form, read_form
from leaderboard.board.named_models import Missing, missing, offered, row_here
from leaderboard.board.places import Pairs, Place, Places, address
from leaderboard.board.render import Pages
from leaderboard.domain import BadInput, NotFound, Rating
from leaderboard.record import Record
from leaderboard.standing import standings

_READ = ["GET", "HEAD"]
_QUICK = 3
_DAYS = 365
Items = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Year:
    """One model over a year."""

    rating: Rating
    impact: Impact
    least: Impact | None
    """At the lower end of its comparison interval; None: no interval is claimed."""
    most: Impact | None
    seconds: float | None
    """Machine time of one query, seconds; None: not known."""
    machines: float | None
    """Machines at work on average."""


@dataclass(frozen=True)
class Calculation:
    """Everything the page tells."""

    place: Place
    form: Form
    model: str | None
    to: str | None
    now: Year | None
    then: Year | None
    saved: Impact | None
    """What the switch takes less; below zero where it takes more."""
    distinguishable: bool | None
    """Whether their energies differ by more than their intervals; None: not known."""
    missing: tuple[Missing, ...]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """This calculation in a query string."""
        return [*_models(self.model, self.to), *self.form.pairs, *self.place.pairs]

    def with_models(self, model: str | None, to: str | None) -> str:
        """The address of the same calculation for other models."""
        return address("/calculator", [*_models(model, to), *self.form.pairs, *self.place.pairs])

    def swapped(self, name: str, other: str) -> str:
        """The address with another model in the place of one."""
        return self.with_models(*(other if one == name else one for one in (self.model, self.to)))

    def moved(self, pairs: Pairs) -> str:
        """The address of the same models and factors in another place."""
        return address("/calculator", [*_models(self.model, self.to), *self.form.pairs, *pairs])

    @property
    def compare(self) -> str:
        """The address of its models side by side."""
        models = [("model", value) for _, value in _models(self.model, self.to)]
        return address("/compare", [*models, *self.place.pairs])


def _models(model: str | None, to: str | None) -> Pairs:
    return [(name, value) for name, value in (("model", model), ("to", to)) if value]


def create_calculator_pages(record: Record, pages: Pages, places: Places) -> APIRouter:
    """Routes of `/calculator` and `/api/v1/calculator`."""
    router = APIRouter()

    @router.api_route("/calculator", methods=_READ, include_in_schema=False)
    def calculator(request: Request) -> Response:
        items, clean = asked_without_gaps(request)
        if clean is not None:
            return RedirectResponse(clean, 302)
        return pages.cached(request, lambda: _page(request, calculate(places, items)))

    def _page(request: Request, found: Calculation) -> Response:
        rows = [year.rating for year in (found.now, found.then) if year]
        lost = found.model is not None and found.now is None
        return pages.render(
            "calculator.html",
            request,
            400 if found.form.problems else 404 if lost else 200,
            found=found,
            form=found.form,
            standings=standings(record, rows),
            offered=offered(record, found.place),
            quick=_quick(record, found),
            permalink=address("/calculator", found.pairs),
            twin=address("/api/v1/calculator", found.pairs),
            development=found.place.opening.edition.development,
        )

    @router.get("/api/v1/calculator", tags=["read"], openapi_extra=documented(*parameters()))
    @router.head("/api/v1/calculator", include_in_schema=False)
    def api(request: Request) -> Response:
        """What `model` takes in a year at `queries_per_day`, and what a switch to the model `to` saves."""
        items = programs_items(request, *parameters())
        return pages.cached(request, lambda: JSONResponse(_twin(record, calculate(places, items))))

    return router


def parameters() -> tuple[str, ...]:
    """Names that a query string may hold, beside those of the place."""
    return ("model", "to", QUERIES, MACHINE, *(one.parameter for one in catalogue.factors().values()))


def calculate(places: Places, items: Items) -> Calculation:
    """What a query string asks for.

    Raises:
        BadInput, UnknownName: as `Places.find` and `model_names`; a number that cannot be read is told
            by the form instead.
    """
    model = next(iter(model_names(items, "model")), None)
    to = next(iter(model_names(items, "to")), None)
    named = [name for name in (model, to) if name]
    place = places.find(items, named)
    form = read_form(items, place.view.hardware)
    rows = {name: row_here(places.record, place, name) for name in named}
    now, then = (_year(rows.get(name) if name else None, form) for name in (model, to))
    if form.problems:
        now = then = None
    return Calculation(
        place,
        form,
        model,
        to,
        now,
        then,
        now.impact - then.impact if now and then else None,
        distinguishable(now.rating, then.rating) if now and then else None,
        tuple(missing(places.record, place, name) for name, row in rows.items() if row is None),
    )


def _year(row: Rating | None, form: Form) -> Year | None:
    if row is None:
        return None
    a_year = form.queries_per_day * _DAYS
    ends = (row.energy_low, row.energy_high)
    least, most = (None if end is None else impact(a_year, end, form.factors) for end in ends)
    seconds = seconds_per_query(row)
    return Year(
        row,
        yearly(form.queries_per_day, row, form.factors),
        least,
        most,
        seconds,
        None if seconds is None else machines(form.queries_per_day, seconds),
    )


def _quick(record: Record, found: Calculation) -> list[str]:
    """Models to take or to switch to: the most frugal of the same size."""
    view = found.place.view.changed(sort="energy", order="asc")
    if found.now and found.now.rating.model_class:
        view = view.changed(model_class=found.now.rating.model_class)
    rows = record.ratings(view.rating_query(limit=_QUICK + 2)).items
    if found.now:
        rows = tuple(row for row in rows if row.energy_wh_per_1000 < found.now.rating.energy_wh_per_1000)
    return [name for name in dict.fromkeys(row.model for row in rows) if name not in (found.model, found.to)][
        :_QUICK
    ]


def _twin(record: Record, found: Calculation) -> dict[str, Any]:
    for one in found.form.problems:
        raise BadInput(f"{one.name} is {one.text[:40]!r}.", one.problem)
    if found.model is None:
        raise BadInput("No model is named.", "Name one: ?model=org/name&queries_per_day=1000000.")
    if found.missing:
        raise NotFound(
            f"{found.missing[0].name[:80]!r} has no figure for {found.place.words}.",
            "See GET /api/v1/ratings for models that have, or name another task, hardware or edition.",
        )
    assert found.now is not None
    rows = [year.rating for year in (found.now, found.then) if year]
    return {
        "place": dict(found.place.pairs),
        "queries_per_day": found.form.queries_per_day,
        "factors": _told(found.form, found.form.factors),
        "items": told(record, rows),
        "per_year": asdict(found.now.impact),
        "per_year_after": asdict(found.then.impact) if found.then else None,
        "saved_per_year": asdict(found.saved) if found.saved else None,
        "distinguishable": found.distinguishable,
    }


def _told(form: Form, factors: Factors) -> list[dict[str, Any]]:
    values = asdict(factors)
    return [
        {
            "name": one.name,
            "value": values[one.name],
            "unit": one.unit,
            "formula": one.formula,
            "source": "the caller" if one.changed else one.source,
            "year": None if one.changed else one.year,
        }
        for one in form.fields
    ]
