"""The record itself: opened by the one process that owns it, or read beside it (DESIGN §4)."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from leaderboard.domain import BadInput, StorageUnavailable
from leaderboard.record.acts import Acts
from leaderboard.record.amending import Amending
from leaderboard.record.bundles import Bundles
from leaderboard.record.claims import Claims
from leaderboard.record.clock import Clock, SystemClock
from leaderboard.record.connections import reading_engine, writing_engine
from leaderboard.record.controls import Controls
from leaderboard.record.edition_walks import EditionWalks
from leaderboard.record.editions import Editions
from leaderboard.record.facets import Facets
from leaderboard.record.folder import DATABASE, Lock, take
from leaderboard.record.journal import Journal
from leaderboard.record.limits import Limited
from leaderboard.record.line import Line
from leaderboard.record.migrations import MIGRATIONS, migrate, schema_version
from leaderboard.record.notices import Notices
from leaderboard.record.organisations import Organisations
from leaderboard.record.outbox import Outbox
from leaderboard.record.pauses import Pauses
from leaderboard.record.proposals import Proposals
from leaderboard.record.ratings import Ratings
from leaderboard.record.readers import Readers
from leaderboard.record.results import Results
from leaderboard.record.runs import Runs
from leaderboard.record.settings import Settings
from leaderboard.record.submissions import Submissions
from leaderboard.record.succession import Successions
from leaderboard.record.tables import read_version
from leaderboard.record.tickets import Tickets
from leaderboard.record.tokens import Tokens
from leaderboard.record.trouble import is_storage_trouble, storage_unavailable
from leaderboard.record.watching import Watching
from leaderboard.record.weights import Weights
from leaderboard.record.workers import Workers
from leaderboard.record.writer import GroupWriter, NoWriter, Writer

OLDEST_SQLITE = (3, 37)
"""STRICT tables came with it."""
SEARCH_MODULE = "fts5"
_RUN_ID = re.compile(r"^[0-9a-f]{12}$")


class Record(
    Submissions,
    Weights,
    Bundles,
    Claims,
    Results,
    Runs,
    Editions,
    EditionWalks,
    Successions,
    Proposals,
    Ratings,
    Organisations,
    Facets,
    Outbox,
    Notices,
    Controls,
    Workers,
    Settings,
    Pauses,
    Line,
    Limited,
    Tickets,
    Tokens,
    Acts,
    Amending,
    Watching,
    Journal,
):
    """Everything Starwatt knows, in one SQLite file. Safe to call from any thread; never from an event loop.

    Every write is on disk when its call returns. What any method raises when the disk fails is
    StorageUnavailable, with what to do about it.
    """

    def __init__(
        self, folder: Path, readers: Readers, writer: Writer, clock: Clock, lock: Lock | None
    ) -> None:
        super().__init__(readers, writer, clock)
        self._folder = folder
        self._lock = lock

    @classmethod
    def open(cls, folder: Path, *, clock: Clock | None = None) -> Self:
        """Own the record in a folder, which is made if it is missing; one process at a time.

        Raises:
            StorageUnavailable: the folder cannot be written, another process owns the record, or a
                newer Starwatt wrote it. Nothing is changed then.
        """
        _check_sqlite()
        folder = folder.absolute()
        lock = take(folder)
        try:
            return cls._owned(folder, clock or SystemClock(), lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _owned(cls, folder: Path, clock: Clock, lock: Lock) -> Self:
        engine = writing_engine(folder / DATABASE)
        try:
            with engine.connect() as connection:
                migrate(connection, folder)
                with connection.begin():
                    version = read_version(connection)
        except BaseException as error:
            engine.dispose()
            if is_storage_trouble(error):
                raise storage_unavailable(folder, error) from error
            raise
        readers = Readers(reading_engine(folder / DATABASE), folder)
        record = cls(folder, readers, GroupWriter(engine, folder, version), clock, lock)
        try:
            record._resume_leases()
        except BaseException:
            record.close()
            raise
        return record

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Look into a record, whoever owns it: no lock is taken, and every write is refused.

        Raises:
            StorageUnavailable: there is no record, it cannot be read, or it is of another version.
        """
        _check_sqlite()
        folder = folder.absolute()
        if not (folder / DATABASE).is_file():
            raise StorageUnavailable(
                f"There is no record in {folder}.", "Set STARWATT_DATA to the folder that the Space uses."
            )
        readers = Readers(reading_engine(folder / DATABASE), folder)
        try:
            with readers.snapshot() as connection:
                version = schema_version(connection, folder)
        except BaseException:
            readers.close()
            raise
        if version < len(MIGRATIONS):
            readers.close()
            raise StorageUnavailable(
                f"The record in {folder} has schema version {version}; {len(MIGRATIONS)} is read here.",
                "Start the Space once: it brings the record up to date.",
            )
        return cls(folder, readers, NoWriter(folder), SystemClock(), None)

    @property
    def version(self) -> int:
        """Rises with every change that a page could show. For the owner it costs no query."""
        if self._lock is not None:
            return self._writer.version
        with self._readers.snapshot() as connection:
            return read_version(connection)

    def now(self) -> datetime:
        """The record's wall clock: what is written beside a record's own events is dated by it."""
        return self._clock.now()

    @property
    def folder(self) -> Path:
        """Where the record lies, and beside it what belongs to it."""
        return self._folder

    def run_folder(self, run_id: str) -> Path:
        """The folder of a run's files, made if it is missing.

        Raises:
            BadInput: that is no run id.
        """
        if not _RUN_ID.fullmatch(run_id):
            raise BadInput(f"{run_id[:20]!r} is no run id.", "It has twelve characters, 0 to 9 and a to f.")
        path = self._folder / "runs" / run_id
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_unavailable(self._folder, error) from error
        return path

    def close(self) -> None:
        """Write what waits and let go of the file. Closing twice is harmless."""
        # Readers first: the last connection to close tidies the journal away, and they may not write.
        self._readers.close()
        self._writer.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _check_sqlite() -> None:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StorageUnavailable(
            f"Python here has SQLite {sqlite3.sqlite_version}; the record needs 3.37 or newer.",
            "Use another build of Python.",
        )
    with closing(sqlite3.connect(":memory:")) as db:
        found = db.execute("SELECT 1 FROM pragma_module_list WHERE name = ?", (SEARCH_MODULE,)).fetchone()
    if found is None:
        raise StorageUnavailable(
            f"Python here has SQLite without {SEARCH_MODULE}; the record searches names with it.",
            "Use another build of Python.",
        )
