"""Version 6, second step: how many rows there are of what, kept with every write."""

from __future__ import annotations

from sqlalchemy import Connection

_PLACES = ("edition", "task", "hardware", "model_class", "protocol", "reasoning", "best", "development")
_VALUES = {
    "": "''",
    "provenance": "nullif({row}.provenance, '')",
    "licence": "nullif({row}.licence, '')",
    "precision": "nullif({row}.precision, '')",
    "library": "nullif({row}.library, '')",
}
_OPEN = {
    "weights": "{row}.weights_open = 1",
    "data": "{row}.data_open = 1",
    "licence": "{row}.licence_open = 1",
    "all": "{row}.weights_open = 1 AND {row}.data_open = 1 AND {row}.licence_open = 1",
}
_COUNTED = (
    *_PLACES,
    "provenance",
    "licence",
    "precision",
    "library",
    "weights_open",
    "data_open",
    "licence_open",
)

_TABLE = """
    CREATE TABLE rating_counts (
        field TEXT NOT NULL,
        edition TEXT NOT NULL,
        task TEXT NOT NULL,
        hardware TEXT NOT NULL,
        model_class TEXT NOT NULL,
        protocol TEXT NOT NULL,
        reasoning TEXT NOT NULL,
        best INTEGER NOT NULL,
        development INTEGER NOT NULL,
        value TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (
            field, edition, task, hardware, model_class, protocol, reasoning, best, development, value
        )
    ) STRICT, WITHOUT ROWID
"""


def _pairs(row: str) -> list[tuple[str, str]]:
    """Field and value of everything that one row counts in, as SQL."""
    plain = [(field, value.format(row=row)) for field, value in _VALUES.items()]
    opened = [("openness", f"iif({how.format(row=row)}, '{what}', NULL)") for what, how in _OPEN.items()]
    return plain + opened


def _add(row: str, number: int) -> str:
    places = ", ".join(f"{row}.{place}" for place in _PLACES)
    pairs = ", ".join(f"('{field}', {value})" for field, value in _pairs(row))
    return (
        f"INSERT INTO rating_counts SELECT v.column1, {places}, v.column2, {number} "
        f"FROM (VALUES {pairs}) v WHERE v.column2 IS NOT NULL "
        "ON CONFLICT DO UPDATE SET number = number + excluded.number; "
    )


def _take_away() -> str:
    here = " AND ".join(f"{place} = OLD.{place}" for place in _PLACES)
    fields = ", ".join(f"'{field}'" for field in dict.fromkeys(field for field, _ in _pairs("OLD")))
    gone = f"DELETE FROM rating_counts WHERE field IN ({fields}) AND {here} AND number = 0; "
    return _add("OLD", -1) + gone


REFILL = tuple(
    f"INSERT INTO rating_counts SELECT '{field}', {', '.join(_PLACES)}, {value} AS v, count(*) "
    f"FROM ratings WHERE {value} IS NOT NULL GROUP BY {', '.join(_PLACES)}, v"
    for field, value in _pairs("ratings")
)
"""Fills the empty table."""


def migrate(connection: Connection) -> None:
    """Make the table, its triggers and its rows."""
    connection.exec_driver_sql(_TABLE)
    moved = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _COUNTED)
    for name, when, what in (
        ("insert", "INSERT ON ratings", _add("NEW", 1)),
        ("delete", "DELETE ON ratings", _take_away()),
        ("update", f"UPDATE ON ratings WHEN {moved}", _take_away() + _add("NEW", 1)),
    ):
        connection.exec_driver_sql(f"CREATE TRIGGER ratings_counts_{name} AFTER {when} BEGIN {what}END")
    for statement in REFILL:
        connection.exec_driver_sql(statement)
