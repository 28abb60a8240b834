"""Moving a submission: the event, the fold of it, and the checks that stand before both.

Every function here runs inside the writer, in the caller's transaction. Statements are prepared once: the
writer's thread is the narrow place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from leaderboard.domain import Conflict, Event, Fault, FenceLost, NotFound, Status, check_move
from leaderboard.record.prepared import Prepared
from leaderboard.record.tables import events, runs, states

LIVE = tuple(status.value for status in Status if status.live)
MOST_ATTEMPTS = 3
"""Runners that may be lost before a submission is given up."""


class State(NamedTuple):
    """A row of `states`; what its columns mean stands there."""

    submission_id: str
    seq: int
    run_key: str
    hardware: str
    status: str
    final: int
    fence: int
    attempt: int
    worker: str | None
    lease_s: float | None
    finished_fence: int | None
    progress: str | None


_STATE = Prepared(
    select(*(states.c[name] for name in State._fields)).where(states.c.submission_id == bindparam("of"))
)
_ADD_EVENT = Prepared(insert(events), "submission_id", "status", "body")
_MOVE = Prepared(
    update(states)
    .where(
        states.c.submission_id == bindparam("of"),
        states.c.fence == bindparam("by"),
        states.c.status == bindparam("before"),
    )
    .values(
        status=bindparam("after"),
        final=bindparam("over"),
        attempt=bindparam("tries"),
        progress=bindparam("far"),
        finished_fence=bindparam("taken"),
    )
)
_OPEN_OF_KEY = select(states.c.submission_id).where(states.c.run_key == bindparam("key"), states.c.final == 0)
_RUN_OF_KEY = select(runs.c.id).where(
    runs.c.run_key == bindparam("key"), runs.c.current == 1, runs.c.accepted == 1
)
_OF_KEY = Prepared(select(_OPEN_OF_KEY.scalar_subquery(), _RUN_OF_KEY.scalar_subquery()))


def missing(submission_id: str) -> NotFound:
    return NotFound(f"There is no submission {submission_id[:20]!r}.", "Its address has twelve characters.")


def state_of(connection: Connection, submission_id: str) -> State:
    """The state row.

    Raises:
        NotFound: there is no such submission.
    """
    row = _STATE.first(connection, {"of": submission_id})
    if row is None:
        raise missing(submission_id)
    return State._make(row)


def check_held(state: State, fence: int) -> None:
    """Whether a runner with this fence holds the submission now.

    Raises:
        FenceLost: another one does, or nobody.
    """
    if state.fence != fence or state.status not in LIVE:
        raise FenceLost(
            f"Submission {state.submission_id} is {state.status} and no longer held by this runner.",
            "Stop this run; nothing more of it is taken.",
        )


def event_rows(submission_id: str, added: Sequence[Event]) -> list[dict[str, str]]:
    """The values of their rows; what is known beforehand is made so, to keep the writer's thread free."""
    return [
        {"submission_id": submission_id, "status": event.status.value, "body": event.model_dump_json()}
        for event in added
    ]


def add_events(connection: Connection, rows: Sequence[Mapping[str, str]]) -> None:
    _ADD_EVENT.run_each(connection, rows)


def move(
    connection: Connection, state: State, moves: list[Event], *, finished_fence: int | None = None
) -> Status:
    """Append events to a submission and fold them into its state row; returns the new status.

    `finished_fence`: the fence whose result is being taken.

    Raises:
        Conflict: the table of moves forbids one, or the same run is queued or stored elsewhere.
        FenceLost: the row moved since it was read.
    """
    status = Status(state.status)
    for event in moves:
        check_move(status, event.status)
        status = event.status
    reopened = state.final and not status.final
    if reopened:
        refuse_double(connection, state.run_key)
    values = {
        "of": state.submission_id,
        "by": state.fence,
        "before": state.status,
        "after": status.value,
        "over": int(status.final),
        # A person queued it again: runners lost before that no longer count against it.
        "tries": 0 if reopened else state.attempt,
        "far": state.progress if status.live else None,
        "taken": state.finished_fence if finished_fence is None else finished_fence,
    }
    if _MOVE.run(connection, values).rowcount != 1:
        raise FenceLost(f"Submission {state.submission_id} has moved meanwhile.", "Read it again.")
    add_events(connection, event_rows(state.submission_id, moves))
    return status


def find_run_key(connection: Connection, run_key: str) -> tuple[str | None, str | None]:
    """The open submission of this key and its accepted run, where they are."""
    submission_id, run_id = _OF_KEY.only(connection, {"key": run_key})
    return submission_id, run_id


def refuse_double(connection: Connection, run_key: str) -> None:
    """Whether the same run may be asked for.

    Raises:
        Conflict: it waits, runs or is done; the message names where.
    """
    submission_id, run_id = find_run_key(connection, run_key)
    if submission_id is not None:
        raise Conflict(
            f"The same run is asked for already: submission {submission_id}.",
            f"Follow it at /submissions/{submission_id}.",
        )
    if run_id is not None:
        raise Conflict(f"The same run is done already: run {run_id}.", f"See it at /runs/{run_id}.")


_LAST_REMEDY = "Check that the model fits the memory of that hardware, then submit it again."


def another_try(
    at: datetime, attempt: int, said: str, detail: dict[str, Any], remedy: str = _LAST_REMEDY
) -> Event:
    """What a fault of ours means for a submission: another try, or after the last one the end.

    Args:
        attempt: the try that is over, from 1.
        said: what happened, without its full stop.
        remedy: what to do once there is no other try.
    """
    detail = {**detail, "attempt": attempt, "fault": Fault.OURS.value}
    if attempt < MOST_ATTEMPTS:
        return Event(
            status=Status.QUEUED,
            at=at,
            actor="space",
            message=f"{said}, so that try {attempt} of {MOST_ATTEMPTS} is over; it is queued again.",
            remedy="Nothing to do: it keeps its place and goes to the next runner.",
            detail=detail,
        )
    return Event(
        status=Status.FAILED,
        at=at,
        actor="space",
        message=f"{said}, and it was the last of {MOST_ATTEMPTS} tries.",
        remedy=remedy,
        detail=detail,
    )
