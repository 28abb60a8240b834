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


def machine_of(worker: str) -> str:
    """The machine that a runner is on: of several on one, each has a number, as `rack-1:2`."""
    return worker.partition(":")[0]


def node_of(worker: str, node: str) -> str:
    """The machine that measured for a runner: a node of its Slurm, as `node-3@login`; no node: its own.

    A node is its runner's to speak of: two racks may each have a `node-3`, and neither can stop the other's.
    """
    return f"{node}@{machine_of(worker)}" if node else machine_of(worker)


class WorkerRow(NamedTuple):
    """A runner, what its machine has, and when it last spoke."""

    worker: str
    hardware: tuple[str, ...]
    last_seen: datetime
    leaving: bool = False
    """Whether it said that it takes no more work. In memory: it says so with every sign of life."""


class Workers(Shelf):
    """The health of the runners."""

    def __init__(self, readers: Readers, writer: Writer, clock: Clock) -> None:
        super().__init__(readers, writer, clock)
        self._seen: dict[str, WorkerRow] = {}
        self._written: dict[str, WorkerRow] = {}
        self._seen_lock = threading.Lock()

    def saw_worker(self, worker: str, hardware: Sequence[str], leaving: bool = False) -> None:
        """Note that a runner spoke. The version rises only when a new one came, or what it has changed."""
        row = WorkerRow(worker, tuple(hardware), self._clock.now(), leaving)
        with self._seen_lock:
            self._seen[worker] = row
            before = self._written.get(worker)
            known = before is not None and before._replace(last_seen=row.last_seen) == row
            # The wall clock may step back, by an hour say: that is no reason to write nothing for an hour.
            if before is not None and known and abs(row.last_seen - before.last_seen) < WRITTEN_EVERY:
                return
            self._written[worker] = row
        values = {"name": worker, "hardware": json.dumps(hardware), "last_seen": instant(row.last_seen)}
        statement = insert(workers).values(values)
        statement = statement.on_conflict_do_update(index_elements=["name"], set_=values)

        def job(connection: Connection) -> None:
            connection.execute(statement)

        self._writer.run(job, shown=not known, small=True)

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
