"""How connections to the record are made: one that writes, a few that can only read."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.pool import QueuePool, StaticPool

from leaderboard.record.prepared import driver_of

READERS = 4
"""Read connections; few, because each has a page cache of its own."""
WAIT_S = 10.0
"""How long a reader waits for one of them."""
CACHE_KIB = 16 * 1024
BIGGEST_JOURNAL = 64 * 1024 * 1024
CHECKPOINT_PAGES = 12_000
"""Pages of the write-ahead log, 4 KiB each, after which they are put into the file. At SQLite's own thousand,
every tenth group of many callers would wait for that, and hot pages be written ten times instead of once."""


def writing_engine(path: Path) -> Engine:
    """One connection that writes: WAL, and on the platter before a commit returns."""

    def connect() -> sqlite3.Connection:
        return _connect(
            path,
            "rwc",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
            f"journal_size_limit = {BIGGEST_JOURNAL}",
        )

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)
    event.listen(engine, "begin", _begin("BEGIN IMMEDIATE"))
    return engine


def undo_in_memory(driver: sqlite3.Connection, wanted: bool) -> None:
    """Where the next transactions keep what undoes a savepoint: in memory, or in a file as long as need be.

    In a file it costs half as much as a small job itself. In memory it is dear for large ones: SQLite walks
    through all of it after each statement.
    """
    # Not `execute`: this works while it is prepared, and a statement that is kept would do nothing again.
    driver.executescript(f"PRAGMA temp_store = {'MEMORY' if wanted else 'FILE'}")


class WithIndexes(SQLiteCompiler):
    """Writes hints behind tables: SQLite knows no numbers of rows, so the record says which index to take."""

    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:  # noqa: ARG002
        return text


def reading_engine(path: Path) -> Engine:
    """A few connections that cannot write, each read inside one snapshot."""

    def connect() -> sqlite3.Connection:
        return _connect(path, "ro", "query_only = ON")

    engine = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=READERS,
        max_overflow=0,
        pool_timeout=WAIT_S,
    )
    engine.dialect.statement_compiler = WithIndexes
    event.listen(engine, "begin", _begin("BEGIN"))
    return engine


def _connect(path: Path, mode: str, *pragmas: str) -> sqlite3.Connection:
    # isolation_level=None: the driver begins no transaction of its own, so that BEGIN IMMEDIATE,
    # savepoints and DDL inside a transaction are exactly what is asked for.
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=5.0,
    )
    try:
        for pragma in (f"cache_size = -{CACHE_KIB}", *pragmas):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        # The file is no database, or the disk fails: nobody else knows of this connection to close it.
        connection.close()
        raise
    return connection


def _begin(statement: str) -> Any:
    def begin(connection: Connection) -> None:
        # By the driver: every group of writes and every read begins so.
        driver_of(connection).execute(statement)

    return begin
