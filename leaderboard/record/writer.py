"""The one thread that writes. Whoever waits shares a commit; who fails, fails alone (DESIGN §4)."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine

from leaderboard.domain import StorageUnavailable
from leaderboard.record.tables import raise_version
from leaderboard.record.trouble import is_storage_trouble, storage_unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")
LARGEST_BATCH = 256
"""Jobs in one commit at most, so that the first of them does not wait for all."""


class Writer(Protocol):
    """What the record asks of a writer."""

    version: int

    def run(self, job: Callable[[Connection], T], *, shown: bool = True) -> T:
        """Run the job in a transaction and return its value once that is on disk.

        `shown`: whether what it changes can be seen on a page, and so raises the version.

        Raises:
            StorageUnavailable: the disk failed; nothing of the job was written.
            Exception: what the job itself raised; nothing of it was written.
        """
        ...

    def close(self) -> None: ...


class NoWriter:
    """The writer of a record that is only read."""

    version = 0

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, job: Callable[[Connection], T], *, shown: bool = True) -> T:  # noqa: ARG002
        raise StorageUnavailable(
            f"The record in {self._folder} was opened to read only.",
            "Changes go through the process that owns it: ask the running Space.",
        )

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class _Waiting:
    job: Callable[[Connection], Any]
    shown: bool
    answer: Future[Any] = field(default_factory=Future)


class GroupWriter:
    """Takes every job that waits, runs each in its own savepoint, commits once, then answers all.

    The disk is asked to flush once per group, so that throughput rises with the number of callers.
    """

    def __init__(self, engine: Engine, folder: Path, version: int) -> None:
        self.version = version
        self._engine = engine
        self._folder = folder
        self._jobs: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._open = True
        self._gate = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="record-writer", daemon=True)
        self._thread.start()

    def run(self, job: Callable[[Connection], T], *, shown: bool = True) -> T:
        waiting = _Waiting(job, shown)
        with self._gate:
            if not self._open:
                raise StorageUnavailable("The record is closed.", "Start the Space again.")
            self._jobs.put(waiting)
        value: T = waiting.answer.result()
        return value

    def close(self) -> None:
        """Write what waits, then stop. What comes later is refused."""
        with self._gate:
            if self._open:
                self._open = False
                self._jobs.put(None)
        self._thread.join()
        self._engine.dispose()

    def _work(self) -> None:
        stopping = False
        while not stopping:
            batch: list[_Waiting] = []
            waiting = self._jobs.get()
            while True:
                if waiting is None:
                    stopping = True
                    break
                batch.append(waiting)
                if len(batch) == LARGEST_BATCH or self._jobs.empty():
                    break
                waiting = self._jobs.get()
            if batch:
                self._write(batch)

    def _write(self, batch: list[_Waiting]) -> None:
        try:
            with self._engine.connect() as connection:
                outcomes = self._commit(connection, batch)
        # The worker's loop: whatever happens to one group, its callers hear of it and the next is tried.
        except Exception as error:
            if is_storage_trouble(error):
                # Every caller is told in a sentence; a full disk needs no traceback beside it.
                log.info("A group of %d writes was rolled back: %s", len(batch), error)
            else:
                log.exception("A group of %d writes was rolled back.", len(batch))
            # The connection may be what is broken: the next group opens another.
            self._engine.dispose()
            for waiting in batch:
                trouble = storage_unavailable(self._folder, error)
                trouble.__cause__ = error
                waiting.answer.set_exception(trouble)
            return
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, _Failed):
                waiting.answer.set_exception(outcome.error)
            else:
                waiting.answer.set_result(outcome)

    def _commit(self, connection: Connection, batch: list[_Waiting]) -> list[Any]:
        version = self.version
        driver = connection.connection.driver_connection
        assert driver is not None
        with connection.begin():
            changed = False
            outcomes = []
            for waiting in batch:
                before = driver.total_changes
                outcome = _attempt(connection, driver, waiting.job)
                outcomes.append(outcome)
                if waiting.shown and not isinstance(outcome, _Failed):
                    changed = changed or driver.total_changes != before
            if changed:
                version = raise_version(connection)
        self.version = version
        return outcomes


@dataclass
class _Failed:
    error: Exception


def _attempt(connection: Connection, driver: Any, job: Callable[[Connection], Any]) -> Any:
    # Savepoints go to the driver itself: through SQLAlchemy they would cost as much as most jobs do.
    driver.execute("SAVEPOINT job")
    try:
        outcome = job(connection)
    except Exception as error:
        if is_storage_trouble(error):
            # SQLite may have ended the whole transaction by itself: nobody's work is left in it.
            raise
        driver.execute("ROLLBACK TO job")
        outcome = _Failed(error)
    driver.execute("RELEASE job")
    return outcome
