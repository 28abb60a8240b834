"""What a page offers to choose from: the values of its filters, with their numbers of rows (DESIGN §5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, func, select

from leaderboard.record.query import FACETS, OPEN_COLUMNS, RatingQuery, conditions, filtered
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import ratings

OPENNESS = "openness"


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
        chosen = filtered(query)
        named = (*FACETS, OPENNESS)
        shared = [name for name in named if name not in chosen]
        with self._readers.snapshot() as connection:
            counts = _counts(connection, shared, conditions(query))
            for name in named:
                if name in chosen:
                    counts |= _counts(connection, [name], conditions(query, besides=name))
        return {name: sorted(counts[name].items(), key=lambda pair: (-pair[1], pair[0])) for name in named}


def _counts(
    connection: Connection, names: Sequence[str], condition: ColumnElement[bool]
) -> dict[str, Counter[str]]:
    """One scan for all the fields: groups by every combination, added up per field."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    plain = [name for name in names if name != OPENNESS]
    columns = [ratings.c[name] for name in plain]
    if OPENNESS in names:
        columns += OPEN_COLUMNS.values()
    for *values, rows in connection.execute(
        select(*columns, func.count()).where(condition).group_by(*columns)
    ):
        for name, value in zip(plain, values, strict=False):
            if value:
                counts[name][value] += rows
        if OPENNESS in names:
            told = dict(zip(OPEN_COLUMNS, values[len(plain) :], strict=True))
            for name in [name for name, is_so in told.items() if is_so]:
                counts[OPENNESS][name] += rows
            if all(told.values()):
                counts[OPENNESS]["all"] += rows
    return counts
