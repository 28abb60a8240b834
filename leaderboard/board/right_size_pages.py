"""`/right-size` and its JSON twin: the most frugal model that does a job, and what the others cost more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from leaderboard import catalogue
from leaderboard.board.asked_need import PARAMETERS, AskedNeed, plain
from leaderboard.board.opening import Openings
from leaderboard.board.render import Pages
from leaderboard.board.right_size_answer import Sized, answer_need, document
from leaderboard.board.view import ViewState
from leaderboard.domain import BadInput
from leaderboard.record import Record

_READ = ["GET", "HEAD"]
PAGE_ROWS = 50
MOST_ROWS = 1000
_DOCUMENTED: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "query", "required": name == "task", "schema": {"type": "string"}}
        for name in (*PARAMETERS, "limit")
    ]
}


def create_right_size(record: Record, pages: Pages) -> APIRouter:
    """Routes of `/right-size` and `/api/v1/right-size`. They run in threads."""
    router = APIRouter()
    openings = Openings(record)

    @router.api_route("/right-size", methods=_READ, include_in_schema=False)
    def page(request: Request) -> Response:
        items = request.query_params.multi_items()
        try:
            asked = AskedNeed.from_query(items)
            if any(not value for _, value in items):
                # A form without JavaScript sends its empty fields too: the address is told without them.
                return RedirectResponse(asked.href, 302)
            return pages.cached(request, lambda: _page(request, asked))
        except BadInput as error:
            # The form again, with everything that was typed.
            return _form(request, dict(items), error)

    def _page(request: Request, asked: AskedNeed) -> Response:
        sized = answer_need(record, openings, asked) if asked.task else None
        return _form(request, _values(asked), None, sized)

    def _form(
        request: Request, values: dict[str, str], error: BadInput | None, sized: Sized | None = None
    ) -> Response:
        return pages.render(
            "right_size.html",
            request,
            error.http_status if error else 200,
            values=values,
            error=error,
            sized=sized,
            best=sized.answer.best if sized else None,
            others=sized.answer.choices[1:PAGE_ROWS] if sized else (),
            loosen=[(way, sized.loosened(way).href) for way in sized.answer.loosen] if sized else [],
            with_unknown=sized.asked.without("unknown").href if sized else "",
            board_href=_on_the_board(sized) if sized else "",
            tasks=_titles("task", catalogue.tasks()),
            hardware=_titles("hardware", catalogue.hardware_classes()),
            editions=[(edition.id, edition.title) for edition in record.editions()],
            development=sized is not None and sized.opening.edition.development,
        )

    def api(request: Request) -> Response:
        """The most frugal model that does a job, then those that take more; `docs/API.md` has the fields."""
        items = request.query_params.multi_items()
        asked, limit = AskedNeed.from_query(items, others=["limit"]), _limit(items)
        return pages.cached(
            request, lambda: JSONResponse(document(record, answer_need(record, openings, asked), limit))
        )

    router.add_api_route("/api/v1/right-size", api, methods=["GET"], tags=["read"], openapi_extra=_DOCUMENTED)
    router.add_api_route("/api/v1/right-size", api, methods=["HEAD"], include_in_schema=False)
    return router


def _limit(items: Iterable[tuple[str, str]]) -> int:
    text = next((value.strip() for name, value in items if name == "limit" and value.strip()), None)
    if text is None:
        return PAGE_ROWS
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_ROWS):
        raise BadInput(f"limit is {text[:40]!r}.", f"It may be 1 to {MOST_ROWS}.")
    return int(text)


def _values(asked: AskedNeed) -> dict[str, str]:
    """What the form's fields hold."""
    found = {}
    for name in PARAMETERS:
        value = getattr(asked, name)
        if value is not None:
            found[name] = plain(value) if isinstance(value, float) else str(value)
    return found


def _titles(kind: Any, ours: Iterable[str]) -> list[tuple[str, str]]:
    """Every task or hardware that a need can name: ours, then those of editions of their own."""
    things = [
        thing
        for edition in catalogue.editions().values()
        for thing in (edition.tasks if kind == "task" else edition.hardware)
    ]
    ids = dict.fromkeys([*ours, *(thing.id for thing in things)])
    return [(id, catalogue.title_of(kind, id)) for id in ids]


def _on_the_board(sized: Sized) -> str:
    """The rows that the answer was taken from, where each figure can be looked up."""
    view = sized.opening.view
    return ViewState(
        task=view.task,
        hardware=view.hardware,
        protocol=view.protocol,
        edition=view.edition,
        reasoning=sized.need.reasoning,
        licence=sized.need.licence,
        configurations="all" if sized.need.latency_s else "best",
    ).href
