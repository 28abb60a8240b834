"""Static files: few, small, our own; kept for ever by a browser once their address carries their hash."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from leaderboard.board.render import STATIC

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


class _Static(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        hashed = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = _FOR_EVER if hashed else _ASK_AGAIN
        return response


def create_icon() -> APIRouter:
    """`/favicon.ico`, which browsers ask for beside a picture of ours: there no page names another."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/favicon.ico", methods=["GET", "HEAD"])
    def icon() -> Response:
        return FileResponse(STATIC / "mark.svg", media_type="image/svg+xml")

    return router


def create_static() -> StaticFiles:
    """The files of `static/`."""
    return _Static(directory=STATIC)
