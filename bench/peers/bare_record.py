"""What a careful person would write by hand with `sqlite3` to leave on the disk what the record leaves there.

The same file, made by the same migrations: the same tables, indexes and triggers. The same settings of the
connection, FULL among them. The same rows: a submission, its submitter, its state, its first two events and
the version; for a claim the turn that is next, the state that is taken, its event, the turn that is over, and
the submission that the runner is handed. Several to a commit. What is left out is what makes it ours: no
checks before writing, no savepoints, no leases, no pauses, no thread but this one; JSON was made beforehand.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from leaderboard.domain import Event, Status, Submission
from leaderboard.record import Record
from leaderboard.record.connections import undo_in_memory, writing_engine
from leaderboard.record.folder import DATABASE
from leaderboard.record.prepared import driver_of
from leaderboard.record.shelf import microseconds

_CLAIMED = (
    '{"status":"claimed","at":"2026-11-02T12:00:00Z","actor":"rack-1:1","message":"The runner rack-1:1 has '
    'taken it (try 1 of 3).","remedy":"","detail":{"fence":1,"attempt":1}}'
)


class Rows(NamedTuple):
    """What a queued submission is in the tables."""

    submission: tuple[Any, ...]
    submitter: tuple[Any, ...]
    state: tuple[Any, ...]
    events: list[tuple[Any, ...]]


def rows_of(one: Submission, events: Sequence[Event]) -> Rows:
    """`events` end with its being queued."""
    key, by = one.plan.run_key, one.submitted_by
    return Rows(
        (one.id, key, by, one.model_dump_json()),
        (one.id, by, by, "", microseconds(one.submitted_at)),
        (one.id, key, one.plan.hardware, Status.QUEUED.value, 0, 0, 0),
        [(one.id, event.status.value, event.model_dump_json()) for event in events],
    )


class BareRecord:
    """A record's file, without the record."""

    def __init__(self, folder: Path, cache_mib: int | None = None) -> None:
        """`cache_mib`: for filling it, with more pages at hand than the record has."""
        Record.open(folder).close()
        self._engine = writing_engine(folder / DATABASE)
        self._connection = self._engine.connect()
        self._driver: sqlite3.Connection = driver_of(self._connection)
        undo_in_memory(self._driver, True)
        if cache_mib is not None:
            self._driver.execute(f"PRAGMA cache_size = -{cache_mib * 1024}")

    def submit(self, rows: Sequence[Rows], together: int) -> None:
        """Write all, so many to a commit."""
        run = self._driver.execute
        for place in range(0, len(rows), together):
            run("BEGIN IMMEDIATE")
            for one in rows[place : place + together]:
                seq = run(
                    "INSERT INTO submissions (id, run_key, submitted_by, body) VALUES (?, ?, ?, ?)",
                    one.submission,
                ).lastrowid
                run(
                    "INSERT INTO submitters (seq, submission_id, person, owner, address, at_us) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (seq, *one.submitter),
                )
                run(
                    "INSERT INTO states (seq, submission_id, run_key, hardware, status, final, fence, "
                    "attempt) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (seq, *one.state),
                )
                self._driver.executemany(
                    "INSERT INTO events (submission_id, status, body) VALUES (?, ?, ?)", one.events
                )
            run("UPDATE meta SET version = version + 1")
            run("COMMIT")

    def claim(self, count: int, together: int) -> None:
        """Take so many, so many to a commit."""
        run = self._driver.execute
        for place in range(0, count, together):
            run("BEGIN IMMEDIATE")
            for _ in range(min(together, count - place)):
                owner, head = run(
                    "SELECT owner, head FROM turns WHERE hardware = ? AND head IS NOT NULL "
                    "ORDER BY last, head LIMIT 1",
                    ("cpu",),
                ).fetchone()
                (id,) = run(
                    "UPDATE states SET status = 'claimed', fence = fence + 1, attempt = attempt + 1, "
                    "worker = ?, lease_s = ?, progress = NULL WHERE seq = ? RETURNING submission_id",
                    ("rack-1:1", 300.0, head),
                ).fetchone()
                last = run(
                    "INSERT INTO events (submission_id, status, body) VALUES (?, 'claimed', ?)",
                    (id, _CLAIMED),
                ).lastrowid
                run("UPDATE turns SET last = ? WHERE hardware = 'cpu' AND owner = ?", (last, owner))
                run("SELECT body FROM submissions WHERE id = ?", (id,)).fetchone()
            run("UPDATE meta SET version = version + 1")
            run("COMMIT")

    def check_queued(self, count: int) -> None:
        """Whether it is the record of so many that wait. Raises RuntimeError."""
        whole = {"submissions": 1, "submitters": 1, "states": 1, "events": 2, "unfinished": 1}
        for table, each in whole.items():
            (found,) = self._driver.execute(f"SELECT count(*) FROM {table}").fetchone()
            if found != each * count:
                raise RuntimeError(f"{table} has {found} rows and not {each * count}.")
        (odd,) = self._driver.execute(
            "SELECT count(*) FROM states s "
            "LEFT JOIN submissions b ON b.seq = s.seq AND b.id = s.submission_id "
            "AND b.run_key = s.run_key LEFT JOIN unfinished u ON u.seq = s.seq AND u.queued = 1 "
            "WHERE s.status <> 'queued' OR b.seq IS NULL OR u.seq IS NULL"
        ).fetchone()
        if odd:
            raise RuntimeError(f"{odd} states are not those of a submission that waits.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._engine.dispose()


def one_row_rate(folder: Path, rows: Sequence[Rows], together: int) -> float:
    """Rows a second into one table without indexes of its own: a quarter of the writing, for comparison."""
    connection = sqlite3.connect(folder / "one.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE one (id TEXT PRIMARY KEY, body TEXT)")
    began = time.perf_counter()
    for place in range(0, len(rows), together):
        connection.execute("BEGIN IMMEDIATE")
        these = [(one.submission[0], one.submission[3]) for one in rows[place : place + together]]
        connection.executemany("INSERT INTO one VALUES (?, ?)", these)
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return len(rows) / seconds
