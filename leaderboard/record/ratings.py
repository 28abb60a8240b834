"""The board's rows: pages by keyset, totals, facets (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, func, literal_column, select, true

from leaderboard.domain import NotFound, Rating
from leaderboard.record import cursor, totals
from leaderboard.record.clock import Clock
from leaderboard.record.cursor import Cursor
from leaderboard.record.kept import Kept
from leaderboard.record.names import names_with
from leaderboard.record.query import Page, RatingQuery, search_text
from leaderboard.record.rating_rows import bodies_of, select_bodies, words
from leaderboard.record.readers import Readers
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import editions, rating_bodies, ratings
from leaderboard.record.walks import (
    FEW,
    CellKey,
    Wanted,
    cells_of,
    find,
    in_one_cell,
)
from leaderboard.record.writer import Writer

_KEPT_ROWS = 2_000
"""About three kilobytes each."""


@dataclass(frozen=True)
class _View:
    """What the pages of a view share, whatever their order."""

    total: totals.Total
    names: list[str] | None
    """Names that have the text that is looked for, where they are few."""
    few: bool
    """Whether its rows are few enough to be picked out."""
    cells: tuple[CellKey, ...] | None
    """Cells to be merged; None: they are too many."""


_BY_MODEL = "INDEXED BY ratings_of_model"
"""SQLite would rather go through a whole edition, or all of a place, to find some models' rows."""


class Ratings(Shelf):
    """Reading the board."""

    def __init__(self, readers: Readers, writer: Writer, clock: Clock) -> None:
        super().__init__(readers, writer, clock)
        self._views: Kept[_View] = Kept(writer)
        self._rows: Kept[Rating] = Kept(writer, _KEPT_ROWS)

    def ratings(self, query: RatingQuery) -> Page:
        """One page of rows, sorted by the query's key and then by id, both in its order; unknown values last.

        Raises:
            BadInput: `after` is no cursor of this list, or the question costs too much work.
        """
        numeric = query.sort not in ("model", "task")
        start = None
        if query.after is not None:
            start = cursor.decode(query.after, sort=query.sort, order=query.order, numeric=numeric)
        with self._readers.snapshot() as connection:
            view = self._view(connection, query)
            wanted = Wanted(query, start, view.names, view.few, view.cells)
            found = find(connection, wanted, query.limit + 1) if view.total.number else []
            ids = [row.id for row in found[: query.limit]]
            items = self._rows.all(ids, lambda missing: words(bodies_of(connection, missing)))
        following = None
        if len(found) > query.limit:
            last = found[query.limit - 1]
            following = Cursor(query.sort, query.order, last.key, last.id).encode()
        return Page(
            items=tuple(items),
            total=view.total.number,
            total_is_exact=view.total.exact,
            next=following,
        )

    def _view(self, connection: Connection, query: RatingQuery) -> _View:
        if search_text(query) is not None:
            return _view(connection, query)  # names without end could be kept
        any_order = query.model_copy(update={"sort": "energy", "order": "asc", "limit": 1, "after": None})
        return self._views.get(any_order, lambda: _view(connection, query))

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

    def ratings_named(self, ids: Collection[str]) -> list[Rating]:
        """The rows of these ids, in their order; ids of none are passed over."""
        with self._readers.snapshot() as connection:
            return words(bodies_of(connection, list(ids)))

    def ratings_of(
        self,
        model: str,
        *,
        best: bool = False,
        public: bool = False,
        limit: int | None = None,
        **place: str | None,
    ) -> list[Rating]:
        """Rows of a model: rated rows first, then by the newest edition, task, hardware and energy.

        Args:
            best: its rated rows alone, without other configurations, which may be very many.
            public: none of a development edition.
            limit: at most so many; None: all.
            place: `edition`, `task`, `hardware`, `protocol`, `run_id`: only rows that have this; None: any.
        """
        wanted = {name: value for name, value in place.items() if value is not None}
        run_id = wanted.pop("run_id", None)
        statement = (
            select_bodies()
            .join(editions, editions.c.id == ratings.c.edition, isouter=True)
            .where(
                ratings.c.model == model,
                *([ratings.c.best == 1] if best else ()),
                *([ratings.c.development == 0] if public else ()),
                *(ratings.c[name] == value for name, value in wanted.items()),
                *([func.json_extract(rating_bodies.c.body, "$.run_id") == run_id] if run_id else ()),
            )
            .order_by(
                ratings.c.best.desc(),
                editions.c.dated.desc(),
                ratings.c.edition,
                ratings.c.task,
                ratings.c.hardware,
                ratings.c.energy,
                ratings.c.id,
            )
            .limit(limit)
            .with_hint(ratings, _BY_MODEL)
        )
        with self._readers.snapshot() as connection:
            bodies = connection.execute(statement).scalars().all()
        return words(bodies)

    def count_of(self, model: str, *, public: bool = False, edition: str | None = None) -> int:
        """How many rows a model has."""
        statement = (
            select(func.count())
            .select_from(ratings)
            .where(
                ratings.c.model == model,
                *([ratings.c.development == 0] if public else ()),
                *([ratings.c.edition == edition] if edition is not None else ()),
            )
            .with_hint(ratings, _BY_MODEL)
        )
        with self._readers.snapshot() as connection:
            return connection.execute(statement).scalar_one()

    def ratings_between(self, low: str, high: str, after: str, limit: int) -> list[Rating]:
        """Rows by their ids: from `low`, below `high` (empty: to the end), past `after`."""
        # Nothing but ids is asked for: the primary key alone decides how much is looked at.
        statement = select_bodies().where(ratings.c.id >= low, ratings.c.id > after)
        if high:
            statement = statement.where(ratings.c.id < high)
        with self._readers.snapshot() as connection:
            bodies = connection.execute(statement.order_by(ratings.c.id).limit(limit)).scalars().all()
        return words(bodies)

    def rated_rows(self, edition: str, models: Collection[str]) -> dict[str, list[Rating]]:
        """The rated rows that models have in an edition, in every place; a model without any has no entry."""
        statement = (
            select_bodies()
            .where(ratings.c.model.in_(models), ratings.c.edition == edition, ratings.c.best == 1)
            .with_hint(ratings, _BY_MODEL)
        )
        with self._readers.snapshot() as connection:
            bodies = connection.execute(statement).scalars().all()
        found: dict[str, list[Rating]] = {}
        for row in words(bodies):
            found.setdefault(row.model, []).append(row)
        return found

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


def _view(connection: Connection, query: RatingQuery) -> _View:
    part = search_text(query)
    most = totals.most_rows(connection, query)
    names = None if part is None or not most else names_with(connection, part)
    total = totals.count(connection, query, most, names)
    few = min(most, total.number) <= FEW
    alone = few or names is not None or in_one_cell(query)
    return _View(total, names, few, () if alone else cells_of(connection, query))
