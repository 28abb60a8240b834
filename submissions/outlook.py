"""The queue as people want to see it: when their turn comes, what runs, and which runners are well."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leaderboard.record import LineRow, Record
from leaderboard.record.workers import machine_of
from submissions.estimate import Free, Job, Kind, Span, expected_s, remaining_s, schedule, typical
from submissions.pausing import no_work, nodes_without_work, paused

SILENT_AFTER_S = 120.0
"""Runners ask for work, or tell how far they are, every few seconds to half a minute."""
STALE_AFTER_S = 90.0
"""Three heartbeats missed."""
_HISTORY_S = 30.0
"""How long the medians are good for: one more run hardly moves them."""

_SILENT = "Its runner has not been heard from; if it stays silent, another takes over."
_NOBODY = "No runner with this hardware is there now."
_NEWEST = 2**63


@dataclass(frozen=True)
class Runner:
    """A runner's health."""

    machine: str
    hardware: tuple[str, ...]
    last_seen: datetime
    silent_s: float
    """Seconds since it was heard from."""
    silent: bool
    draining: str | None
    """Why it gets no more work; None: it does."""
    runs: LineRow | None
    nodes: Mapping[str, str]
    """Of the nodes that it hands work to, those that get none → why."""


@dataclass(frozen=True)
class Standing:
    """A submission that is not over, with what is expected of it."""

    row: LineRow
    expected_s: float
    from_history: bool
    """Whether that is what such runs took, and not what the plan expects."""
    begins_at: datetime | None
    ends_at: datetime | None
    held: str
    """Why no time can be said, as a sentence; empty: it can."""
    heartbeat_s: float | None
    """Seconds since the runner told how far it is; None: nothing was told."""
    stale: bool


@dataclass(frozen=True)
class Queue:
    """All of it, at one moment."""

    at: datetime
    rows: tuple[Standing, ...]
    """What runs, then what waits in the order it will be claimed, in each class."""
    runners: tuple[Runner, ...]
    paused: Mapping[str, str]
    """Hardware class → why nothing of it is handed out."""


class Outlook:
    """Looks at the record and says what to expect."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._lock = threading.Lock()
        self._typical: tuple[float, dict[Kind, float]] | None = None
        self._rows: tuple[int, list[LineRow]] | None = None

    def queue(self) -> Queue:
        """What runs and waits, with what is expected of each."""
        at, rows = self._record.now(), self._line()
        held, runners = paused(self._record), self._runners(at, rows)
        spans = schedule(self._lines(rows, held), self._free(at, runners))
        return Queue(
            at, tuple(self._standing(at, row, spans.get(row.id), held) for row in rows), runners, held
        )

    def standing_of(self, submission_id: str) -> Standing | None:
        """What is expected of one submission; None: it is over, or there is none."""
        return next((one for one in self.queue().rows if one.row.id == submission_id), None)

    def waits_s(self, hardware: str, owner: str = "") -> float | None:
        """Seconds until a submission made now should begin; None: its class is paused or has no runner.

        `owner`: subject id of whose turn it would be; empty: somebody's who never had one.
        """
        at, rows = self._record.now(), self._line()
        held, runners = paused(self._record), self._runners(at, rows)
        lines = self._lines(rows, held)
        turns = [row.turn for row in rows if row.hardware == hardware and row.turn is not None]
        mine = [row.turn for row in rows if row.hardware == hardware and row.owner == owner and row.turn]
        last = self._record.last_turn(hardware, owner) if owner and not mine else 0
        turn = (len(mine) + 1, *mine[0][1:]) if mine else (1, last, _NEWEST)
        place = sum(other < turn for other in turns)
        if hardware not in held:
            lines.setdefault(hardware, []).insert(place, Job("", _NEWEST, 0.0))
        span = schedule(lines, self._free(at, runners)).get("")
        return None if span is None else span.begins_s

    def _lines(self, rows: Sequence[LineRow], held: Mapping[str, str]) -> dict[str, list[Job]]:
        lines: defaultdict[str, list[Job]] = defaultdict(list)
        for row in rows:
            if row.place is not None and row.hardware not in held:
                lines[row.hardware].append(Job(row.id, row.seq, self._expected(row)[0]))
        return lines

    def _runners(self, at: datetime, rows: list[LineRow]) -> tuple[Runner, ...]:
        busy = {row.worker: row for row in rows if row.status.live}
        idle, nodes = no_work(self._record), nodes_without_work(self._record)
        runners = []
        for machine, hardware, last_seen, _ in self._record.workers():
            silent_s = max((at - last_seen).total_seconds(), 0.0)
            silent = silent_s > SILENT_AFTER_S
            runners.append(
                Runner(
                    machine,
                    hardware,
                    last_seen,
                    silent_s,
                    silent,
                    idle.get(machine),
                    busy.get(machine),
                    nodes.get(machine_of(machine), {}),
                )
            )
        return tuple(runners)

    def _free(self, at: datetime, runners: Sequence[Runner]) -> list[Free]:
        """The runners that will take more work."""
        return [
            Free(0.0 if runner.runs is None else self._remaining_s(at, runner.runs), runner.hardware)
            for runner in runners
            if not runner.silent and runner.draining is None
        ]

    def _remaining_s(self, at: datetime, row: LineRow) -> float:
        elapsed_s = 0.0 if row.claimed_at is None else (at - row.claimed_at).total_seconds()
        if row.progress is None:
            return remaining_s(self._expected(row)[0], elapsed_s)
        ago_s = (at - row.progress.heartbeat_at).total_seconds()
        return remaining_s(self._expected(row)[0], elapsed_s, row.progress.remaining_s, ago_s)

    def _standing(self, at: datetime, row: LineRow, span: Span | None, held: Mapping[str, str]) -> Standing:
        seconds, from_history = self._expected(row)
        begins_at = ends_at = heartbeat_s = None
        stale, why = False, ""
        if row.status.live:
            begins_at = row.claimed_at
            if row.progress is not None:
                heartbeat_s = max((at - row.progress.heartbeat_at).total_seconds(), 0.0)
            # One that was claimed and never told anything is silent since the claim.
            heard_at = row.progress.heartbeat_at if row.progress else row.claimed_at
            stale = heard_at is not None and (at - heard_at).total_seconds() > STALE_AFTER_S
            ends_at = None if stale else at + timedelta(seconds=self._remaining_s(at, row))
            why = _SILENT if stale else ""
        elif span is not None:
            begins_at, ends_at = (at + timedelta(seconds=after_s) for after_s in span)
        elif row.place is None:
            why = "It is queued as soon as it is safely written down."
        else:
            why = f"Paused: {held[row.hardware]}" if row.hardware in held else _NOBODY
        return Standing(row, seconds, from_history, begins_at, ends_at, why, heartbeat_s, stale)

    def _line(self) -> list[LineRow]:
        """The line as it is now, read once for each version of the record, however many look."""
        version = self._record.version
        with self._lock:
            kept = self._rows
        if kept is not None and kept[0] == version:
            return kept[1]
        rows = self._record.line()
        with self._lock:
            self._rows = (version, rows)
        return rows

    def _expected(self, row: LineRow) -> tuple[float, bool]:
        return expected_s(self._history(), (row.hardware, row.task, row.protocol), row.planned_s)

    def _history(self) -> dict[Kind, float]:
        with self._lock:
            kept = self._typical
        if kept is not None and time.monotonic() - kept[0] < _HISTORY_S:
            return kept[1]
        found = typical(self._record.took())
        with self._lock:
            self._typical = (time.monotonic(), found)
        return found
