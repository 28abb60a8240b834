"""The line: what is not over, and whose turn is next. Kept by triggers, so that no write can forget it.

Both tables follow from `states` and `submitters`; only the order in which owners were served is their own.
They are not in the record's log: after a restore `REFILL` makes them again, and the turns begin anew.

This is part of version 5 of the schema, and as frozen as the migration that runs it.
"""

from __future__ import annotations

from sqlalchemy import Connection

REFILL = (
    "INSERT INTO unfinished (seq, hardware, person, owner, address, queued, bundle) "
    "SELECT s.seq, s.hardware, u.person, u.owner, u.address, s.status = 'queued', "
    "json_extract(b.body, '$.plan.nonce') IS NOT NULL FROM states s "
    "JOIN submitters u ON u.submission_id = s.submission_id "
    "JOIN submissions b ON b.id = s.submission_id WHERE s.final = 0"
)
"""Fills both tables where they are empty."""

_TABLES = (
    """
    CREATE TABLE unfinished (
        seq INTEGER PRIMARY KEY,
        hardware TEXT NOT NULL,
        person TEXT NOT NULL,
        owner TEXT NOT NULL,
        address TEXT NOT NULL,
        queued INTEGER NOT NULL CHECK (queued IN (0, 1)),
        bundle INTEGER NOT NULL CHECK (bundle IN (0, 1))
    ) STRICT
    """,
    "CREATE INDEX unfinished_line ON unfinished (hardware, owner, seq) WHERE queued = 1",
    "CREATE INDEX unfinished_person ON unfinished (bundle, person)",
    "CREATE INDEX unfinished_owner ON unfinished (bundle, owner)",
    "CREATE INDEX unfinished_address ON unfinished (bundle, address)",
    """
    CREATE TABLE turns (
        hardware TEXT NOT NULL,
        owner TEXT NOT NULL,
        last INTEGER NOT NULL,
        head INTEGER,
        PRIMARY KEY (hardware, owner)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX turns_next ON turns (hardware, last, head) WHERE head IS NOT NULL",
)

_ONE = (
    "INSERT INTO unfinished (seq, hardware, person, owner, address, queued, bundle) "
    "SELECT NEW.seq, NEW.hardware, u.person, u.owner, u.address, NEW.status = 'queued', "
    "json_extract(b.body, '$.plan.nonce') IS NOT NULL FROM submitters u "
    "JOIN submissions b ON b.id = u.submission_id WHERE u.submission_id = NEW.submission_id"
)
_ENTERS = (
    "INSERT INTO turns (hardware, owner, last, head) VALUES (NEW.hardware, NEW.owner, 0, NEW.seq) "
    "ON CONFLICT (hardware, owner) DO UPDATE SET head = min(coalesce(head, NEW.seq), NEW.seq)"
)
_LEAVES = (
    "UPDATE turns SET head = (SELECT min(seq) FROM unfinished "
    "WHERE hardware = OLD.hardware AND owner = OLD.owner AND queued = 1) "
    "WHERE hardware = OLD.hardware AND owner = OLD.owner"
)
_TRIGGERS = {
    "states_begin": ("INSERT ON states WHEN NEW.final = 0", _ONE),
    "states_reopen": ("UPDATE OF final ON states WHEN OLD.final = 1 AND NEW.final = 0", _ONE),
    "states_end": (
        "UPDATE OF final ON states WHEN OLD.final = 0 AND NEW.final = 1",
        "DELETE FROM unfinished WHERE seq = NEW.seq",
    ),
    "states_queue": (
        "UPDATE OF status ON states WHEN OLD.final = 0 AND NEW.final = 0 AND OLD.status <> NEW.status",
        "UPDATE unfinished SET queued = (NEW.status = 'queued') "
        "WHERE seq = NEW.seq AND queued <> (NEW.status = 'queued')",
    ),
    # What a runner lost or gave back had its turn in vain: its owner is next again.
    "states_given_back": (
        "UPDATE OF status ON states "
        "WHEN NEW.status = 'queued' AND OLD.status IN ('claimed', 'running', 'verifying')",
        "UPDATE turns SET last = 0 WHERE hardware = NEW.hardware "
        "AND owner = (SELECT owner FROM submitters WHERE submission_id = NEW.submission_id)",
    ),
    "unfinished_enters": ("INSERT ON unfinished WHEN NEW.queued = 1", _ENTERS),
    "unfinished_queued": ("UPDATE OF queued ON unfinished WHEN NEW.queued = 1", _ENTERS),
    "unfinished_taken": ("UPDATE OF queued ON unfinished WHEN NEW.queued = 0", _LEAVES),
    "unfinished_leaves": ("DELETE ON unfinished WHEN OLD.queued = 1", _LEAVES),
}


def make_line(connection: Connection) -> None:
    """Make the tables and their triggers, and fill them."""
    for statement in _TABLES:
        connection.exec_driver_sql(statement)
    for name, (when, what) in _TRIGGERS.items():
        connection.exec_driver_sql(f"CREATE TRIGGER {name} AFTER {when} BEGIN {what}; END")
    connection.exec_driver_sql(REFILL)
