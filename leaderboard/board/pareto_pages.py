"""`/pareto`: energy against quality or parameters, with the front, and its twin for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from leaderboard.board.asking import asked_without_gaps, documented, programs_items
from leaderboard.board.charts import Chart, Picture, answer, pictured
from leaderboard.board.pareto import Against, Plane, Point, plane
from leaderboard.board.places import PLACE, Pairs, Place, Places, address
from leaderboard.board.render import Pages
from leaderboard.domain import BadInput, NotFound, Rating
from leaderboard.record import Record
from leaderboard.standing import StandingStatus, standings

_READ = ["GET", "HEAD"]
MOST_READ = 5000
_PAGE = 1000
TABLE_ROWS = 100
MOST_NAMED_OUT = 20
Items = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Front:
    """A plane with what was asked."""

    place: Place
    plane: Plane
    asked: Against | None
    """None: the reader left it open."""
    other_known: bool
    """Whether enough models of the place have the other property."""
    complete: bool
    """False: only the most frugal rows were looked at."""

    @property
    def pairs(self) -> Pairs:
        """This view in a query string."""
        return [("x", self.plane.against), *self.place.pairs]

    @property
    def drawable(self) -> bool:
        """Whether there is more than one model to set against another."""
        return len(self.plane.points) > 1


def create_pareto_pages(pages: Pages, places: Places) -> APIRouter:
    """Routes of `/pareto` and `/api/v1/pareto`."""
    router = APIRouter()

    @router.api_route("/pareto", methods=_READ, include_in_schema=False)
    def pareto(request: Request) -> Response:
        items, clean = asked_without_gaps(request)
        if clean is not None:
            return RedirectResponse(clean, 302)
        return pages.cached(request, lambda: _page(request, front_of(places, items)))

    def _page(request: Request, front: Front) -> Response:
        points = front.plane.points
        shown = [*front.plane.front, *front.plane.beside][:TABLE_ROWS]
        return pages.render(
            "pareto.html",
            request,
            front=front,
            plane=front.plane,
            picture=_picture(front),
            shown=shown,
            standings=standings(places.record, [point.rating for point in shown]),
            total=len(points),
            left_out=front.plane.left_out[:MOST_NAMED_OUT],
            left_out_total=len(front.plane.left_out),
            permalink=address("/pareto", front.pairs),
            twin=address("/api/v1/pareto", front.pairs),
            export=address("/api/v1/ratings.csv", [*front.place.pairs, ("configurations", "best")]),
            compare=address(
                "/compare",
                [*(("model", point.rating.model) for point in _ends(front.plane)), *front.place.pairs],
            ),
            elsewhere=[] if front.drawable else _elsewhere(places, front),
            development=front.place.opening.edition.development,
        )

    @router.api_route("/charts/pareto/{form}", methods=_READ, include_in_schema=False)
    def chart(request: Request, form: str) -> Response:
        items = request.query_params.multi_items()
        return pages.cached(request, lambda: answer(_chart(front_of(places, items)), form))

    @router.get("/api/v1/pareto", tags=["read"], openapi_extra=documented("x"))
    @router.head("/api/v1/pareto", include_in_schema=False)
    def api(request: Request) -> Response:
        """Energy against `x` (`quality` or `params`) in one place, with who stands on the front."""
        items = programs_items(request, "x")
        return pages.cached(request, lambda: JSONResponse(_twin(front_of(places, items))))

    return router


def front_of(places: Places, items: Items) -> Front:
    """The front that a query string asks for. Withdrawn ratings are left aside.

    Raises:
        BadInput: `x` is neither quality nor params; or as `Places.find`.
    """
    asked = _against(items)
    found = _at(places, items, asked)
    if found.drawable or any(name in PLACE for name, _ in items):
        return found
    # Nobody said where, and the board's own opening has neither quality nor sizes: an edition that has.
    for edition in found.place.opening.editions:
        if not edition.current and not edition.development:
            other = _at(places, [("edition", edition.id)], asked)
            if other.drawable:
                return other
    return found


def _at(places: Places, items: Items, asked: Against | None) -> Front:
    place = places.find(items)
    rows, complete = _rows(places.record, place)
    by_quality, by_params = plane(rows, "quality"), plane(rows, "params")
    default = by_quality if len(by_quality.points) > 1 or len(by_params.points) < 2 else by_params
    chosen = {"quality": by_quality, "params": by_params, None: default}[asked]
    other = by_params if chosen is by_quality else by_quality
    return Front(place, chosen, asked, len(other.points) > 1, complete)


def _against(items: Items) -> Against | None:
    value = next((value.strip() for name, value in items if name == "x" and value.strip()), None)
    known: dict[str | None, Against | None] = {None: None, "quality": "quality", "params": "params"}
    if value in known:
        return known[value]
    assert value is not None
    raise BadInput(f"x is {value[:40]!r}.", "It may be quality or params.")


def _rows(record: Record, place: Place) -> tuple[list[Rating], bool]:
    """Rated rows of a place, most frugal first, each model once."""
    query = place.view.changed(sort="energy", order="asc").rating_query(limit=_PAGE)
    found: dict[str, Rating] = {}
    read = 0
    while True:
        page = record.ratings(query)
        stand = standings(record, page.items)
        for row in page.items:
            if stand[row.id].status is not StandingStatus.WITHDRAWN:
                found.setdefault(row.model, row)
        read += len(page.items)
        if page.next is None or read >= MOST_READ:
            return list(found.values()), page.next is None
        query = query.model_copy(update={"after": page.next})


def _picture(front: Front) -> Picture | None:
    if not front.drawable:
        return None
    return pictured(_chart(front), "/charts/pareto", address("", front.pairs))


def _chart(front: Front) -> Chart:
    # What draws takes a second to import, and most pages draw nothing.
    from leaderboard.board.charts.pareto import pareto_chart

    if not front.drawable:
        raise NotFound("There is nothing to draw here.", f"See {address('/pareto', front.pairs)}.")
    return pareto_chart(front.plane)


def _ends(found: Plane) -> tuple[Point, ...]:
    """Models of the front to set side by side: as many as a comparison takes."""
    return found.front[:6]


def _elsewhere(places: Places, front: Front) -> list[tuple[str, str]]:
    """Where there is something to draw, the other property first: words and addresses."""
    found = []
    if front.other_known:
        other = "params" if front.plane.against == "quality" else "quality"
        words = "Energy against parameters" if other == "params" else "Energy against quality"
        found.append((words, address("/pareto", [("x", other), *front.place.pairs])))
    for edition in front.place.opening.editions:
        if not edition.current and _at(places, [("edition", edition.id)], None).drawable:
            found.append((edition.title, address("/pareto", [("edition", edition.id)])))
    return found


def _twin(front: Front) -> dict[str, Any]:
    return {
        "place": dict(front.place.pairs),
        "loosened": list(front.place.loosened),
        "x": front.plane.against,
        "metric": front.plane.metric or None,
        "better": front.plane.better,
        "complete": front.complete,
        "points": [
            {
                "model": point.rating.model,
                "id": point.rating.id,
                "energy_wh_per_1000": point.rating.energy_wh_per_1000,
                "energy_low": point.rating.energy_low,
                "energy_high": point.rating.energy_high,
                "x": point.x,
                "stars": point.rating.stars,
                "provenance": point.rating.provenance.value,
                "on_front": point.on_front,
            }
            for point in front.plane.points
        ],
        "left_out": list(front.plane.left_out),
    }
