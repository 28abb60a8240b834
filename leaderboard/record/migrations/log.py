"""Version 4: which rows are not yet in the record's log (docs/design/restore.md)."""

from __future__ import annotations

from sqlalchemy import Connection

from leaderboard.record.migrations.statements import journal_trigger, run


def migrate(connection: Connection) -> None:
    """Version 4: which rows are not yet in the record's log (docs/design/restore.md)."""
    run(
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
        journal_trigger(connection, table, "seq", "INSERT", "NEW")
    for table, keys in changing.items():
        journal_trigger(connection, table, keys, "INSERT", "NEW")
        journal_trigger(connection, table, keys, f"UPDATE {moves}" if table == "states" else "UPDATE", "NEW")
        journal_trigger(connection, table, keys, "DELETE", "OLD")
