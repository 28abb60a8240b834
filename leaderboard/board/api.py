"""The read API, version 1: the board's rows as JSON, CSV and Parquet; a run, editions (DESIGN §8).

Figures of development editions are left out unless their edition is named.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from leaderboard.board.documented import file_of
from leaderboard.board.edition_pages import superseded_by
from leaderboard.board.exports import Asked, as_csv, as_parquet, as_tex
from leaderboard.board.items import ITEM_FIELDS as ITEM_FIELDS
from leaderboard.board.items import fields_of
from leaderboard.board.items import items as items
from leaderboard.board.opening import check_names
from leaderboard.board.render import Pages
from leaderboard.board.view import PARAMETERS, ViewState
from leaderboard.domain import BadInput, Edition
from leaderboard.record import RatingQuery, Record

DEFAULT_LIMIT = 50
MOST_ROWS = 1000
_DOCUMENTED: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
        for name in (*PARAMETERS, "limit")
    ]
}
Endpoint = Callable[..., Response]


def create_api(record: Record, pages: Pages) -> APIRouter:
    """Routes under `/api/v1`. They run in threads: no query is made on the event loop."""
    router = APIRouter(prefix="/api/v1", tags=["read"])

    def read(
        path: str, documented: dict[str, Any] | None = None, media: str | None = None
    ) -> Callable[[Endpoint], Endpoint]:
        """GET, and HEAD beside it, which FastAPI does not add by itself."""

        def register(function: Endpoint) -> Endpoint:
            given: dict[str, Any] = {"openapi_extra": documented}
            if media is not None:
                given |= file_of(media)
            router.add_api_route(path, function, methods=["GET"], **given)
            router.add_api_route(path, function, methods=["HEAD"], include_in_schema=False)
            return function

        return register

    @read("/ratings", _DOCUMENTED)
    def ratings(request: Request) -> Response:
        """Rows of the board: filters, sort, columns and keyset pages as `docs/API.md` has them."""
        asked = _question(record, request, DEFAULT_LIMIT)
        return pages.cached(request, lambda: _page_of(request, record, asked))

    @read("/ratings.csv", _DOCUMENTED, "text/csv")
    def ratings_csv(request: Request) -> Response:
        """The same rows as CSV, all of them unless `limit` is given."""
        asked = _question(record, request, MOST_ROWS)
        return pages.cached(request, lambda: as_csv(record, asked, head=request.method == "HEAD"))

    @read("/ratings.parquet", _DOCUMENTED, "application/vnd.apache.parquet")
    def ratings_parquet(request: Request) -> Response:
        """The same rows as Parquet, in the columns of the published data set."""
        asked = _question(record, request, MOST_ROWS)
        return pages.cached(request, lambda: as_parquet(record, asked, head=request.method == "HEAD"))

    @read("/ratings.tex", _DOCUMENTED, "application/x-tex")
    def ratings_tex(request: Request) -> Response:
        """The first thousand of the same rows as a LaTeX table, in the columns that the board shows."""
        asked = _question(record, request, MOST_ROWS)
        return pages.cached(request, lambda: as_tex(record, asked))

    @read("/runs/{id}")
    def run(request: Request, id: str) -> Response:
        """A run record, as the runner wrote it."""

        def make() -> Response:
            found = record.run(id)
            return _json({"id": found.id, **found.model_dump(mode="json")})

        return pages.cached(request, make)

    @read("/editions")
    def editions(request: Request) -> Response:
        """Every edition, newest first; `development` marks those whose figures say nothing about hardware."""
        return pages.cached(
            request,
            lambda: _json({"editions": [_edition(record, edition) for edition in record.editions()]}),
        )

    return router


def _question(record: Record, request: Request, limit: int) -> Asked:
    """The question a request asks; `limit` where it does not say how many rows it wants.

    Raises:
        BadInput: an unknown parameter or a value that none can have.
        UnknownName: a task, hardware class, protocol or edition that nobody knows.
    """
    items = request.query_params.multi_items()
    # Names with two underscores in front are the hosting's own.
    unknown = sorted({name for name, _ in items if not name.startswith("__")} - {*PARAMETERS, "limit"})
    if unknown:
        raise BadInput(
            f"There is no parameter {unknown[0][:40]!r}.", f"Known: {', '.join((*PARAMETERS, 'limit'))}."
        )
    asked = next((value.strip() for name, value in items if name == "limit" and value.strip()), None)
    if asked is not None:
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= MOST_ROWS):
            raise BadInput(
                f"limit is {asked[:40]!r}.",
                f"It may be 1 to {MOST_ROWS}; follow `next` for more, or take the CSV, which has every row.",
            )
        limit = int(asked)
    view = ViewState.from_query(items)
    if not any(name == "configurations" for name, _ in items):
        # The board shows each model once; the API is the data set, which has every row of an edition.
        view = view.model_copy(update={"configurations": "all"})
    check_names(view, record.editions())
    return Asked(view, view.rating_query(limit=limit), limited=asked is not None)


def _json(value: Any, headers: dict[str, str] | None = None) -> Response:
    content = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(content, media_type="application/json", headers=headers)


def _page_of(request: Request, record: Record, asked: Asked) -> Response:
    page = record.ratings(asked.query)
    headers = {}
    if page.next:
        pairs = [pair for pair in request.query_params.multi_items() if pair[0] != "after"]
        headers["Link"] = f'<{request.url.path}?{urlencode([*pairs, ("after", page.next)])}>; rel="next"'
    return _json(
        {
            "total": page.total,
            "total_is_exact": page.total_is_exact,
            "next": page.next,
            "items": items(record, page.items, fields_of(asked.view.columns)),
        },
        headers,
    )


def _edition(record: Record, edition: Edition) -> dict[str, Any]:
    rows = record.ratings(RatingQuery(edition=edition.id, configurations="all", limit=1))
    return {
        **edition.model_dump(mode="json"),
        "reference": edition.reference,
        "split": edition.split,
        "superseded_by": superseded_by(edition, record.editions()),
        "rows": rows.total,
        "rows_are_exact": rows.total_is_exact,
        "ratings": f"/api/v1/ratings?edition={edition.id}",
    }
