"""Version 1: the record as it began."""

from __future__ import annotations

from itertools import product

from sqlalchemy import Connection

from leaderboard.record.migrations.statements import only_grow, run, sorted_index


def migrate(connection: Connection) -> None:
    """Version 1: the record as it began."""
    run(
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
    only_grow(connection, "submissions", "events", "notices")
    # One index for each filter and each sort a page offers, ending in id (DESIGN §5).
    sorts = ("energy", "model_lower", "stars", "quality", "params", "measured_us")
    for filters, sort in product(((), ("task",), ("hardware",), ("task", "hardware")), sorts):
        sorted_index(connection, (*filters, sort))
    sorted_index(connection, ("task",))
    sorted_index(connection, ("hardware", "task"))
