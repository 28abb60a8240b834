"""Which runners there are and when each was last heard from."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from leaderboard.record.clock import Clock
from leaderboard.record.readers import Readers
from leaderboard.record.shelf import Shelf, instant
from leaderboard.record.tables import workers
from leaderboard.record.writer import Writer

WRITTEN_EVERY = timedelta(seconds=30)
"""A runner asks for work every few seconds; writing that down each time would help nobody."""


class WorkerRow(NamedTuple):
    """A runner's machine, what it has, and when it last spoke."""

    worker: str
    hardware: tuple[str, ...]
    last_seen: datetime


class Workers(Shelf):
    """The health of the runners."""

    def __init__(self, readers: Readers, writer: Writer, clock: Clock) -> None:
        super().__init__(readers, writer, clock)
        self._seen: dict[str, WorkerRow] = {}
        self._written: dict[str, WorkerRow] = {}
        self._seen_lock = threading.Lock()

    def saw_worker(self, worker: str, hardware: Sequence[str]) -> None:
        """Note that a runner spoke. The version rises only when a new one came or its hardware changed."""
        row = WorkerRow(worker, tuple(hardware), self._clock.now())
        with self._seen_lock:
            self._seen[worker] = row
            before = self._written.get(worker)
            known = before is not None and before.hardware == row.hardware
            if before is not None and known and row.last_seen - before.last_seen < WRITTEN_EVERY:
                return
            self._written[worker] = row
        values = {"name": worker, "hardware": json.dumps(hardware), "last_seen": instant(row.last_seen)}
        statement = insert(workers).values(values)
        statement = statement.on_conflict_do_update(index_elements=["name"], set_=values)

        def job(connection: Connection) -> None:
            connection.execute(statement)

        self._writer.run(job, shown=not known)

    def workers(self) -> list[WorkerRow]:
        """Every runner that ever spoke, the latest first."""
        with self._readers.snapshot() as connection:
            written = connection.execute(select(workers)).all()
        rows = {
            row.name: WorkerRow(
                row.name, tuple(json.loads(row.hardware)), datetime.fromisoformat(row.last_seen)
            )
            for row in written
        }
        with self._seen_lock:
            rows.update(self._seen)
        return sorted(rows.values(), key=lambda row: (row.last_seen, row.worker), reverse=True)
