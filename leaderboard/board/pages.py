"""Pages a reader opens first: the board, the method."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from leaderboard import catalogue
from leaderboard.board import columns
from leaderboard.board.kept import Kept
from leaderboard.board.opening import Choice, Opening, Openings, reasoning_choices
from leaderboard.board.picks import Pick, picks
from leaderboard.board.places import beside
from leaderboard.board.render import Pages
from leaderboard.board.texts import Document
from leaderboard.board.view import ViewState, params_text
from leaderboard.domain import Check, NotFound
from leaderboard.record import RatingQuery, Record
from leaderboard.standing import standings

PAGE_ROWS = 50
METHOD_FILE = Path(__file__).parents[2] / "docs" / "METHOD.md"
_READ = ["GET", "HEAD"]
_OTHER_TASKS = 5
_TABS = 7


def create_pages(record: Record, pages: Pages, method_file: Path = METHOD_FILE) -> APIRouter:
    """Routes of `/` and `/method`. They run in threads: nothing here blocks the event loop."""
    router = APIRouter(include_in_schema=False)
    openings = Openings(record)
    of_view: Kept[tuple[columns.Scale | None, list[Pick]]] = Kept(record)
    method = Document(method_file.read_text("utf-8")) if method_file.is_file() else None

    @router.api_route("/", methods=_READ)
    def board(request: Request) -> Response:
        items = request.query_params.multi_items()
        if any(not value for _, value in items):
            # A form without JavaScript sends its empty fields too: the address is told without them.
            return RedirectResponse(ViewState.from_query(items).href, 302)
        return pages.cached(request, lambda: _board(request, ViewState.from_query(items)))

    def _board(request: Request, asked: ViewState) -> Response:
        opening = openings.open(asked)
        view = opening.view
        page = record.ratings(view.rating_query(PAGE_ROWS))
        # The same on every page of a view, in whichever order: found once.
        scale, picked = of_view.get(
            view.changed(sort="energy", order="asc"), lambda: (_scale(record, view), picks(record, opening))
        )
        return pages.render(
            "board.html",
            request,
            opening=opening,
            tabs=_tabs(opening),
            page=page,
            standings=standings(record, page.items),
            columns=columns.shown_columns(page.items, view),
            sorted_by=columns.sorted_by,
            sort_href=columns.sort_href,
            scale=scale,
            picks=picked,
            chips=list(_chips(opening)),
            loosen=[] if page.items else list(_loosen(record, opening)),
            selects=list(_selects(opening)),
            hidden_fields=_hidden_fields(asked),
            provenance=columns.only_provenance(page.items),
            exports=_exports(view),
            beside=beside(opening, [row.model for row in page.items]),
            permalink=view.href,
            next_href=asked.changed(after=page.next).href if page.next else None,
            first_href=asked.changed().href if asked.after else None,
            development=opening.edition.development,
        )

    @router.api_route("/method", methods=_READ)
    def method_page(request: Request) -> Response:
        if method is None:
            raise NotFound("The method's text is not here.", "It is docs/METHOD.md in the repository.")
        return pages.cached(
            request, lambda: pages.render("method.html", request, document=method, checks=_checks())
        )

    return router


def _checks() -> dict[str, list[Check]]:
    """Every check of the catalogue, by when it is made."""
    found = catalogue.checks().values()
    return {when: [check for check in found if check.when == when] for when in ("before", "during", "after")}


def _tabs(opening: Opening) -> list[Choice]:
    """As many tasks as fit into one line; the chosen one in front where it is not among them."""
    first = opening.tasks[:_TABS]
    current = [choice for choice in opening.tasks[_TABS:] if choice.current]
    return [*current, *first[: _TABS - len(current)]]


def _scale(record: Record, view: ViewState) -> columns.Scale | None:
    """From the least to the greatest energy of the whole view, not of this page alone."""
    ends = [
        record.ratings(view.changed(sort="energy", order=order).rating_query(limit=1)).items
        for order in ("asc", "desc")
    ]
    return columns.Scale.over(row.energy_wh_per_1000 for rows in ends for row in rows)


def _hidden_fields(asked: ViewState) -> list[tuple[str, str]]:
    """What the filter form carries along, so that it changes only its own fields."""
    own = ("q", "params_min", "params_max", "licence", "precision", "provenance", "reasoning")
    return [(name, value) for name, value in asked.pairs() if name not in (*own, "configurations", "after")]


def _chips(opening: Opening) -> Iterator[tuple[str, str]]:
    """Filters in force: in words, and the address of the view without them."""
    asked = opening.asked
    if asked.q:
        yield f"“{asked.q}”", asked.changed(q=None).href
    for name in ("provenance", "licence", "precision"):
        value = getattr(asked, name)
        if value:
            yield f"{name}: {value}", asked.changed(**{name: None}).href
    if asked.reasoning:
        yield f"reasoning: {asked.reasoning}", asked.changed(reasoning=None).href
    if asked.params_min or asked.params_max:
        low = f"from {params_text(asked.params_min)}" if asked.params_min else ""
        high = f"to {params_text(asked.params_max)}" if asked.params_max else ""
        yield f"parameters {low} {high}".strip(), asked.changed(params_min=None, params_max=None).href
    if asked.configurations == "all":
        yield "all configurations", asked.changed(configurations="best").href


def _loosen(record: Record, opening: Opening) -> Iterator[tuple[str, str, int]]:
    """For a view without rows: what to give up, where that leads, and how many rows are there."""
    asked, view = opening.asked, opening.view
    tries: list[tuple[str, dict[str, Any]]] = [
        ("Any name", {"q": None}),
        ("All sizes", {"model_class": None}),
        ("Any number of parameters", {"params_min": None, "params_max": None}),
        ("Any licence", {"licence": None}),
        ("Any precision", {"precision": None}),
        ("Any provenance", {"provenance": None}),
        ("Any reasoning", {"reasoning": None}),
        ("From the first page", {"after": None}),
        ("The hardware that has figures", {"hardware": None, "protocol": None}),
        ("Without any filter", dict.fromkeys(ViewState.model_fields.keys() - _SWITCHES)),
    ]
    for words, change in tries:
        if all(getattr(asked, name) is None for name in change):
            continue
        defaults = {"configurations": "best", "sort": "energy", "order": "asc"}
        changed = {name: defaults.get(name) for name in change}
        total = record.ratings(view.changed(**changed).rating_query(limit=1)).total
        if total:
            yield words, asked.changed(**changed).href, total
    if asked.q:
        elsewhere = record.facets(RatingQuery(q=asked.q)).get("task", [])
        titles = {choice.id: choice.title for choice in opening.tasks}
        for task, count in elsewhere[:_OTHER_TASKS]:
            if task in titles and task != view.task:
                yield f"“{asked.q}” in {titles[task].lower()}", ViewState(task=task, q=asked.q).href, count


_SWITCHES = frozenset({"task", "edition", "hardware", "protocol"})


def _selects(opening: Opening) -> Iterator[tuple[str, str, list[tuple[str, str]], str]]:
    """The form's selects: name, label, options, the chosen value. Left out where there is no choice."""
    asked = opening.asked
    for name, label in (("licence", "Licence"), ("precision", "Precision"), ("provenance", "Provenance")):
        found = [(value, f"{value} ({count})") for value, count in opening.facets.get(name, []) if value]
        chosen = str(getattr(asked, name) or "")
        if chosen and chosen not in dict(found):
            found.append((chosen, chosen))
        if len(found) > 1 or chosen:
            yield name, label, [("", "any"), *found], chosen
    if len(opening.reasoning) > 1:
        options = [("", "default (off)"), *reasoning_choices(opening)]
        yield "reasoning", "Reasoning", options, asked.reasoning or ""
    configurations = [("", "the best of each model"), ("all", "all")]
    chosen = "all" if asked.configurations == "all" else ""
    yield "configurations", "Configurations", configurations, chosen


def _exports(view: ViewState) -> list[tuple[str, str]]:
    """This view as files. The API tells every configuration unless asked for the best alone."""
    filters = view.changed(configurations="best").pairs()
    query = urlencode([*filters, ("configurations", view.configurations)])
    return [
        ("CSV", f"/api/v1/ratings.csv?{query}"),
        ("Parquet", f"/api/v1/ratings.parquet?{query}"),
        ("JSON", f"/api/v1/ratings?{query}&limit=1000"),
    ]
