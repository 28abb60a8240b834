"""`/faq`: questions and answers, as they stand in `text/faq.md`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from leaderboard.board.render import Pages
from leaderboard.board.texts import FOLDER, Document


def create_faq(pages: Pages) -> APIRouter:
    """The route of `/faq`."""
    router = APIRouter(include_in_schema=False)
    document = Document((FOLDER / "faq.md").read_text("utf-8"))

    @router.api_route("/faq", methods=["GET", "HEAD"])
    def faq(request: Request) -> Response:
        return pages.cached(request, lambda: pages.render("faq.html", request, document=document))

    return router
