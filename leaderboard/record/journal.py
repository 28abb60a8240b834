"""What the record's log does not say yet, read at one moment and ticked off once it is committed.

Triggers note the key of every row that changes (`journal`). For rows that may change again,
`journal_digests` keeps what the log last said, so that the record's hash moves by what changed alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, select, text, update

from leaderboard.domain import Status
from leaderboard.record.hashing import GROWING, TRACKED, hashed_places, in_words, row_digest, total
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import (
    journal,
    journal_digests,
    journal_head,
    read_version,
    schema,
    states,
    workers,
)

WHOLE_RECORD_WORK_S = 3600.0
"""Processor seconds that reading the whole record may cost."""
PART_ROWS = 50_000
PART_BYTES = 64 * 1024 * 1024
"""A part ends at either: what is held in memory at once stays small."""
CARRIED = b""
"""The digest of a row that goes along without being hashed."""


@dataclass(frozen=True)
class Part:
    """Some rows of one table."""

    table: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]
    """Values in the columns' order. A row that is gone has its key, and None elsewhere."""
    digests: Sequence[bytes | None]
    """SHA-256 of each row; None: it is gone; empty: not hashed."""


@dataclass(frozen=True)
class Head:
    """How far the log of this record is."""

    position: int
    """The last change that it holds."""
    manifest: str
    """SHA-256 of the manifest of its last commit; empty: there is none."""
    pending: str
    """SHA-256 of the manifest of a commit that was begun and may have arrived; or empty."""


@dataclass
class Snapshot:
    """The rows that one commit will hold, all of one moment. Read `parts` to the end first."""

    connection: Connection
    whole: bool
    """Whether it is the whole record, and not only what changed."""
    position: int
    """The last change that it holds."""
    version: int
    changed: bool
    received: tuple[str, ...]
    """Submissions that wait to be safe before they are queued."""
    moved: int = 0
    """By how much the sum of the digests moves; for the whole record, the sum."""
    new_runs: list[str] = field(default_factory=list)
    """Ids of runs whose files are not in the log."""
    _said: list[dict[str, object]] = field(default_factory=list)
    _unsaid: list[dict[str, object]] = field(default_factory=list)

    def parts(self) -> Iterator[Part]:
        """The rows, table by table."""
        for table in TRACKED:
            yield from self._table(table)
        rows = [tuple(row) for row in self.connection.execute(select(workers))]
        if rows:
            yield Part("workers", tuple(workers.c.keys()), rows, [CARRIED] * len(rows))

    def _table(self, table: str) -> Iterator[Part]:
        columns = tuple(schema.tables[table].c.keys())
        keys = [column.name for column in schema.tables[table].primary_key]
        places, key_places = hashed_places(table, columns), [columns.index(key) for key in keys]
        growing = table in GROWING
        rows: list[tuple[object, ...]] = []
        digests: list[bytes | None] = []
        size = 0
        for key, before, *values in self.connection.execute(text(self._query(table, columns, keys))):
            row, digest = tuple(values), None
            if before is not None:
                self.moved -= total([before])
            if row[key_places[0]] is None:
                given = dict(zip(keys, json.loads(key), strict=True))
                row = tuple(given.get(column) for column in columns)
                self._unsaid.append({"tab": table, "key": key})
            else:
                digest = row_digest(table, [row[place] for place in places])
                self.moved += total([digest])
                if not growing:
                    self._said.append({"tab": table, "key": key, "digest": digest})
                if table == "runs" and before is None:
                    self.new_runs.append(str(row[columns.index("id")]))
            rows.append(row)
            digests.append(digest)
            size += sum(len(value) for value in row if isinstance(value, str))
            if len(rows) == PART_ROWS or size >= PART_BYTES:
                yield Part(table, columns, rows, digests)
                rows, digests, size = [], [], 0
        if rows:
            yield Part(table, columns, rows, digests)

    def _query(self, table: str, columns: Sequence[str], keys: Sequence[str]) -> str:
        named = ", ".join(f"t.{column}" for column in columns)
        if self.whole:
            key = ", ".join(f"t.{key}" for key in keys)
            return f"SELECT json_array({key}), NULL, {named} FROM {table} t ORDER BY {key}"
        same = " AND ".join(f"t.{key} = json_extract(j.key, '$[{n}]')" for n, key in enumerate(keys))
        return (
            f"SELECT j.key, d.digest, {named} FROM journal j LEFT JOIN {table} t ON {same} "
            "LEFT JOIN journal_digests d ON d.tab = j.tab AND d.key = j.key "
            f"WHERE j.tab = '{table}' ORDER BY j.seq"
        )


class Journal(Shelf):
    """Reading what the log lacks, and ticking it off."""

    def journal_position(self) -> int:
        """The number of the last change; what is written from now on has a higher one."""
        with self._readers.snapshot() as connection:
            return _position(connection)

    def journal_head(self) -> Head:
        """How far the log is."""
        with self._readers.snapshot() as connection:
            row = connection.execute(select(journal_head)).one()
        return Head(row.position, row.manifest, row.pending)

    @contextmanager
    def log_snapshot(self, *, whole: bool) -> Iterator[Snapshot]:
        """What the log lacks, or the whole record, as it is at this moment."""
        received = select(states.c.submission_id).where(states.c.status == Status.RECEIVED.value)
        with self._readers.snapshot(WHOLE_RECORD_WORK_S) as connection:
            changed = connection.execute(select(journal.c.seq).limit(1)).first() is not None
            yield Snapshot(
                connection=connection,
                whole=whole,
                position=_position(connection),
                version=read_version(connection),
                changed=changed,
                received=tuple(connection.execute(received.order_by(states.c.seq)).scalars()),
            )

    def log_begun(self, manifest: str) -> None:
        """Write down which commit is about to be made: after a crash it may be found there."""
        statement = update(journal_head).values(pending=manifest)
        self._writer.run(lambda connection: connection.execute(statement).rowcount, shown=False)

    def log_committed(self, snapshot: Snapshot, manifest: str) -> None:
        """Tick off what a commit holds. What changed again since then stays."""

        def job(connection: Connection) -> None:
            if snapshot.whole:
                connection.execute(delete(journal_digests))
            if snapshot._unsaid:
                connection.exec_driver_sql(
                    "DELETE FROM journal_digests WHERE tab = :tab AND key = :key", snapshot._unsaid
                )
            if snapshot._said:
                connection.exec_driver_sql(
                    "INSERT OR REPLACE INTO journal_digests VALUES (:tab, :key, :digest)", snapshot._said
                )
            connection.execute(delete(journal).where(journal.c.seq <= snapshot.position))
            done = update(journal_head).values(position=snapshot.position, manifest=manifest, pending="")
            connection.execute(done)

        self._writer.run(job, shown=False)

    def record_hash(self) -> str:
        """The hash of the whole record, read from end to end."""
        with self._readers.snapshot(WHOLE_RECORD_WORK_S) as connection:
            return hash_of(connection)


def hash_of(connection: Connection) -> str:
    """The hash of the record behind a connection, made from its rows."""
    sum_of_all = 0
    for table in TRACKED:
        columns = list(schema.tables[table].c.keys())
        names = ", ".join(columns[place] for place in hashed_places(table, columns))
        rows = connection.exec_driver_sql(f"SELECT {names} FROM {table}")
        sum_of_all = total((row_digest(table, tuple(row)) for row in rows), sum_of_all)
    return in_words(sum_of_all)


def _position(connection: Connection) -> int:
    seq = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'journal'")
    return int(seq.scalar_one_or_none() or 0)
