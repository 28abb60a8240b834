"""Questions put together once and asked again, each time from another row on.

What SQLAlchemy does for one page of the board costs ten times what SQLite needs to answer it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select
from sqlalchemy.dialects import sqlite

from leaderboard.record.connections import WithIndexes

_DIALECT = sqlite.dialect()
_DIALECT.statement_compiler = WithIndexes


class Question:
    """A statement as text, with the values that are the same each time."""

    def __init__(self, statement: Select[Any]) -> None:
        compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        self._text = compiled.string
        names = compiled.positiontup or []
        self._values = [(name, compiled.params[name]) for name in names]

    def ask(self, connection: Connection, **given: Any) -> list[Row[Any]]:
        """Its rows; `given`: the values of the parameters that were left open."""
        values = tuple(given.get(name, value) for name, value in self._values)
        return list(connection.exec_driver_sql(self._text, values))
