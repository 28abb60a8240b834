"""`/api/v1/summary.json`: the summary that lies in the published data set of ratings, byte for byte."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request, Response

from leaderboard.domain import NotFound
from leaderboard.publish.folder import FolderHub
from leaderboard.publish.layout import RATINGS, SUMMARY
from leaderboard.publish.publisher import PUBLISHED
from leaderboard.record import Record


def create_summary(record: Record) -> APIRouter:
    """The route. It shows what was published, which may be a moment behind the record."""
    router = APIRouter(prefix="/api/v1", tags=["read"])
    folder = FolderHub(record.folder / PUBLISHED)

    def summary(request: Request) -> Response:
        """What the published ratings hold: editions, tasks, cells with counts and best models, hashes."""
        head = folder.head(RATINGS)
        content = folder.read(RATINGS, SUMMARY, head) if head is not None else None
        if content is None:
            raise NotFound(
                "Nothing is published yet.", "Come back in a minute: the Space publishes by itself."
            )
        # Not the record's version, as elsewhere: publishing follows the record after a while.
        etag = f'"{hashlib.sha256(content).hexdigest()}"'
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type="application/json", headers=headers)

    router.add_api_route("/summary.json", summary, methods=["GET"])
    router.add_api_route("/summary.json", summary, methods=["HEAD"], include_in_schema=False)
    return router
