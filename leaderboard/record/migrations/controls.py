"""Version 2: the control model's series, board by board."""

from __future__ import annotations

from sqlalchemy import Connection

from leaderboard.record.migrations.statements import only_grow, run


def migrate(connection: Connection) -> None:
    """Version 2: the control model's series, board by board."""
    run(
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
    only_grow(connection, "controls")
