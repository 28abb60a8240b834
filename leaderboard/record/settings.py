"""Small facts the Space keeps for itself: token hashes, when something last ran."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.sqlite import insert

from leaderboard.record.prepared import Prepared
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import settings

_VALUE = Prepared(select(settings.c.value).where(settings.c.key == bindparam("of")))


class Settings(Shelf):
    """Text by key; never shown on a page, so the version does not rise."""

    def setting(self, key: str) -> str | None:
        """The value; None: never put."""
        with self._readers.snapshot() as connection:
            row = _VALUE.first(connection, {"of": key})
        return None if row is None else str(row[0])

    def put_setting(self, key: str, value: str) -> None:
        """Keep a value, in place of an earlier one."""
        statement = insert(settings).values(key=key, value=value)
        statement = statement.on_conflict_do_update(index_elements=["key"], set_={"value": value})

        def job(connection: Connection) -> None:
            connection.execute(statement)

        self._writer.run(job, shown=False)
