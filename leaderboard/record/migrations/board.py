"""Version 6: what the board is asked at a million rows, in four steps."""

from __future__ import annotations

from sqlalchemy import Connection

from leaderboard.record.migrations import counts, names, openness, walks


def migrate(connection: Connection) -> None:
    """Columns before what is counted by them, indexes last."""
    for step in (openness, counts, names, walks):
        step.migrate(connection)


REFILL = (*counts.REFILL, *names.REFILL)
"""Fills, after a restore, what follows from `ratings`."""
