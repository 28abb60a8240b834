"""The board's rows: pages by keyset, totals, facets (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, and_, literal_column, select, true

from leaderboard.domain import NotFound, Rating
from leaderboard.record import cursor, totals
from leaderboard.record.cursor import Cursor
from leaderboard.record.names import names_with
from leaderboard.record.query import Page, RatingQuery, search_text
from leaderboard.record.rating_rows import bodies_of, select_bodies, words
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import editions, rating_bodies, ratings
from leaderboard.record.walks import FEW, Wanted, find


class Ratings(Shelf):
    """Reading the board."""

    def ratings(self, query: RatingQuery) -> Page:
        """One page of rows, sorted by the query's key and then by id, both in its order; unknown values last.

        Raises:
            BadInput: `after` is no cursor of this list, or the question costs too much work.
        """
        numeric = query.sort not in ("model", "task")
        start = None
        if query.after is not None:
            start = cursor.decode(query.after, sort=query.sort, order=query.order, numeric=numeric)
        part = search_text(query)
        with self._readers.snapshot() as connection:
            most = totals.most_rows(connection, query)
            names = None if part is None or not most else names_with(connection, part)
            total = totals.count(connection, query, most, names)
            wanted = Wanted(query, start, query.limit + 1, names, few=min(most, total.number) <= FEW)
            found = find(connection, wanted) if total.number else []
            bodies = bodies_of(connection, [row.id for row in found[: query.limit]])
        following = None
        if len(found) > query.limit:
            last = found[query.limit - 1]
            following = Cursor(query.sort, query.order, last.key, last.id).encode()
        return Page(
            items=tuple(words(bodies)),
            total=total.number,
            total_is_exact=total.exact,
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
        statement = select_bodies().where(
            ratings.c.model.in_(models), ratings.c.edition == edition, ratings.c.best == 1
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
