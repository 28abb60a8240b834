"""`/api`: what programs find here, for the people who write them."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from leaderboard.board.address import public_address
from leaderboard.board.opening import FAVOURITE_TASK, Openings
from leaderboard.board.render import Pages
from leaderboard.board.texts import FOLDER, Document
from leaderboard.board.view import ViewState
from leaderboard.domain import NotFound
from leaderboard.record import Record

_READ = ["GET", "HEAD"]
_ADDRESS = "{address}"
_BOARD = "{board}"
"""The query of the rows that the board opens on."""


def create_api_page(record: Record, pages: Pages) -> APIRouter:
    """The route. The examples name the address that the page was asked at, so that they can be copied."""
    openings = Openings(record)
    router = APIRouter(include_in_schema=False)
    text = (FOLDER / "api.md").read_text("utf-8")

    @router.api_route("/api", methods=_READ)
    def page(request: Request) -> Response:
        return pages.cached(request, lambda: _page(request))

    def _page(request: Request) -> Response:
        named = text.replace(_ADDRESS, public_address(request)).replace(_BOARD, board_query(openings))
        return pages.render("text.html", request, document=Document(named))

    return router


def board_query(openings: Openings) -> str:
    """What asks the API for exactly the rows that the board opens on, each model once."""
    try:
        view = openings.open(ViewState(task=FAVOURITE_TASK)).view
    except NotFound:
        view = ViewState(task=FAVOURITE_TASK)
    return urlencode([*view.pairs(), ("configurations", "best")])
