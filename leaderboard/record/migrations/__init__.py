"""The schema's history, forward only: each migration is frozen once released, and the next one follows it.

`PRAGMA user_version` says how many of them a record has been through. All that are missing run in one
transaction: a record is of the old version or of the new one, never in between.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

from leaderboard.domain import StorageUnavailable
from leaderboard.record.migrations import board, controls, first, log, people, proposals

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


MIGRATIONS: tuple[Migration, ...] = (
    first.migrate,
    controls.migrate,
    proposals.migrate,
    log.migrate,
    people.migrate,
    board.migrate,
)
"""Every migration, in order. Append; never change one that a released version has run."""
