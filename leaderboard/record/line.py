"""The line as pages show it: what runs, what waits in the order it will be claimed, and how long runs took.

Read without building the domain's words: a thousand submissions cost a few milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, TextClause, func, select, text

from leaderboard.domain import Progress, Status
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import turns, unfinished

REMEMBERED = 500
"""The latest finished runs that say how long the next ones will take."""
LINE_WORK_S = 20.0
"""Processor seconds that reading the line may cost: a hundred thousand submissions take three."""

_PLACED = (
    "WITH line AS (SELECT u.seq, u.hardware, u.owner, t.last, "
    "row_number() OVER (PARTITION BY u.hardware, u.owner ORDER BY u.seq) AS round, "
    "min(u.seq) OVER (PARTITION BY u.hardware, u.owner) AS head FROM unfinished u "
    "JOIN turns t ON t.hardware = u.hardware AND t.owner = u.owner WHERE u.queued = 1), "
    "placed AS (SELECT *, row_number() OVER (PARTITION BY hardware ORDER BY round, last, head) AS place "
    "FROM line) "
)
"""Where each waiting submission stands. Owners are served in one order, round after round: that of their
last claims, which each round keeps. So this is what claims will do, if nothing is added."""


def in_order(columns: str) -> TextClause:
    """All that is not over: what runs, then what waits by place, then what is being written down.

    `columns` of `s` (states), `b` (submissions), `w` (submitters), `p` (round, last, head, place).
    """
    return text(
        f"{_PLACED} SELECT {columns} FROM unfinished u JOIN states s ON s.seq = u.seq "
        "JOIN submissions b ON b.id = s.submission_id JOIN submitters w ON w.submission_id = b.id "
        "LEFT JOIN placed p ON p.seq = u.seq ORDER BY "
        "CASE s.status WHEN 'queued' THEN 1 WHEN 'received' THEN 2 ELSE 0 END, p.place, s.seq"
    )


_LINE = in_order(
    "s.submission_id AS id, s.seq, s.hardware, s.status, s.attempt, s.worker, s.progress, "
    "w.person, w.owner, p.place, p.round, p.last, p.head, "
    "json_extract(b.body, '$.plan.model.repo_id') AS model, json_extract(b.body, '$.plan.task') AS task, "
    "json_extract(b.body, '$.plan.protocol') AS protocol, "
    "json_extract(b.body, '$.plan.expected_duration_s') AS planned_s, "
    "json_extract(b.body, '$.submitted_at') AS submitted_at, "
    "CASE WHEN s.status IN ('claimed', 'running', 'verifying') THEN (SELECT json_extract(e.body, '$.at') "
    "FROM events e WHERE e.submission_id = b.id AND e.status = 'claimed' "
    "ORDER BY e.seq DESC LIMIT 1) END AS claimed_at"
)
_PLACES = text(f"{_PLACED} SELECT seq, place FROM placed")
_TOOK = text(
    "SELECT s.hardware, json_extract(b.body, '$.plan.task') AS task, "
    "json_extract(b.body, '$.plan.protocol') AS protocol, "
    "(SELECT json_extract(body, '$.at') FROM events WHERE submission_id = s.submission_id "
    "AND status = 'claimed' ORDER BY seq DESC LIMIT 1) AS began, "
    "(SELECT json_extract(body, '$.at') FROM events WHERE submission_id = s.submission_id "
    "AND status = 'done' ORDER BY seq DESC LIMIT 1) AS ended "
    "FROM (SELECT submission_id, hardware FROM states WHERE status = 'done' ORDER BY seq DESC LIMIT :most) s "
    "JOIN submissions b ON b.id = s.submission_id"
)


@dataclass(frozen=True)
class LineRow:
    """A submission that is not over."""

    id: str
    seq: int
    """Rises in the order of submitting."""
    model: str
    task: str
    protocol: str
    hardware: str
    status: Status
    attempt: int
    worker: str | None
    """The runner that holds it, or held it last."""
    progress: Progress | None
    person: str
    """Subject id of who submitted it."""
    owner: str
    """Subject id of the organisation it is for, or of the person."""
    planned_s: float
    """How long the plan expects it to take."""
    submitted_at: datetime
    claimed_at: datetime | None
    """When the runner that holds it took it; None: none does."""
    place: int | None
    """In the line of its hardware class, 1 is next; None: it does not wait."""
    turn: tuple[int, int, int] | None
    """What the line is ordered by: the owner's round, their last claim, their first submission's `seq`."""


@dataclass(frozen=True)
class Took:
    """How long a run took that is done, from claim to end."""

    hardware: str
    task: str
    protocol: str
    seconds: float


class Line(Shelf):
    """Looking at the line."""

    def line(self) -> list[LineRow]:
        """All that is not over: what runs, then what waits by place, then what is being written down."""
        with self._readers.snapshot(LINE_WORK_S) as connection:
            return [_row(row) for row in connection.execute(_LINE)]

    def line_length(self) -> int:
        """How many submissions are not over."""
        with self._readers.snapshot() as connection:
            return connection.execute(select(func.count()).select_from(unfinished)).scalar_one()

    def last_turn(self, hardware: str, owner: str) -> int:
        """When an owner was last served in a class, as a number that rises; 0: never."""
        statement = select(turns.c.last).where(turns.c.hardware == hardware, turns.c.owner == owner)
        with self._readers.snapshot() as connection:
            return connection.execute(statement).scalar_one_or_none() or 0

    def took(self, most: int = REMEMBERED) -> list[Took]:
        """How long the latest runs took that are done."""
        with self._readers.snapshot() as connection:
            rows = connection.execute(_TOOK, {"most": most}).all()
        return [
            Took(row.hardware, row.task, row.protocol, seconds)
            for row in rows
            if row.began and row.ended and (seconds := _seconds(row.began, row.ended)) > 0
        ]


def places_in_line(connection: Connection) -> dict[int, int]:
    """By `seq` of what waits: its place in the line of its hardware class, 1 is next."""
    return {row.seq: row.place for row in connection.execute(_PLACES)}


def _row(row: Row[Any]) -> LineRow:
    return LineRow(
        id=row.id,
        seq=row.seq,
        model=row.model,
        task=row.task,
        protocol=row.protocol,
        hardware=row.hardware,
        status=Status(row.status),
        attempt=row.attempt,
        worker=row.worker,
        progress=None if row.progress is None else Progress.model_validate_json(row.progress),
        person=row.person,
        owner=row.owner,
        planned_s=float(row.planned_s),
        submitted_at=datetime.fromisoformat(row.submitted_at),
        claimed_at=None if row.claimed_at is None else datetime.fromisoformat(row.claimed_at),
        place=row.place,
        turn=None if row.place is None else (row.round, row.last, row.head),
    )


def _seconds(began: str, ended: str) -> float:
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
