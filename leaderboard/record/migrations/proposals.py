"""Version 3: proposals to supersede an edition, and what was decided."""

from __future__ import annotations

from sqlalchemy import Connection

from leaderboard.record.migrations.statements import only_grow, run


def migrate(connection: Connection) -> None:
    """Proposals to supersede an edition, and what was decided: one decision for each."""
    run(
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
    only_grow(connection, "proposals", "decisions")
