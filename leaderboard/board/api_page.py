"""`/api`: what programs find here, for the people who write them."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from leaderboard.board.address import public_address
from leaderboard.board.render import Pages
from leaderboard.board.texts import FOLDER, Document

_READ = ["GET", "HEAD"]
_ADDRESS = "{address}"


def create_api_page(pages: Pages) -> APIRouter:
    """The route. The examples name the address that the page was asked at, so that they can be copied."""
    router = APIRouter(include_in_schema=False)
    text = (FOLDER / "api.md").read_text("utf-8")

    @router.api_route("/api", methods=_READ)
    def page(request: Request) -> Response:
        document = Document(text.replace(_ADDRESS, public_address(request)))
        return pages.cached(request, lambda: pages.render("text.html", request, document=document))

    return router
