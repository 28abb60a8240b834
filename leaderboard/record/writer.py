"""The one thread that writes. Whoever waits shares a commit; who fails, fails alone (DESIGN §4)."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine

from leaderboard.domain import StorageUnavailable
from leaderboard.record.connections import undo_in_memory
from leaderboard.record.gathering import Gathering
from leaderboard.record.prepared import driver_of
from leaderboard.record.tables import raise_version
from leaderboard.record.trouble import is_storage_trouble, storage_unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")
LARGEST_BATCH = 256
"""Jobs in one commit at most, so that the first of them does not wait for all."""


class Writer(Protocol):
    """What the record asks of a writer."""

    version: int

    def run(self, job: Callable[[Connection], T], *, shown: bool = True, small: bool = False) -> T:
        """Run the job in a transaction and return its value once that is on disk.

        `shown`: whether what it changes can be seen on a page, and so raises the version.
        `small`: whether it changes a few rows, however much there is, and may be run a second time where the
        first came to nothing; such jobs are cheaper together.

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

    def run(
        self,
        job: Callable[[Connection], T],  # noqa: ARG002
        *,
        shown: bool = True,  # noqa: ARG002
        small: bool = False,  # noqa: ARG002
    ) -> T:
        raise StorageUnavailable(
            f"The record in {self._folder} was opened to read only.",
            "Changes go through the process that owns it: ask the running Space.",
        )

    def close(self) -> None:
        """Nothing is held."""


class _Waiting:
    """A job, and where its caller waits for what became of it."""

    __slots__ = ("_answered", "_error", "_value", "job", "shown", "small")

    def __init__(self, job: Callable[[Connection], Any], shown: bool, small: bool) -> None:
        self.job = job
        self.shown = shown
        self.small = small
        self._value: Any = None
        self._error: BaseException | None = None
        # A bare lock: a Future does the same at five times the cost.
        self._answered = threading.Lock()
        self._answered.acquire()

    def answer(self, value: Any) -> None:
        self._value = value
        self._answered.release()

    def refuse(self, error: BaseException) -> None:
        self._error = error
        self._answered.release()

    def result(self) -> Any:
        """Wait; then the job's value, or its error raised."""
        self._answered.acquire()
        if self._error is None:
            return self._value
        try:
            raise self._error
        finally:
            self._error = None  # or the error's traceback and this would hold each other


class GroupWriter:
    """Takes every job that waits, runs each, commits once, then answers all.

    The disk is asked to flush once per group, so that throughput rises with the number of callers. Who
    fails halfway takes only its own work back, to a savepoint. Those cost nearly as much as a small job, and
    small ones hardly ever fail halfway: they do without, and where one does, the group is begun anew
    with them.
    """

    def __init__(self, engine: Engine, folder: Path, version: int) -> None:
        self.version = version
        self._engine = engine
        self._folder = folder
        self._undoes_in_memory: sqlite3.Connection | None = None
        self._jobs: Gathering[_Waiting] = Gathering(LARGEST_BATCH)
        self._thread = threading.Thread(target=self._work, name="record-writer", daemon=True)
        self._thread.start()

    def run(self, job: Callable[[Connection], T], *, shown: bool = True, small: bool = False) -> T:
        waiting = _Waiting(job, shown, small)
        if not self._jobs.put(waiting):
            raise StorageUnavailable("The record is closed.", "Start the Space again.")
        value: T = waiting.result()
        return value

    def close(self) -> None:
        """Write what waits, then stop. What comes later is refused."""
        self._jobs.close()
        self._thread.join()
        self._engine.dispose()

    def _work(self) -> None:
        took_s = 0.0
        # Half as long as a group takes is well spent on making the next one whole, and never more.
        while batch := self._jobs.take(took_s / 2):
            began = time.perf_counter()
            self._write(batch)
            took_s = time.perf_counter() - began

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
                waiting.refuse(trouble)
            return
        self._jobs.expect_back(len(batch))
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, _Failed):
                waiting.refuse(outcome.error)
            else:
                waiting.answer(outcome)

    def _commit(self, connection: Connection, batch: list[_Waiting]) -> list[Any]:
        driver = driver_of(connection)
        small = all(waiting.small for waiting in batch)
        if small != (self._undoes_in_memory is driver):
            undo_in_memory(driver, small)
            self._undoes_in_memory = driver if small else None
        try:
            version, outcomes = self._run_all(connection, driver, batch, _unguarded if small else _guarded)
        except _Halfway:
            version, outcomes = self._run_all(connection, driver, batch, _guarded)
        self.version = version
        return outcomes

    def _run_all(
        self, connection: Connection, driver: sqlite3.Connection, batch: list[_Waiting], attempt: _Attempt
    ) -> tuple[int, list[Any]]:
        """One transaction; returns the version after it, and what became of each job."""
        version = self.version
        with connection.begin():
            changed = False
            outcomes = []
            for waiting in batch:
                before = driver.total_changes
                outcome = attempt(connection, driver, waiting.job)
                outcomes.append(outcome)
                if waiting.shown and not isinstance(outcome, _Failed):
                    changed = changed or driver.total_changes != before
            if changed:
                version = raise_version(connection)
        return version, outcomes


_Attempt = Callable[[Connection, sqlite3.Connection, Callable[[Connection], Any]], Any]


@dataclass
class _Failed:
    error: Exception


class _Halfway(Exception):
    """A job failed after it had changed something, and no savepoint to go back to."""


def _unguarded(connection: Connection, driver: sqlite3.Connection, job: Callable[[Connection], Any]) -> Any:
    before = driver.total_changes
    try:
        return job(connection)
    except Exception as error:
        if is_storage_trouble(error):
            raise
        if driver.total_changes != before:
            raise _Halfway from error
        return _Failed(error)


def _guarded(connection: Connection, driver: sqlite3.Connection, job: Callable[[Connection], Any]) -> Any:
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
