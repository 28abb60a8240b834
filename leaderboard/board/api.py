"""The read API, version 1: the board's rows as JSON, CSV and Parquet; a run, editions (DESIGN §8).

Figures of development editions are left out unless their edition is named.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from leaderboard.board.documented import file_of
from leaderboard.board.edition_pages import superseded_by
from leaderboard.board.opening import check_names
from leaderboard.board.render import Pages
from leaderboard.board.view import PARAMETERS, ViewState
from leaderboard.domain import BadInput, Edition, Rating
from leaderboard.publish.parquet import parquet_bytes
from leaderboard.publish.tables import ratings_table
from leaderboard.record import Page, RatingQuery, Record
from leaderboard.standing import Standing, standings

DEFAULT_LIMIT = 50
MOST_ROWS = 1000
ITEM_FIELDS = (*Rating.model_fields, "edition_status", "notices")
"""The fields of an item, in their order: every field of a `Rating`, then what is said beside it."""

_CSV = "text/csv; charset=utf-8"
_PARQUET = "application/vnd.apache.parquet"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
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
        """Rows of the board: filters, sort and keyset pages as `docs/API.md` has them."""
        query, _ = _question(record, request, DEFAULT_LIMIT)
        return pages.cached(request, lambda: _page_of(request, record, record.ratings(query)))

    @read("/ratings.csv", _DOCUMENTED, "text/csv")
    def ratings_csv(request: Request) -> Response:
        """The same rows as CSV, all of them unless `limit` is given."""
        query, limited = _question(record, request, MOST_ROWS)
        return pages.cached(request, lambda: _csv(request, record, query, limited))

    @read("/ratings.parquet", _DOCUMENTED, _PARQUET)
    def ratings_parquet(request: Request) -> Response:
        """The same rows as Parquet, in the columns of the published data set."""
        query, limited = _question(record, request, MOST_ROWS)
        return pages.cached(request, lambda: _parquet(record, query, limited))

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


def item(rating: Rating, standing: Standing) -> dict[str, Any]:
    """A row as the API tells it."""
    state = standing.edition_status
    return {
        **rating.model_dump(mode="json"),
        "edition_status": None if state is None else state.value,
        "notices": [notice.model_dump(mode="json") for notice in standing.notices],
    }


def items(record: Record, rows: Sequence[Rating]) -> list[dict[str, Any]]:
    """Rows as the API tells them, with what is said beside them."""
    found = standings(record, rows)
    return [item(row, found[row.id]) for row in rows]


def _question(record: Record, request: Request, limit: int) -> tuple[RatingQuery, bool]:
    """The question a request asks, and whether it says how many rows it wants; `limit` where it does not.

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
    return view.rating_query(limit=limit), asked is not None


def _pages_of(record: Record, query: RatingQuery, limited: bool) -> Iterator[Page]:
    """The answer's pages; all of them, unless the reader limited it to one."""
    page = record.ratings(query)
    yield page
    while page.next and not limited:
        page = record.ratings(query.model_copy(update={"after": page.next}))
        yield page


def _json(value: Any, headers: dict[str, str] | None = None) -> Response:
    content = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(content, media_type="application/json", headers=headers)


def _page_of(request: Request, record: Record, page: Page) -> Response:
    headers = {}
    if page.next:
        pairs = [pair for pair in request.query_params.multi_items() if pair[0] != "after"]
        headers["Link"] = f'<{request.url.path}?{urlencode([*pairs, ("after", page.next)])}>; rel="next"'
    return _json(
        {
            "total": page.total,
            "total_is_exact": page.total_is_exact,
            "next": page.next,
            "items": items(record, page.items),
        },
        headers,
    )


def cell(value: Any) -> str:
    """A CSV cell. Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return repr(value)


def _csv(request: Request, record: Record, query: RatingQuery, limited: bool) -> Response:
    found = _pages_of(record, query, limited)
    # The first page is asked for before the answer begins, so that an error is still an error.
    first = next(found)

    def lines() -> Iterator[str]:
        yield _csv_lines([ITEM_FIELDS])
        yield _csv_lines(_csv_rows(record, first))
        for page in found:
            yield _csv_lines(_csv_rows(record, page))

    headers = {"Content-Disposition": f'attachment; filename="{_file_name(query)}.csv"'}
    if request.method == "HEAD":
        return Response(media_type=_CSV, headers=headers)
    return StreamingResponse(lines(), media_type=_CSV, headers=headers)


def _csv_rows(record: Record, page: Page) -> list[tuple[Any, ...]]:
    """In a cell a notice is its kind and its reason."""
    rows = []
    for told in items(record, page.items):
        said = "; ".join(f"{notice['kind']}: {notice['reason']}" for notice in told["notices"])
        rows.append(tuple({**told, "notices": said}.values()))
    return rows


def _csv_lines(rows: list[tuple[Any, ...]]) -> str:
    sink = io.StringIO()
    csv.writer(sink, lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return sink.getvalue()


def _parquet(record: Record, query: RatingQuery, limited: bool) -> Response:
    rows = [row for page in _pages_of(record, query, limited) for row in page.items]
    headers = {"Content-Disposition": f'attachment; filename="{_file_name(query)}.parquet"'}
    return Response(parquet_bytes(ratings_table(rows)), media_type=_PARQUET, headers=headers)


def _file_name(query: RatingQuery) -> str:
    """Only ids go into it, which the view has checked to be kebab-case."""
    return "-".join(["starwatt", *(part for part in (query.edition, query.task, query.hardware) if part)])


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
