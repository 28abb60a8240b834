"""The schema's history, forward only: each migration is frozen once released, and the next one follows it.

`PRAGMA user_version` says how many of them a record has been through. All that are missing run in one
transaction: a record is of the old version or of the new one, never in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path

from sqlalchemy import Connection

from leaderboard.domain import StorageUnavailable
from leaderboard.record.line_schema import make_line

Migration = Callable[[Connection], None]


def migrate(connection: Connection, folder: Path) -> None:
    """Bring the record to the newest version.

    Raises:
        StorageUnavailable: the record was written by a newer Starwatt; it is left as it is.
    """
    with connection.begin():
        version = schema_version(connection, folder)
        if version < len(MIGRATIONS):
            for migration in MIGRATIONS[version:]:
                migration(connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {len(MIGRATIONS)}")


def schema_version(connection: Connection, folder: Path) -> int:
    """How many migrations the record has been through; 0 for an empty one.

    Raises:
        StorageUnavailable: more than this Starwatt knows.
    """
    version: int = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    known = len(MIGRATIONS)
    if version > known:
        raise StorageUnavailable(
            f"The record in {folder} has schema version {version}; this Starwatt knows up to {known}.",
            "Update Starwatt, or set STARWATT_DATA to another folder.",
        )
    return version


def _first(connection: Connection) -> None:
    """Version 1: the record as it began."""
    _run(
        connection,
        """
        CREATE TABLE meta (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            version INTEGER NOT NULL
        ) STRICT;
        INSERT INTO meta VALUES (1, 0);

        CREATE TABLE submissions (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            run_key TEXT NOT NULL,
            submitted_by TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT;

        CREATE TABLE events (
            seq INTEGER PRIMARY KEY,
            submission_id TEXT NOT NULL REFERENCES submissions (id),
            status TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
        CREATE INDEX events_of ON events (submission_id, seq);

        CREATE TABLE states (
            submission_id TEXT PRIMARY KEY REFERENCES submissions (id),
            seq INTEGER NOT NULL UNIQUE,
            run_key TEXT NOT NULL,
            hardware TEXT NOT NULL,
            status TEXT NOT NULL,
            final INTEGER NOT NULL CHECK (final IN (0, 1)),
            fence INTEGER NOT NULL CHECK (fence >= 0),
            attempt INTEGER NOT NULL CHECK (attempt >= 0),
            worker TEXT,
            lease_s REAL,
            finished_fence INTEGER,
            progress TEXT
        ) STRICT;
        CREATE UNIQUE INDEX states_open ON states (run_key) WHERE final = 0;
        CREATE INDEX states_queue ON states (hardware, seq) WHERE status = 'queued';
        CREATE INDEX states_waiting ON states (seq) WHERE final = 0;
        CREATE INDEX states_by_status ON states (status, seq);

        CREATE TABLE logs (
            submission_id TEXT PRIMARY KEY REFERENCES submissions (id),
            tail TEXT NOT NULL
        ) STRICT;

        CREATE TABLE runs (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL,
            run_key TEXT NOT NULL,
            model TEXT NOT NULL,
            submission_id TEXT NOT NULL REFERENCES submissions (id),
            accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
            current INTEGER NOT NULL CHECK (current IN (0, 1)),
            finished_us INTEGER NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX runs_current ON runs (run_key) WHERE current = 1;
        CREATE INDEX runs_by_id ON runs (id) WHERE current = 1;
        CREATE INDEX runs_of_model ON runs (model, finished_us) WHERE current = 1;

        CREATE TABLE editions (
            id TEXT PRIMARY KEY,
            dated TEXT NOT NULL,
            development INTEGER NOT NULL CHECK (development IN (0, 1)),
            content_hash TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT;

        CREATE TABLE bands (
            edition TEXT NOT NULL,
            task TEXT NOT NULL,
            hardware TEXT NOT NULL,
            model_class TEXT NOT NULL,
            protocol TEXT NOT NULL,
            reasoning TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (edition, task, hardware, model_class, protocol, reasoning)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE ratings (
            id TEXT PRIMARY KEY,
            edition TEXT NOT NULL,
            task TEXT NOT NULL,
            hardware TEXT NOT NULL,
            model_class TEXT NOT NULL,
            protocol TEXT NOT NULL,
            reasoning TEXT NOT NULL,
            provenance TEXT NOT NULL,
            licence TEXT,
            precision TEXT,
            model TEXT NOT NULL,
            model_lower TEXT NOT NULL,
            org TEXT NOT NULL,
            best INTEGER NOT NULL CHECK (best IN (0, 1)),
            development INTEGER NOT NULL CHECK (development IN (0, 1)),
            energy REAL NOT NULL CHECK (energy > 0),
            stars INTEGER CHECK (stars BETWEEN 1 AND 5),
            quality REAL,
            params INTEGER,
            measured_us INTEGER
        ) STRICT;
        CREATE INDEX ratings_facets ON ratings (
            edition, task, hardware, model_class, protocol, reasoning, provenance, licence, precision,
            best, development
        );
        CREATE INDEX ratings_of_model ON ratings (model);

        CREATE TABLE rating_bodies (
            id TEXT PRIMARY KEY REFERENCES ratings (id) ON DELETE CASCADE,
            body TEXT NOT NULL
        ) STRICT;

        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            created_at TEXT NOT NULL,
            UNIQUE (kind, subject)
        ) STRICT;

        CREATE TABLE notices (
            seq INTEGER PRIMARY KEY,
            subject TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
        CREATE INDEX notices_on ON notices (subject, seq);

        CREATE TABLE workers (
            name TEXT PRIMARY KEY,
            hardware TEXT NOT NULL,
            last_seen TEXT NOT NULL
        ) STRICT;

        CREATE TABLE settings (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT
        """,
    )
    for table, change in product(("submissions", "events", "notices"), ("UPDATE", "DELETE")):
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE (ABORT, '{table} only ever grow'); END"
        )
    # One index for each filter and each sort a page offers, ending in id (DESIGN §5).
    sorts = ("energy", "model_lower", "stars", "quality", "params", "measured_us")
    for filters, sort in product(((), ("task",), ("hardware",), ("task", "hardware")), sorts):
        _index(connection, (*filters, sort))
    _index(connection, ("task",))
    _index(connection, ("hardware", "task"))


def _controls(connection: Connection) -> None:
    """Version 2: the control model's series, board by board."""
    _run(
        connection,
        """
        CREATE TABLE controls (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            board TEXT NOT NULL,
            driver TEXT NOT NULL,
            series TEXT NOT NULL,
            hardware TEXT NOT NULL,
            held INTEGER NOT NULL,
            energy_j REAL NOT NULL,
            at_us INTEGER NOT NULL,
            body TEXT NOT NULL,
            run TEXT NOT NULL
        ) STRICT;
        CREATE INDEX controls_series ON controls (board, driver, series, held, at_us, energy_j);
        CREATE INDEX controls_at ON controls (at_us, seq);
        CREATE INDEX controls_hardware ON controls (hardware, at_us, seq)
        """,
    )
    for change in ("UPDATE", "DELETE"):
        connection.exec_driver_sql(
            f"CREATE TRIGGER controls_no_{change.lower()} BEFORE {change} ON controls "
            "BEGIN SELECT RAISE (ABORT, 'controls only ever grow'); END"
        )


def _proposals(connection: Connection) -> None:
    """Proposals to supersede an edition, and what was decided: one decision for each."""
    _run(
        connection,
        """
        CREATE TABLE proposals (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            edition TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
        CREATE TABLE decisions (
            seq INTEGER PRIMARY KEY,
            proposal TEXT NOT NULL UNIQUE REFERENCES proposals (id),
            body TEXT NOT NULL
        ) STRICT
        """,
    )
    for table, change in product(("proposals", "decisions"), ("UPDATE", "DELETE")):
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE (ABORT, '{table} only ever grow'); END"
        )


def _journal(connection: Connection) -> None:
    """Version 4: which rows are not yet in the record's log (docs/design/restore.md)."""
    _run(
        connection,
        """
        CREATE TABLE journal (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            tab TEXT NOT NULL,
            key TEXT NOT NULL,
            UNIQUE (tab, key)
        ) STRICT;

        CREATE TABLE journal_digests (
            tab TEXT NOT NULL,
            key TEXT NOT NULL,
            digest BLOB NOT NULL,
            PRIMARY KEY (tab, key)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE journal_head (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            position INTEGER NOT NULL,
            manifest TEXT NOT NULL,
            pending TEXT NOT NULL,
            fence_floor INTEGER NOT NULL
        ) STRICT;
        INSERT INTO journal_head VALUES (1, 0, '', '', 0)
        """,
    )
    growing = ("submissions", "events", "notices", "controls", "proposals", "decisions")
    changing = {
        "states": "submission_id",
        "logs": "submission_id",
        "runs": "seq",
        "editions": "id",
        "bands": "edition, task, hardware, model_class, protocol, reasoning",
        "ratings": "id",
        "rating_bodies": "id",
        "settings": "key",
    }
    # A heartbeat changes nothing that has to outlive the disk.
    moves = "OF status, final, fence, attempt, worker, finished_fence"
    for table in growing:
        _trigger(connection, table, "seq", "INSERT", "NEW")
    for table, keys in changing.items():
        _trigger(connection, table, keys, "INSERT", "NEW")
        _trigger(connection, table, keys, f"UPDATE {moves}" if table == "states" else "UPDATE", "NEW")
        _trigger(connection, table, keys, "DELETE", "OLD")


def _people(connection: Connection) -> None:
    """Version 5: who asked, what operators did, tokens that were handed out, and what passes."""
    _run(
        connection,
        """
        CREATE TABLE submitters (
            seq INTEGER PRIMARY KEY,
            submission_id TEXT NOT NULL UNIQUE,
            person TEXT NOT NULL,
            owner TEXT NOT NULL,
            address TEXT NOT NULL,
            at_us INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX submitters_person ON submitters (person, at_us);
        CREATE INDEX submitters_owner ON submitters (owner, at_us);
        CREATE INDEX submitters_address ON submitters (address, at_us);

        CREATE TABLE acts (
            seq INTEGER PRIMARY KEY,
            subject TEXT NOT NULL,
            body TEXT NOT NULL
        ) STRICT;

        CREATE TABLE tokens (
            id TEXT NOT NULL PRIMARY KEY,
            kind TEXT NOT NULL,
            digest TEXT NOT NULL,
            subject TEXT NOT NULL,
            body TEXT NOT NULL,
            revoked INTEGER NOT NULL,
            UNIQUE (kind, digest)
        ) STRICT;

        CREATE TABLE tickets (
            kind TEXT NOT NULL,
            digest TEXT NOT NULL,
            subject TEXT NOT NULL,
            body TEXT NOT NULL,
            made_us INTEGER NOT NULL,
            expires_us INTEGER NOT NULL,
            used_us INTEGER,
            PRIMARY KEY (kind, digest)
        ) STRICT, WITHOUT ROWID
        """,
    )
    for table, change in product(("submitters", "acts"), ("UPDATE", "DELETE")):
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE (ABORT, '{table} only ever grow'); END"
        )
    for table in ("submitters", "acts"):
        _trigger(connection, table, "seq", "INSERT", "NEW")
    for change, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        _trigger(connection, "tokens", "id", change, row)
    # Those of before were all made at their owner's machine, at a time that only their bodies tell.
    connection.exec_driver_sql(
        "INSERT INTO submitters (submission_id, person, owner, address, at_us) "
        "SELECT id, submitted_by, submitted_by, '', 0 FROM submissions ORDER BY seq"
    )
    make_line(connection)


def _trigger(connection: Connection, table: str, keys: str, change: str, row: str) -> None:
    key = f"json_array({', '.join(f'{row}.{key.strip()}' for key in keys.split(','))})"
    connection.exec_driver_sql(
        f"CREATE TRIGGER {table}_journal_{change.split()[0].lower()} AFTER {change} ON {table} BEGIN "
        # Under a new number, so that what changes while a commit is under way is not ticked off with it.
        f"DELETE FROM journal WHERE tab = '{table}' AND key = {key}; "
        f"INSERT INTO journal (tab, key) VALUES ('{table}', {key}); END"
    )


def _index(connection: Connection, columns: Iterable[str]) -> None:
    named = tuple(columns)
    connection.exec_driver_sql(f"CREATE INDEX ratings_{'_'.join(named)} ON ratings ({', '.join(named)}, id)")


def _run(connection: Connection, script: str) -> None:
    for statement in script.split(";"):
        connection.exec_driver_sql(statement)


MIGRATIONS: tuple[Migration, ...] = (_first, _controls, _proposals, _journal, _people)
"""Every migration, in order. Append; never change one that a released version has run."""
