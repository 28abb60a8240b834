"""Ratings in and out of their tables: columns to find them by, and the word itself as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, select, text
from sqlalchemy.dialects.sqlite import Insert, insert

from leaderboard.domain import Conflict, Rating
from leaderboard.record.shelf import microseconds
from leaderboard.record.tables import rating_bodies, ratings

_OWN = ("edition", "model")
"""What a row never changes under one id."""
_ASKED_AT_ONCE = 500
Prepared = tuple[dict[str, Any], dict[str, Any]]


def _upsert_into(table: Table) -> Insert:
    statement = insert(table)
    fresh = {column.name: statement.excluded[column.name] for column in table.c if column.name != "id"}
    return statement.on_conflict_do_update(index_elements=["id"], set_=fresh)


_UPSERT_COLUMNS = _upsert_into(ratings)
_UPSERT_BODY = _upsert_into(rating_bodies)


def prepare(rows: Sequence[Rating]) -> list[Prepared]:
    """The values of both tables; done in the caller's thread, to keep the writer's free."""
    return [(_columns(row), {"id": row.id, "body": row.model_dump_json()}) for row in rows]


def upsert(connection: Connection, prepared: Sequence[Prepared]) -> None:
    """Put rows in; a row of the same id is replaced.

    Raises:
        Conflict: the id is another row's: its permanent address must not lead to a second figure.
    """
    if prepared:
        _refuse_collisions(connection, [columns for columns, _ in prepared])
        connection.execute(_UPSERT_COLUMNS, [columns for columns, _ in prepared])
        connection.execute(_UPSERT_BODY, [body for _, body in prepared])


def _refuse_collisions(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    owners: dict[str, tuple[str, ...]] = {}
    wanted = [row["id"] for row in rows]
    for start in range(0, len(wanted), _ASKED_AT_ONCE):
        some = wanted[start : start + _ASKED_AT_ONCE]
        statement = select(ratings.c.id, *(ratings.c[name] for name in _OWN)).where(ratings.c.id.in_(some))
        owners |= {id: tuple(own) for id, *own in connection.execute(statement)}
    for row in rows:
        own = tuple(row[name] for name in _OWN)
        if owners.setdefault(row["id"], own) != own:
            raise Conflict(
                f"The rating id {row['id']} belongs to another row already.",
                "Report this: two rows have the same short address.",
            )


def remove_edition(connection: Connection, edition_id: str) -> None:
    """Take out every row of an edition."""
    connection.execute(delete(ratings).where(ratings.c.edition == edition_id))


def select_bodies() -> Select[tuple[Any]]:
    """The words of rows: add conditions and an order on the columns of `ratings`."""
    return select(rating_bodies.c.body).join_from(ratings, rating_bodies, rating_bodies.c.id == ratings.c.id)


_BODIES = text(
    "SELECT b.body FROM json_each(:ids) j CROSS JOIN rating_bodies b ON b.id = j.value ORDER BY j.key"
)


def bodies_of(connection: Connection, ids: Sequence[str]) -> list[str]:
    """The words of rows, in the order of their ids."""
    return list(connection.execute(_BODIES, {"ids": json.dumps(ids)}).scalars())


def words(bodies: Sequence[str]) -> list[Rating]:
    return [Rating.model_validate_json(body) for body in bodies]


def _columns(row: Rating) -> dict[str, Any]:
    return {
        "id": row.id,
        "edition": row.edition,
        "task": row.task,
        "hardware": row.hardware,
        "model_class": row.model_class,
        "protocol": row.protocol,
        "reasoning": row.reasoning,
        "provenance": row.provenance.value,
        "licence": row.licence,
        "precision": row.precision,
        "model": row.model,
        "model_lower": row.model.lower(),
        "org": row.org.lower(),
        "best": int(row.best),
        "development": int(row.development),
        "energy": row.energy_wh_per_1000,
        "stars": row.stars,
        "quality": row.quality,
        "params": row.params,
        "measured_us": None if row.measured_at is None else microseconds(row.measured_at),
        "library": row.library,
        "weights_open": _flag(row.weights_open),
        "data_open": _flag(row.data_open),
        "licence_open": _flag(row.licence_open),
    }


def _flag(known: bool | None) -> int | None:
    return None if known is None else int(known)
