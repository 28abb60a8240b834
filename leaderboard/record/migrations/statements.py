"""Statements that several migrations make; as frozen as they are, for released versions ran them so."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection


def run(connection: Connection, script: str) -> None:
    """Statements with semicolons between them; none may hold one itself."""
    for statement in script.split(";"):
        connection.exec_driver_sql(statement)


def sorted_index(connection: Connection, columns: Iterable[str]) -> None:
    """An index of ratings to walk in order: filters, the column sorted by, and id to tell equals apart."""
    named = tuple(columns)
    connection.exec_driver_sql(f"CREATE INDEX ratings_{'_'.join(named)} ON ratings ({', '.join(named)}, id)")


def only_grow(connection: Connection, *tables: str) -> None:
    """Forbid changing or deleting a row of these tables."""
    for table in tables:
        for change in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE (ABORT, '{table} only ever grow'); END"
            )


def journal_trigger(connection: Connection, table: str, keys: str, change: str, row: str) -> None:
    """Note the key of every row that a change touches; `row` is NEW or OLD."""
    key = f"json_array({', '.join(f'{row}.{key.strip()}' for key in keys.split(','))})"
    connection.exec_driver_sql(
        f"CREATE TRIGGER {table}_journal_{change.split()[0].lower()} AFTER {change} ON {table} BEGIN "
        # Under a new number, so that what changes while a commit is under way is not ticked off with it.
        f"DELETE FROM journal WHERE tab = '{table}' AND key = {key}; "
        f"INSERT INTO journal (tab, key) VALUES ('{table}', {key}); END"
    )
