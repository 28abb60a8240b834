"""`/faq` and `/procurement`: pages that are a text and nothing else."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from leaderboard.board.render import Pages
from leaderboard.board.texts import FOLDER, Document

_READ = ["GET", "HEAD"]
TEXTS = ("faq", "procurement")
"""Files of `text/`; each is the page of its name."""


def create_text_pages(pages: Pages) -> APIRouter:
    """A route for each text."""
    router = APIRouter(include_in_schema=False)

    def serve(name: str) -> None:
        document = Document((FOLDER / f"{name}.md").read_text("utf-8"))

        @router.api_route(f"/{name}", methods=_READ, name=name)
        def page(request: Request) -> Response:
            return pages.cached(request, lambda: pages.render("text.html", request, document=document))

    for name in TEXTS:
        serve(name)
    return router
