"""Static files: few, small, our own; kept for ever by a browser once their address carries their hash."""

from __future__ import annotations

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


def create_static() -> StaticFiles:
    """The files of `static/`."""
    return _Static(directory=STATIC)
