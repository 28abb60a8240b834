"""Moving a submission: the event, the fold of it, and the checks that stand before both.

Every function here runs inside the writer, in the caller's transaction.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from leaderboard.domain import Conflict, Event, FenceLost, NotFound, Status, check_move
from leaderboard.record.tables import events, runs, states

LIVE = tuple(status.value for status in Status if status.live)
MOST_ATTEMPTS = 3
"""Runners that may be lost before a submission is given up."""


def missing(submission_id: str) -> NotFound:
    return NotFound(f"There is no submission {submission_id[:20]!r}.", "Its address has twelve characters.")


def state_of(connection: Connection, submission_id: str) -> Row[Any]:
    """The state row.

    Raises:
        NotFound: there is no such submission.
    """
    statement = select(states).where(states.c.submission_id == submission_id)
    state = connection.execute(statement).one_or_none()
    if state is None:
        raise missing(submission_id)
    return state


def check_held(state: Row[Any], fence: int) -> None:
    """Whether a runner with this fence holds the submission now.

    Raises:
        FenceLost: another one does, or nobody.
    """
    if state.fence != fence or state.status not in LIVE:
        raise FenceLost(
            f"Submission {state.submission_id} is {state.status} and no longer held by this runner.",
            "Stop this run; nothing more of it is taken.",
        )


def add_events(connection: Connection, submission_id: str, added: list[Event]) -> None:
    connection.execute(
        insert(events),
        [
            {"submission_id": submission_id, "status": event.status.value, "body": event.model_dump_json()}
            for event in added
        ],
    )


def move(connection: Connection, state: Row[Any], moves: list[Event], **changes: Any) -> Status:
    """Append events to a submission and fold them into its state row; returns the new status.

    `changes` are further columns of the state row.

    Raises:
        Conflict: the table of moves forbids one, or the same run is queued or stored elsewhere.
        FenceLost: the row moved since it was read.
    """
    status = Status(state.status)
    for event in moves:
        check_move(status, event.status)
        status = event.status
    if state.final and not status.final:
        refuse_double(connection, state.run_key)
        # A person queued it again: what runners did to it before no longer counts against it.
        changes.setdefault("attempt", 0)
    if not status.live:
        changes.setdefault("progress", None)
    statement = (
        update(states)
        .where(
            states.c.submission_id == state.submission_id,
            states.c.fence == state.fence,
            states.c.status == state.status,
        )
        .values(status=status.value, final=int(status.final), **changes)
    )
    if connection.execute(statement).rowcount != 1:
        raise FenceLost(f"Submission {state.submission_id} has moved meanwhile.", "Read it again.")
    add_events(connection, state.submission_id, moves)
    return status


def find_run_key(connection: Connection, run_key: str) -> tuple[str | None, str | None]:
    """The open submission of this key and its accepted run, where they are."""
    open_one = select(states.c.submission_id).where(states.c.run_key == run_key, states.c.final == 0)
    stored = select(runs.c.id).where(runs.c.run_key == run_key, runs.c.current == 1, runs.c.accepted == 1)
    return (
        connection.execute(open_one).scalar_one_or_none(),
        connection.execute(stored).scalar_one_or_none(),
    )


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
