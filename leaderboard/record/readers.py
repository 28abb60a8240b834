"""Reading: a snapshot of the record on one of a few connections, with a cap on the work it may cost."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from leaderboard.domain import BadInput, StorageUnavailable
from leaderboard.record.trouble import is_storage_trouble, sqlite_code, storage_unavailable

PAGE_WORK_S = 2.0
"""Processor seconds that the queries of one page may cost."""
WHOLE_EDITION_WORK_S = 120.0
"""The same for what reads an edition from end to end (rating, publishing)."""
_STEPS = 20_000
"""SQLite's steps between two looks at the clock: well under a millisecond."""


class Readers:
    """Hands out snapshots: what one sees does not change while it is open."""

    def __init__(self, engine: Engine, folder: Path, work_s: float = PAGE_WORK_S) -> None:
        self._engine = engine
        self._folder = folder
        self._work_s = work_s

    @contextmanager
    def snapshot(self, work_s: float | None = None) -> Iterator[Connection]:
        """A connection inside a read transaction.

        Raises:
            BadInput: the queries cost more processor time than a page may.
            StorageUnavailable: the disk failed, or every connection stayed busy.
        """
        try:
            with self._engine.connect() as connection, connection.begin():
                _cap(connection, self._work_s if work_s is None else work_s)
                yield connection
        except NoConnection as error:
            raise StorageUnavailable(
                "The record is answering too many questions at once.", "Try again in a few seconds."
            ) from error
        except (DBAPIError, sqlite3.Error) as error:
            if sqlite_code(error) == sqlite3.SQLITE_INTERRUPT:
                raise BadInput(
                    "That question takes more work than one page may cost, so it was stopped.",
                    "Narrow it: choose a task and a hardware class, or search for a longer part of a name.",
                ) from error
            if is_storage_trouble(error):
                raise storage_unavailable(self._folder, error) from error
            raise

    def close(self) -> None:
        self._engine.dispose()


def _cap(connection: Connection, work_s: float) -> None:
    # The thread's own processor time: a busy machine or a slow disk does not make a question cost more.
    limit = time.thread_time() + work_s

    def spent() -> int:
        return time.thread_time() > limit

    driver = connection.connection.driver_connection
    assert driver is not None
    driver.set_progress_handler(spent, _STEPS)
