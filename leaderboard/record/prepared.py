"""Statements of the writer's thread: written with SQLAlchemy as all are, compiled once, run by the driver.

Running one through SQLAlchemy costs ten times what SQLite needs for it. Only what every submission and every
claim runs is here; whatever is asked less often stays as plain as it is.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement

Given = Mapping[str, Any]
"""Values by the names of the statement's parameters: text, numbers and None, as SQLite has them."""

_DIALECT = sqlite.dialect(paramstyle="named")
_PARAMETER = re.compile(r":([a-z]\w*)")
_PLAIN = re.compile(r"[a-z_-]*")


class Prepared:
    """One statement, ready to run inside the caller's transaction.

    What goes wrong is raised as the driver says it (`sqlite3.Error`); `trouble.py` reads both kinds.
    """

    def __init__(self, statement: Executable, *columns: str) -> None:
        """`columns`: which ones an insert gives; none: every one."""
        assert isinstance(statement, ClauseElement)
        compiled = statement.compile(dialect=_DIALECT, column_keys=list(columns) or None)
        binds = compiled.binds  # type: ignore[attr-defined]
        self._fixed = {name: bind.value for name, bind in binds.items() if not bind.required}
        assert "POSTCOMPILE" not in str(compiled), "IN is written anew at each run by SQLAlchemy: use OR."
        self.sql = _PARAMETER.sub(self._written, str(compiled))

    def _written(self, found: re.Match[str]) -> str:
        """A value that is always the same is written out: where a parameter decides about a partial index,
        SQLite prepares the statement anew at every run."""
        if found[1] not in self._fixed:
            return found[0]
        value = self._fixed[found[1]]
        assert isinstance(value, int) or (isinstance(value, str) and _PLAIN.fullmatch(value)), self._fixed
        return str(value) if isinstance(value, int) else f"'{value}'"

    def run(self, connection: Connection, given: Given) -> sqlite3.Cursor:
        """Run it; the cursor says how many rows it changed and what the last one's number is."""
        return driver_of(connection).execute(self.sql, given)

    def run_each(self, connection: Connection, given: Iterable[Given]) -> None:
        """Run it once for each."""
        driver_of(connection).executemany(self.sql, given)

    def first(self, connection: Connection, given: Given) -> tuple[Any, ...] | None:
        """The first row that it answers; None: no row."""
        row: tuple[Any, ...] | None = self.run(connection, given).fetchone()
        return row

    def only(self, connection: Connection, given: Given) -> tuple[Any, ...]:
        """The row of a statement that always answers with one."""
        row = self.first(connection, given)
        assert row is not None, self.sql
        return row

    def rows(self, connection: Connection, given: Given) -> list[tuple[Any, ...]]:
        """Every row that it answers."""
        return self.run(connection, given).fetchall()


def driver_of(connection: Connection) -> sqlite3.Connection:
    """SQLite's own connection under SQLAlchemy's."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver
