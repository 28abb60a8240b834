"""What a page offers to choose from: the values of its filters, with their numbers of rows (DESIGN §5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from leaderboard.record.board_tables import COUNTED_FIELDS, PLACES, rating_counts
from leaderboard.record.names import names_with
from leaderboard.record.query import (
    FACETS,
    OPEN_COLUMNS,
    RatingQuery,
    conditions,
    counted_filters,
    filtered,
    has_free_filters,
    place_conditions,
    search_text,
)
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import ratings
from leaderboard.record.walks import EVERY_FILTER, of_names

OPENNESS = "openness"
OFFERED = (*FACETS, OPENNESS)
Counts = dict[str, Counter[str]]


class Facets(Shelf):
    """Counting the board's rows by what they can be filtered by."""

    def facets(self, query: RatingQuery) -> dict[str, list[tuple[str, int]]]:
        """For each field a page filters by, the values to choose from with their numbers of rows.

        A field's values are counted under all *other* filters, so that what was chosen can be changed.
        Most frequent first, then by name; rows where the field is not known are not counted. `openness`
        counts rows of which it is known that their weights, data, licence or all of them are open.

        Raises:
            BadInput: the question costs too much work.
        """
        chosen = filtered(query) & {*OFFERED}
        counts: Counts = {}
        with self._readers.snapshot() as connection:
            # Fields that were not chosen share their condition, and so one question.
            for names in ([name for name in OFFERED if name not in chosen], *([name] for name in chosen)):
                stored = [name for name in names if _is_stored(query, name)]
                if stored:
                    counts |= _stored(connection, query, stored)
                others = [name for name in names if name not in stored]
                if others:
                    counts |= _counted(connection, query, others)
        return {name: sorted(counts[name].items(), key=lambda pair: (-pair[1], pair[0])) for name in OFFERED}


def _is_stored(query: RatingQuery, name: str) -> bool:
    """Whether stored numbers tell a field's values: those of a place under one other filter, else alone."""
    others = [field for field in counted_filters(query) if field != name]
    return not has_free_filters(query) and len(others) <= (0 if name in COUNTED_FIELDS else 1)


def _stored(connection: Connection, query: RatingQuery, names: Sequence[str]) -> Counts:
    """From `rating_counts`. `names` share their condition: several that were not chosen, or one that was."""
    besides = [name for name in names if name in filtered(query)]
    condition = place_conditions(query, *besides)
    field, value, number = rating_counts.c.field, rating_counts.c.value, func.sum(rating_counts.c.number)
    counts: Counts = {name: Counter() for name in names}
    places = [name for name in names if name in PLACES]
    if places:
        by = next(iter(counted_filters(query).items()), ("", ""))
        columns = [rating_counts.c[name] for name in places]
        where = (field == by[0], condition, value == by[1])
        for *values, rows in connection.execute(select(*columns, number).where(*where).group_by(*columns)):
            _add(counts, places, values, rows)
    fields = [name for name in names if name in COUNTED_FIELDS]
    if fields:
        found_in = select(field, value, number).where(field.in_(fields), condition).group_by(field, value)
        for name, found, rows in connection.execute(found_in):
            counts[name][found] = rows
    return counts


def _counted(connection: Connection, query: RatingQuery, names: Sequence[str]) -> Counts:
    """From the rows: one scan for all the fields groups by every combination, added up per field."""
    besides = [name for name in names if name in filtered(query)]
    part = search_text(query)
    named = None if part is None else names_with(connection, part)
    if named is None:
        index, condition = EVERY_FILTER, conditions(query, *besides)
    else:
        index, condition = of_names(query, named, *besides)
    plain = [name for name in names if name != OPENNESS]
    columns = [ratings.c[name] for name in plain]
    if OPENNESS in names:
        columns += OPEN_COLUMNS.values()
    counts: Counts = {name: Counter() for name in names}
    question = select(*columns, func.count()).where(condition).group_by(*columns)
    question = question.with_hint(ratings, f"INDEXED BY {index}")
    for *values, rows in connection.execute(question) if named != [] else ():
        _add(counts, plain, values, rows)
        if OPENNESS in names:
            told = dict(zip(OPEN_COLUMNS, values[len(plain) :], strict=True))
            opened = [name for name, is_so in told.items() if is_so]
            _add(counts, [OPENNESS] * len(opened), opened, rows)
            if len(opened) == len(told):
                counts[OPENNESS]["all"] += rows
    return counts


def _add(counts: Counts, names: Sequence[str], values: Sequence[str | None], rows: int) -> None:
    for name, value in zip(names, values, strict=False):
        if value:
            counts[name][value] += rows
