"""How many rows a view has: from stored numbers where they say it, else counted up to a cap (DESIGN §5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, literal_column, select

from leaderboard.record.board_tables import rating_counts
from leaderboard.record.query import (
    RatingQuery,
    conditions,
    counted_filters,
    has_free_filters,
    place_conditions,
)
from leaderboard.record.tables import ratings
from leaderboard.record.walks import EVERY_FILTER, of_names

COUNTED = 10_000
"""What is not stored is counted up to here; past it nobody pages by hand, and counting would cost more."""


def most_rows(connection: Connection, query: RatingQuery) -> int:
    """At least as many rows as the query has, from stored numbers; exact where `is_stored` says so."""
    filters = counted_filters(query) or {"": ""}
    return min(
        int(
            connection.execute(
                select(func.coalesce(func.sum(rating_counts.c.number), 0)).where(
                    rating_counts.c.field == field,
                    place_conditions(query),
                    rating_counts.c.value == value,
                )
            ).scalar_one()
        )
        for field, value in filters.items()
    )


def is_stored(query: RatingQuery) -> bool:
    """Whether the stored numbers answer a query exactly: one filter at most besides its place."""
    return not has_free_filters(query) and len(counted_filters(query)) <= 1


@dataclass(frozen=True)
class Total:
    """Rows of a view."""

    number: int
    exact: bool
    """False: there are more."""


def count(connection: Connection, query: RatingQuery, most: int, names: list[str] | None) -> Total:
    """Rows of a query. `most` as `most_rows` says; `names`: those that its text is in, where they are few."""
    if most == 0 or is_stored(query):
        return Total(most, True)
    some: Select[Any] = select(literal_column("1")).select_from(ratings)
    if names is None:
        index, condition = EVERY_FILTER, conditions(query)
    else:
        index, condition = of_names(query, names)
    some = some.where(condition).with_hint(ratings, f"INDEXED BY {index}")
    counted = select(func.count()).select_from(some.limit(COUNTED + 1).subquery())
    number = int(connection.execute(counted).scalar_one())
    return Total(min(number, COUNTED), number <= COUNTED)
