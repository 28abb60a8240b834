"""Static files: few, small, our own; kept for ever by a browser once their address carries their hash."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property
from mimetypes import guess_type
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from leaderboard.board.inlined import STATIC
from leaderboard.board.page_cache import takes_gzip

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_LEAST_SAVED = 0.9


@dataclass(frozen=True)
class _File:
    """A file in memory: reading and compressing it for each reader would cost more than all the rest."""

    content: bytes
    media_type: str

    @classmethod
    def read(cls, path: Path) -> _File:
        return cls(path.read_bytes(), guess_type(path.name)[0] or "text/plain")

    @cached_property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()[:16]}"'

    @cached_property
    def small(self) -> bytes | None:
        """Compressed; None: that does not pay."""
        small = gzip.compress(self.content, 9, mtime=0)
        return small if len(small) < _LEAST_SAVED * len(self.content) else None

    def answer(self, headers: Headers) -> Response:
        """The file for a reader with these request headers."""
        told = {"ETag": self.etag}
        if self.etag in headers.get("if-none-match", ""):
            return Response(status_code=304, headers=told)
        body = self.content
        if self.small is not None and takes_gzip(headers.get("accept-encoding", "")):
            body = self.small
            told |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(body, media_type=self.media_type, headers=told)


class _Static(StaticFiles):
    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory)
        paths = [path for path in directory.rglob("*") if path.is_file()]
        self._files = {str(path.relative_to(directory)): _File.read(path) for path in paths}

    async def get_response(self, path: str, scope: Scope) -> Response:
        headers = Headers(scope=scope)
        file = self._files.get(path)
        # What asks for a part of one, or for none of ours, is answered from the folder.
        plain = file is not None and scope["method"] in ("GET", "HEAD") and "range" not in headers
        response = file.answer(headers) if file and plain else await super().get_response(path, scope)
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
    return _Static(STATIC)
