"""Version 5: who asked, what operators did, tokens that were handed out, and what passes."""

from __future__ import annotations

from sqlalchemy import Connection

from leaderboard.record.line_schema import make_line
from leaderboard.record.migrations.statements import journal_trigger, only_grow, run


def migrate(connection: Connection) -> None:
    """Version 5: who asked, what operators did, tokens that were handed out, and what passes."""
    run(
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

        CREATE INDEX submissions_weights ON submissions (json_extract(body, '$.facts.weights_hash'));

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
    only_grow(connection, "submitters", "acts")
    for table in ("submitters", "acts"):
        journal_trigger(connection, table, "seq", "INSERT", "NEW")
    for change, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        journal_trigger(connection, "tokens", "id", change, row)
    # Those of before were all made at their owner's machine, at a time that only their bodies tell.
    connection.exec_driver_sql(
        "INSERT INTO submitters (submission_id, person, owner, address, at_us) "
        "SELECT id, submitted_by, submitted_by, '', 0 FROM submissions ORDER BY seq"
    )
    make_line(connection)
