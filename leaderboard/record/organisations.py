"""Who makes models: organisations with their numbers of models, and the rows of names that begin alike.

Model ids are walked by the index on their lower case, so that nothing is read but what is shown.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, literal_column, select, text

from leaderboard.domain import Rating
from leaderboard.record.rating_rows import select_bodies, words
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import ratings, runs

MOST_ROWS = 2_000
"""Rows of one organisation or family that are read at once, by name."""
_AFTER_SLASH = "0"
"""The sign that follows `/`: the ids of an organisation lie between the two."""


@dataclass(frozen=True)
class OrganisationCount:
    """One organisation of the record's public rows."""

    name: str
    """As its models' ids write it."""
    models: int
    measured: int
    """Models with a figure that our runners measured."""
    attested: int
    """Models with a figure that their owner measured where the weights are."""
    published: int
    """Models with a figure that was published elsewhere."""


# From one id to the first of the next organisation: as many steps as there are organisations, however many
# rows each has. An id without an organisation is a step of its own. The plus keeps SQLite from an index of
# its own making over every row.
_ORGANISATIONS = text(
    """
    WITH RECURSIVE walk (name) AS (
        SELECT min(model_lower) FROM ratings WHERE model_lower > :after
        UNION ALL
        SELECT (
            SELECT min(r.model_lower) FROM ratings r WHERE r.model_lower >=
                CASE WHEN instr(walk.name, '/') > 0
                THEN substr(walk.name, 1, instr(walk.name, '/') - 1) || '0' ELSE walk.name || char(1) END
        ) FROM walk WHERE walk.name IS NOT NULL
    ),
    found (org) AS (
        SELECT substr(walk.name, 1, instr(walk.name, '/') - 1) FROM walk
        WHERE instr(walk.name, '/') > 0 AND instr(substr(walk.name, 1, instr(walk.name, '/') - 1), :q) > 0
            AND EXISTS (
                SELECT 1 FROM ratings r WHERE r.model_lower >= substr(walk.name, 1, instr(walk.name, '/'))
                AND r.model_lower < substr(walk.name, 1, instr(walk.name, '/') - 1) || '0'
                AND +r.development = 0
            )
        LIMIT :most
    )
    SELECT found.org, min(r.model) AS model,
        count(DISTINCT r.model_lower) AS models,
        count(DISTINCT CASE r.provenance WHEN 'measured' THEN r.model_lower END) AS measured,
        count(DISTINCT CASE r.provenance WHEN 'attested' THEN r.model_lower END) AS attested,
        count(DISTINCT CASE r.provenance WHEN 'reference' THEN r.model_lower END) AS published
    FROM found CROSS JOIN ratings r ON r.model_lower >= found.org || '/' AND r.model_lower < found.org || '0'
    WHERE +r.development = 0 GROUP BY found.org ORDER BY found.org || '/'
    """
)


class Organisations(Shelf):
    """Reading by who made a model."""

    def organisations(
        self, q: str = "", after: str = "", limit: int = 100
    ) -> tuple[list[OrganisationCount], str | None]:
        """Organisations with public rows, by name and a slash; and `after` of the next ones, or None.

        Args:
            q: part of an organisation's name, upper or lower case.
            after: what the page before returned.

        Raises:
            BadInput: the question costs too much work.
        """
        start = f"{after.lower()}{_AFTER_SLASH}" if after else ""
        with self._readers.snapshot() as connection:
            asked = {"after": start, "q": q.strip().lower(), "most": limit + 1}
            found = connection.execute(_ORGANISATIONS, asked).all()
        counted = [
            OrganisationCount(row.model.split("/")[0], row.models, row.measured, row.attested, row.published)
            for row in found[:limit]
        ]
        return counted, found[limit - 1].org if len(found) > limit else None

    def rows_beginning(
        self, prefix: str, *, editions: Collection[str] = (), limit: int = MOST_ROWS
    ) -> list[Rating]:
        """Rated rows of models whose id begins so, upper or lower case, by name: at most `limit`.

        Args:
            editions: only rows of these; none: of every public one.
        """
        statement = (
            select_bodies()
            .where(_begins(ratings.c.model_lower, prefix.lower()), ratings.c.best == 1, _public(editions))
            .order_by(ratings.c.model_lower, ratings.c.id)
            .limit(limit)
        )
        with self._readers.snapshot() as connection:
            return words(connection.execute(statement).scalars().all())

    def models_without_figure(self, org: str, limit: int = 100) -> list[str]:
        """Models of an organisation, as its ids write it, that were run and have no row of any edition."""
        rated = select(literal_column("1")).where(ratings.c.model == runs.c.model).exists()
        statement = (
            select(runs.c.model)
            .where(_begins(runs.c.model, f"{org}/"), runs.c.current == 1, ~rated)
            .distinct()
            .order_by(runs.c.model)
            .limit(limit)
        )
        with self._readers.snapshot() as connection:
            return list(connection.execute(statement).scalars())


def _begins(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """A range of the index, where LIKE would be a scan; the last sign there is ends it."""
    return and_(column >= prefix, column < f"{prefix}\U0010ffff")


def _public(editions: Collection[str]) -> ColumnElement[bool]:
    # Not the bare columns: an index of theirs would be walked, where a name has far fewer rows.
    return ratings.c.edition.concat("").in_(editions) if editions else ratings.c.development + 0 == 0
