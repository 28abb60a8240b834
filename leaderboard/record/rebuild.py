"""A record made anew from the rows of its log, in bulk: into a file beside, which takes its place at the end.

Rows go in without indexes, triggers and domain words: the log's hashes vouch for them, and the hash of the
whole is compared at the end.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from leaderboard.domain import BadFile, Conflict, WrongSchema
from leaderboard.record.folder import DATABASE, take
from leaderboard.record.hashing import GROWING, TRACKED, in_words, total
from leaderboard.record.line_schema import REFILL
from leaderboard.record.migrations import MIGRATIONS, board
from leaderboard.record.trouble import is_storage_trouble, storage_unavailable

FIRST_SCHEMA = 4
"""The version of the schema that began to be logged."""
_BESIDE = f"{DATABASE}.restoring"
_LOADED = (*TRACKED, "workers")


class Rebuild:
    """A context manager: `add` parts in the order of the log, then `finish`; else nothing is left behind.

    The folder is locked meanwhile, so that no Space starts in it.
    """

    def __init__(self, folder: Path, record_schema: int) -> None:
        """`record_schema`: the version of the schema that the rows are of.

        Raises:
            Conflict: there is a record in the folder already.
            WrongSchema: the rows are of a version that this Starwatt does not know.
            StorageUnavailable: the folder cannot be written, or another process holds it.
        """
        if not FIRST_SCHEMA <= record_schema <= len(MIGRATIONS):
            raise WrongSchema(
                f"The log holds a record of schema version {record_schema}; "
                f"this Starwatt knows {FIRST_SCHEMA} to {len(MIGRATIONS)}.",
                "Restore with the version of Starwatt that wrote it, or a newer one.",
            )
        self._folder = folder.absolute()
        self._lock = take(self._folder)
        self._sum = 0
        try:
            if (self._folder / DATABASE).exists():
                raise Conflict(
                    f"There is a record in {folder} already.",
                    "Restore into an empty folder; nothing was changed.",
                )
            self._remove()
            self._db = _empty(self._folder / _BESIDE, record_schema)
            self._dropped = _drop_indexes_and_triggers(self._db)
        except BaseException as error:
            self._lock.release()
            if is_storage_trouble(error):
                raise storage_unavailable(folder, error) from error
            raise

    def add(
        self,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[object]],
        digests: Sequence[bytes | None],
    ) -> None:
        """Put rows in, in place of earlier ones of their keys; a row without digest takes its key out.

        Raises:
            BadFile: no such table or columns, or rows that it cannot hold.
        """
        if table not in _LOADED:
            raise BadFile(f"The log has rows of a table {table[:40]!r}.", "It was not written by Starwatt.")
        try:
            self._load(table, columns, rows, digests)
        except sqlite3.Error as error:
            if is_storage_trouble(error):
                raise storage_unavailable(self._folder, error) from error
            raise BadFile(
                f"The log's rows of {table} are not those of a record ({error}).",
                "It was damaged or not written by Starwatt; nothing was restored.",
            ) from error

    def _load(
        self,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[object]],
        digests: Sequence[bytes | None],
    ) -> None:
        info = self._db.execute("SELECT name, pk FROM pragma_table_info(?)", (table,)).fetchall()
        if list(columns) != [name for name, _ in info]:
            raise BadFile(
                f"The log's rows of {table} have other columns than its schema version.",
                "It was damaged or not written by Starwatt; nothing was restored.",
            )
        # Keys in the order of the key, which is that of the columns too in every table.
        places = [place for place, (_, key) in enumerate(info) if key]
        marks = ", ".join("?" * len(columns))
        verb = "INSERT" if table in GROWING else "INSERT OR REPLACE"
        insert = f"{verb} INTO {table} VALUES ({marks})"
        if None in digests:
            where = " AND ".join(f"{columns[place]} = ?" for place in places)
            kept = []
            for row, digest in zip(rows, digests, strict=True):
                if digest is not None:
                    kept.append((row, digest))
                    continue
                key = [row[place] for place in places]
                self._db.execute(f"DELETE FROM {table} WHERE {where}", key)
                array = f"json_array({', '.join('?' * len(key))})"
                self._db.execute(
                    f"DELETE FROM journal_digests WHERE tab = ? AND key = {array}", (table, *key)
                )
            rows, digests = [row for row, _ in kept], [digest for _, digest in kept]
        elif table not in GROWING and table != "workers":
            rows = list(rows)
        self._db.executemany(insert, rows)
        if table in GROWING:
            self._sum = total((digest for digest in digests if digest), self._sum)
        elif table != "workers":
            array = f"json_array({', '.join('?' * len(places))})"
            said = (
                (*(row[place] for place in places), digest) for row, digest in zip(rows, digests, strict=True)
            )
            self._db.executemany(
                f"INSERT OR REPLACE INTO journal_digests VALUES ('{table}', {array}, ?)", said
            )

    def record_hash(self) -> str:
        """The hash of what is in, by the digests that came with the rows."""
        changing = (digest for (digest,) in self._db.execute("SELECT digest FROM journal_digests"))
        return in_words(total(changing, self._sum))

    def finish(self, version: int, manifest: str) -> None:
        """Put the record in its place, safely on the disk.

        `version` is that of the record when `manifest` (its SHA-256) was written. Every edition is asked to
        be published again, and no fence that is given from now on was ever given before.

        Foreign keys are not looked at: a record of the same hash had them.

        Raises:
            BadFile: rows that make no record.
            StorageUnavailable: the disk failed.
        """
        try:
            self._complete(version, manifest)
            self._db.close()
            path = self._folder / _BESIDE
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
            path.rename(self._folder / DATABASE)
            handle = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, sqlite3.IntegrityError):
                raise BadFile(
                    f"The log's rows do not make a record ({error}).", "Nothing was restored."
                ) from error
            raise storage_unavailable(self._folder, error) from error

    def _complete(self, version: int, manifest: str) -> None:
        for statement in self._dropped:
            self._db.execute(statement)
        if self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'unfinished'").fetchone():
            self._db.execute(REFILL)
        if self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'rating_counts'").fetchone():
            for statement in board.REFILL:
                self._db.execute(statement)
        # Milliseconds since 1970: no claim of the disk that was lost can have come so far, nor any made
        # after an earlier restore of the same log.
        floor = self._db.execute("SELECT coalesce(max(fence), 0) FROM states").fetchone()[0]
        floor = max(floor, time.time_ns() // 1_000_000)
        self._db.execute("UPDATE meta SET version = ?", (version + 1,))
        self._db.execute(
            "UPDATE journal_head SET position = 0, manifest = ?, pending = '', fence_floor = ?",
            (manifest, floor),
        )
        self._db.execute(
            "INSERT INTO outbox (kind, subject, created_at) "
            "SELECT 'edition', id, strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now') FROM editions"
        )
        self._db.execute("COMMIT")

    def _remove(self) -> None:
        (self._folder / _BESIDE).unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        self._remove()
        self._lock.release()


def _empty(path: Path, record_schema: int) -> sqlite3.Connection:
    """A database with empty tables, in one open transaction. Nobody reads it before it is whole."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("PRAGMA cache_size = -65536")
        _migrated(db, MIGRATIONS[:record_schema])
        db.execute("BEGIN")
    except BaseException:
        db.close()
        raise
    return db


def _migrated(db: sqlite3.Connection, migrations: Sequence[Callable[..., None]]) -> None:
    engine = create_engine("sqlite://", creator=lambda: db, poolclass=StaticPool)
    with engine.connect() as connection:
        db.execute("BEGIN")
        for migration in migrations:
            migration(connection)
        db.execute(f"PRAGMA user_version = {len(migrations)}")
        db.execute("COMMIT")


def _drop_indexes_and_triggers(db: sqlite3.Connection) -> list[str]:
    """Take away what only slows the load; returns the statements that make it again."""
    made = db.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
    ).fetchall()
    for kind, name, _ in made:
        db.execute(f"DROP {kind} {name}")
    return [sql for _, _, sql in made]
