"""Going through an edition of any size: some rows at a time, each time in a short read of its own.

What reads a whole edition (publishing, proposals, re-tests) must hold no more of it than a small one has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, case, func, literal, select, tuple_

from leaderboard.domain import Cell, Provenance, Rating
from leaderboard.record.board_tables import rating_counts
from leaderboard.record.rating_rows import bodies_of, select_bodies, words
from leaderboard.record.readers import WHOLE_EDITION_WORK_S
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import ratings

AT_ONCE = 1000
"""Rows held at once: some megabytes of them."""
_ORDER = (ratings.c.task, ratings.c.hardware, ratings.c.model_class, ratings.c.energy, ratings.c.id)
_WALK = "ratings_edition_task_hardware_model_class_energy"


class RatedRow(NamedTuple):
    """What counts of a row with stars when an edition's scale is looked at."""

    id: str
    cell: Cell
    model: str
    stars: int
    best: bool = True
    provenance: Provenance = Provenance.MEASURED


class EditionWalks(Shelf):
    """Reading editions from end to end."""

    def row_count(self, edition_id: str) -> int:
        """How many rows an edition has, best ones and other configurations."""
        statement = select(func.sum(rating_counts.c.number)).where(
            rating_counts.c.field == "", rating_counts.c.edition == edition_id
        )
        with self._readers.snapshot() as connection:
            return connection.execute(statement).scalar_one_or_none() or 0

    def each_row(self, edition_id: str) -> Iterator[Rating]:
        """Every row of an edition, by task, hardware, class, energy and id; never many of them at once.

        It is not one moment that is seen: a row that comes in meanwhile may be among them or not.
        """
        for rows in self._walk(edition_id, []):
            with self._readers.snapshot(WHOLE_EDITION_WORK_S) as connection:
                bodies = bodies_of(connection, [row.id for row in rows])
            yield from words(bodies)

    def rated_rows_of(self, edition_id: str) -> Iterator[RatedRow]:
        """An edition's best rows with stars, attested ones left out."""
        counted = (
            ratings.c.best == 1,
            ratings.c.stars.is_not(None),
            ratings.c.provenance != Provenance.ATTESTED.value,
        )
        mode = case((ratings.c.reasoning == "off", "off"), else_="on").label("mode")
        columns = [ratings.c.protocol, mode, ratings.c.model, ratings.c.stars]
        for rows in self._walk(edition_id, columns, *counted):
            for row in rows:
                cell = Cell(edition_id, row.task, row.hardware, row.model_class, row.protocol, row.mode)
                yield RatedRow(row.id, cell, row.model, row.stars)

    def cell_rows(self, cell: Cell) -> list[Rating]:
        """The best rows of one cell, by energy."""
        off = ratings.c.reasoning == "off"
        statement = (
            select_bodies()
            .where(
                *(ratings.c[name] == getattr(cell, name) for name in Cell._fields[:-1]),
                off if cell.reasoning == "off" else ~off,
                ratings.c.best == 1,
            )
            .order_by(ratings.c.energy, ratings.c.id)
            .with_hint(ratings, f"INDEXED BY {_WALK}")
        )
        with self._readers.snapshot(WHOLE_EDITION_WORK_S) as connection:
            return words(connection.execute(statement).scalars().all())

    def _walk(
        self, edition_id: str, columns: list[Any], *conditions: ColumnElement[bool]
    ) -> Iterator[list[Row[Any]]]:
        """Rows of an edition with `_ORDER` and the columns, some at a time."""
        statement = (
            select(*_ORDER, *columns)
            .where(ratings.c.edition == edition_id, *conditions)
            .order_by(*_ORDER)
            .limit(AT_ONCE)
            .with_hint(ratings, f"INDEXED BY {_WALK}")
        )
        after = None
        while True:
            asked = statement
            if after is not None:
                asked = statement.where(tuple_(*_ORDER) > tuple_(*(literal(value) for value in after)))
            with self._readers.snapshot(WHOLE_EDITION_WORK_S) as connection:
                rows = list(connection.execute(asked))
            if rows:
                yield rows
            if len(rows) < AT_ONCE:
                return
            after = tuple(rows[-1])[: len(_ORDER)]
