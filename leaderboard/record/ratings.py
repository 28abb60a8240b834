"""The board's rows: pages by keyset, totals, facets (DESIGN §5)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Row,
    Select,
    and_,
    func,
    literal_column,
    select,
    true,
    tuple_,
)

from leaderboard.domain import NotFound, Rating
from leaderboard.record import cursor
from leaderboard.record.cursor import Cursor
from leaderboard.record.query import SORT_COLUMNS, Page, RatingQuery, conditions
from leaderboard.record.rating_rows import select_bodies, words
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import editions, rating_bodies, ratings

COUNTED = 10_000
"""Totals are exact up to here; past it nobody pages by hand, and counting would cost more than the page."""


class Ratings(Shelf):
    """Reading the board."""

    def ratings(self, query: RatingQuery) -> Page:
        """One page of rows, sorted by the query's key and then by id, both in its order; unknown values last.

        Raises:
            BadInput: `after` is no cursor of this list, or the question costs too much work.
        """
        column = SORT_COLUMNS[query.sort]
        numeric = query.sort not in ("model", "task")
        start = None
        if query.after is not None:
            start = cursor.decode(query.after, sort=query.sort, order=query.order, numeric=numeric)
        with self._readers.snapshot() as connection:
            rows = _rows(connection, query, column, start)
            total = connection.execute(_count(query)).scalar_one()
        following = None
        if len(rows) > query.limit:
            rows = rows[: query.limit]
            following = Cursor(query.sort, query.order, rows[-1].key, rows[-1].id).encode()
        return Page(
            items=tuple(words([row.body for row in rows])),
            total=min(total, COUNTED),
            total_is_exact=total <= COUNTED,
            next=following,
        )

    def rating(self, id: str) -> Rating:
        """One row.

        Raises:
            NotFound: there is none of that id.
        """
        with self._readers.snapshot() as connection:
            statement = select(rating_bodies.c.body).where(rating_bodies.c.id == id)
            body = connection.execute(statement).scalar_one_or_none()
        if body is None:
            raise NotFound(f"There is no rating {id[:20]!r}.", "Look for the model on the board.")
        return Rating.model_validate_json(body)

    def ratings_of(self, model: str) -> list[Rating]:
        """Every row of a model: rated rows first, then by the newest edition, task, hardware and energy."""
        statement = (
            select_bodies()
            .join(editions, editions.c.id == ratings.c.edition, isouter=True)
            .where(ratings.c.model == model)
            .order_by(
                ratings.c.best.desc(),
                editions.c.dated.desc(),
                ratings.c.edition,
                ratings.c.task,
                ratings.c.hardware,
                ratings.c.energy,
                ratings.c.id,
            )
        )
        with self._readers.snapshot() as connection:
            bodies = connection.execute(statement).scalars().all()
        return words(bodies)

    def default_edition(self, task: str | None = None) -> str:
        """The edition a board opens on: the newest public one with a rated row for the task (METHOD §7).

        Where no edition has one, the newest with a rated row of any task, else the newest of all.

        Raises:
            NotFound: the record has no public edition.
        """
        rated = ratings.c.edition == editions.c.id
        rated = and_(rated, ratings.c.stars.is_not(None))
        exists: Select[Any] = select(literal_column("1")).select_from(ratings)
        wanted = [exists.where(rated).exists(), true()]
        if task is not None:
            wanted.insert(0, exists.where(rated, ratings.c.task == task).exists())
        with self._readers.snapshot() as connection:
            for condition in wanted:
                statement = (
                    select(editions.c.id)
                    .where(editions.c.development == 0, condition)
                    .order_by(editions.c.dated.desc(), editions.c.id.desc())
                    .limit(1)
                )
                found: str | None = connection.execute(statement).scalar_one_or_none()
                if found is not None:
                    return found
        raise NotFound("The record has no public edition yet.", "Start the Space once: it loads them.")


def _rows(
    connection: Connection, query: RatingQuery, column: Column[Any], start: Cursor | None
) -> list[Row[Any]]:
    """One row more than a page, if there is one.

    Known values first, then the others: two plain index walks, where NULLS LAST would be a sort.
    """
    wanted = query.limit + 1
    descending = query.order == "desc"
    rows: list[Row[Any]] = []
    if start is None or start.value is not None:
        known = _page(query, column).where(column.is_not(None))
        if start is not None:
            here, there = tuple_(column, ratings.c.id), tuple_(start.value, start.id)
            known = known.where(here < there if descending else here > there)
        order = (column.desc(), ratings.c.id.desc()) if descending else (column, ratings.c.id)
        rows.extend(connection.execute(known.order_by(*order).limit(wanted)))
    if len(rows) < wanted and column.nullable:
        unknown = _page(query, column).where(column.is_(None))
        if start is not None and start.value is None:
            unknown = unknown.where(ratings.c.id < start.id if descending else ratings.c.id > start.id)
        by_id = ratings.c.id.desc() if descending else ratings.c.id
        rows.extend(connection.execute(unknown.order_by(by_id).limit(wanted - len(rows))))
    return rows


def _page(query: RatingQuery, column: Column[Any]) -> Select[Any]:
    return select_bodies().add_columns(column.label("key"), ratings.c.id).where(conditions(query))


def _count(query: RatingQuery) -> Select[Any]:
    some: Select[Any] = (
        select(literal_column("1")).select_from(ratings).where(conditions(query)).limit(COUNTED + 1)
    )
    return select(func.count()).select_from(some.subquery())
