"""The rows of a view as files: CSV, Parquet and a LaTeX table, in the columns that the view asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from fastapi import Response
from fastapi.responses import StreamingResponse

from leaderboard.board.items import fields_of, items
from leaderboard.board.latex import table
from leaderboard.board.sheets import CSV, sheet
from leaderboard.board.view import ViewState
from leaderboard.domain import Rating
from leaderboard.publish.parquet import parquet_stream
from leaderboard.publish.tables import RATING_SCHEMA, ratings_in_parts
from leaderboard.record import Page, RatingQuery, Record

PARQUET = "application/vnd.apache.parquet"
TEX = "application/x-tex; charset=utf-8"


@dataclass(frozen=True)
class Asked:
    """What a request asks of the rows."""

    view: ViewState
    query: RatingQuery
    limited: bool
    """Whether it says how many rows it wants: then one page is the whole answer."""

    def pages(self, record: Record) -> Iterator[Page]:
        """The answer's pages; all of them, unless the reader limited it to one."""
        page = record.ratings(self.query)
        yield page
        while page.next and not self.limited:
            page = record.ratings(self.query.model_copy(update={"after": page.next}))
            yield page

    def headers(self, ending: str) -> dict[str, str]:
        """Where a browser puts the file. Only ids go into its name, which the view has checked."""
        parts = (self.view.edition, self.view.task, self.view.hardware)
        name = "-".join(["starwatt", *(part for part in parts if part)])
        return {"Content-Disposition": f'attachment; filename="{name}.{ending}"'}


def as_csv(record: Record, asked: Asked, *, head: bool = False) -> Response:
    """Every row; `head`: the answer's headers alone."""
    fields = fields_of(asked.view.columns)
    found = asked.pages(record)
    # The first page is asked for before the answer begins, so that an error is still an error.
    first = next(found)

    def lines() -> Iterator[str]:
        yield sheet([fields])
        yield sheet(_rows(record, first, fields))
        for page in found:
            yield sheet(_rows(record, page, fields))

    if head:
        return Response(media_type=CSV, headers=asked.headers("csv"))
    return StreamingResponse(lines(), media_type=CSV, headers=asked.headers("csv"))


def _rows(record: Record, page: Page, fields: Sequence[str]) -> list[tuple[Any, ...]]:
    """In a cell a notice is its kind and its reason."""
    rows = []
    for told in items(record, page.items, fields):
        if "notices" in told:
            said = "; ".join(f"{notice['kind']}: {notice['reason']}" for notice in told["notices"])
            told = {**told, "notices": said}
        rows.append(tuple(told.values()))
    return rows


def as_parquet(record: Record, asked: Asked, *, head: bool = False) -> Response:
    """Every row in the view's order, in the columns of the published data set or those of them asked for.

    `head`: the answer's headers alone.
    """
    names = RATING_SCHEMA.names
    if asked.view.columns is not None:
        names = [name for name in fields_of(asked.view.columns) if name in names]
    found = asked.pages(record)
    # The first page is asked for before the answer begins, so that an error is still an error.
    first = next(found)

    def rows() -> Iterator[Rating]:
        for page in chain((first,), found):
            yield from page.items

    if head:
        return Response(media_type=PARQUET, headers=asked.headers("parquet"))
    tables = (table.select(names) for table in ratings_in_parts(rows()))
    schema = RATING_SCHEMA.empty_table().select(names).schema
    return StreamingResponse(
        parquet_stream(tables, schema), media_type=PARQUET, headers=asked.headers("parquet")
    )


def as_tex(record: Record, asked: Asked) -> Response:
    """A table for a paper, of the first thousand rows at most: nobody prints more."""
    page = next(asked.pages(record))
    return Response(table(page, asked.view), media_type=TEX, headers=asked.headers("tex"))
