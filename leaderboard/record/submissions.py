"""What was asked for, what became of it, and what waits (DESIGN §3, §4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable, Select, bindparam, func, insert, select

from leaderboard.domain import BadInput, Conflict, Event, Limits, Progress, Status, Submission, fold
from leaderboard.record import states as state_rows
from leaderboard.record.limits import Asker, limit_reached
from leaderboard.record.line import in_order
from leaderboard.record.prepared import Prepared
from leaderboard.record.shelf import Shelf, microseconds
from leaderboard.record.states import State, add_events, event_rows, missing, move, refuse_double, state_of
from leaderboard.record.tables import events, logs, states, submissions, submitters
from leaderboard.record.tickets import spend

LISTED = 100
"""Submissions in a list unless more are asked for."""

_TAKEN = Prepared(select(submissions.c.seq).where(submissions.c.id == bindparam("wanted")))
_NONCE = select(func.json_extract(submissions.c.body, "$.plan.nonce")).where(
    submissions.c.id == bindparam("wanted")
)
_ADD_SUBMISSION = Prepared(insert(submissions), "id", "run_key", "submitted_by", "body")
_ADD_STATE = Prepared(
    insert(states), "submission_id", "seq", "run_key", "hardware", "status", "final", "fence", "attempt"
)
_ADD_SUBMITTER = Prepared(insert(submitters), "seq", "submission_id", "person", "owner", "address", "at_us")
_QUEUE = in_order("b.body, s.status, s.attempt, s.worker, s.progress")


@dataclass(frozen=True)
class SubmissionRow:
    """A submission with where it stands."""

    submission: Submission
    status: Status
    attempt: int
    """How many runners have had it since a person last queued it."""
    worker: str | None
    """The runner that holds it, or held it last."""
    progress: Progress | None
    """How far a live run has come."""


class Submissions(Shelf):
    """Asking for runs and following them."""

    def submit(
        self,
        submission: Submission,
        events: Sequence[Event],
        *,
        address: str = "",
        limits: Limits | None = None,
        nonce: str | None = None,
    ) -> None:
        """Write a new submission down with its first events.

        `address`: a keyed hash of the network address it came from, which limits are counted by.
        `limits`: what may not be exceeded, however many ask at the same moment; None: nothing.
        `nonce`: what a bundle was measured with; its one use ends with the submission, or not at all.

        Raises:
            TooMany: a limit is reached.
            Conflict: the same run waits, runs or is done (the message names where), the id is taken,
                or the events make a move that is not allowed.
            BadInput: the events say that a runner holds it, which only `claim` can, or queue a bundle.
            Conflict: the nonce was used, is not the submitter's, or not known any more.
        """
        status = fold(events)
        if status is Status.QUEUED:
            _refuse_bundle(submission.plan.nonce)
        if status.live:
            raise BadInput("A new submission is held by no runner.", "Queue it and let a runner claim it.")
        row = {
            "id": submission.id,
            "run_key": submission.plan.run_key,
            "submitted_by": submission.submitted_by,
            "body": submission.model_dump_json(),
        }
        owner = submission.owner or submission.submitted_by
        submitter = {
            "submission_id": submission.id,
            "person": submission.submitted_by,
            "owner": owner,
            "address": address,
            "at_us": microseconds(submission.submitted_at),
        }
        state = {
            "submission_id": submission.id,
            "run_key": row["run_key"],
            "hardware": submission.plan.hardware,
            "status": status.value,
            "final": int(status.final),
            "fence": 0,
            "attempt": 0,
        }
        first = event_rows(submission.id, events)
        asker = Asker(submission.submitted_by, owner, address, submission.attested)

        def job(connection: Connection) -> None:
            if limits is not None:
                reached = limit_reached(connection, limits, asker, submission.submitted_at)
                if reached is not None:
                    raise reached.refusal(submission.submitted_at)
            if nonce is not None:
                spend(connection, nonce, submission.submitted_by, microseconds(self._clock.now()))
            if not status.final:
                refuse_double(connection, row["run_key"])
            if _TAKEN.first(connection, {"wanted": submission.id}) is not None:
                raise Conflict(f"There is a submission {submission.id} already.", "Give this one another id.")
            seq = _ADD_SUBMISSION.run(connection, row).lastrowid
            # Before the state, which enters the line under its submitter's name.
            _ADD_SUBMITTER.run(connection, {**submitter, "seq": seq})
            _ADD_STATE.run(connection, {**state, "seq": seq})
            add_events(connection, first)

        self._writer.run(job, small=True)

    def append(self, submission_id: str, event: Event, *, fence: int | None = None) -> Status:
        """Add an event; returns the status it leads to. With `fence`, only for the runner that holds it.

        Raises:
            NotFound: there is no such submission.
            FenceLost: the runner with this fence no longer holds it.
            Conflict: the move is not allowed, or would queue a run that is queued or done elsewhere.
            BadInput: the event claims it, which only `claim` can; or it queues a bundle, which no runner
                could measure.
        """
        if event.status is Status.CLAIMED:
            raise BadInput("An event alone claims nothing.", "A runner claims with a lease: `claim`.")

        def job(connection: Connection) -> Status:
            state = state_of(connection, submission_id)
            if fence is not None:
                state_rows.check_held(state, fence)
            if event.status is Status.QUEUED:
                _refuse_bundle(connection.execute(_NONCE, {"wanted": submission_id}).scalar_one())
            return move(connection, state, [event])

        return self._writer.run(job, small=True)

    def submission(self, id: str) -> Submission:
        """What was asked for. Raises NotFound."""
        with self._readers.snapshot() as connection:
            statement = select(submissions.c.body).where(submissions.c.id == id)
            body = connection.execute(statement).scalar_one_or_none()
        if body is None:
            raise missing(id)
        return Submission.model_validate_json(body)

    def status(self, id: str) -> Status:
        """Where it stands. Raises NotFound."""
        return Status(self._state(id).status)

    def progress(self, id: str) -> Progress | None:
        """How far a live run has come; None where nothing runs. Raises NotFound."""
        return _progress(self._state(id).progress)

    def events(self, id: str) -> list[Event]:
        """All that happened to it, oldest first. Raises NotFound."""
        statement = select(events.c.body).where(events.c.submission_id == id).order_by(events.c.seq)
        with self._readers.snapshot() as connection:
            bodies = connection.execute(statement).scalars().all()
        if not bodies:
            raise missing(id)
        return [Event.model_validate_json(body) for body in bodies]

    def log(self, id: str) -> str:
        """The end of its log, at most 64 KiB; empty where none came. Raises NotFound."""
        with self._readers.snapshot() as connection:
            state_of(connection, id)
            statement = select(logs.c.tail).where(logs.c.submission_id == id)
            tail: str | None = connection.execute(statement).scalar_one_or_none()
        return tail or ""

    def find_run_key(self, run_key: str) -> tuple[str | None, str | None]:
        """The ids of the open submission and of the accepted run with this key, where they are."""
        with self._readers.snapshot() as connection:
            return state_rows.find_run_key(connection, run_key)

    def submissions(
        self, status: Collection[Status] | None = None, limit: int = LISTED
    ) -> list[SubmissionRow]:
        """Submissions, newest first; those of some statuses, or all."""
        statement = _rows().order_by(states.c.seq.desc()).limit(limit)
        if status is not None:
            statement = statement.where(states.c.status.in_([one.value for one in status]))
        return self._listed(statement)

    def queue(self) -> list[SubmissionRow]:
        """All that is not over: what runs, then what waits in the order it will be claimed, in each class."""
        return self._listed(_QUEUE)

    def _state(self, id: str) -> State:
        with self._readers.snapshot() as connection:
            return state_of(connection, id)

    def _listed(self, statement: Executable) -> list[SubmissionRow]:
        with self._readers.snapshot() as connection:
            rows = connection.execute(statement).all()
        return [
            SubmissionRow(
                Submission.model_validate_json(row.body),
                Status(row.status),
                row.attempt,
                row.worker,
                _progress(row.progress),
            )
            for row in rows
        ]


def _refuse_bundle(nonce: str | None) -> None:
    """Whether a runner may have it: the model of a bundle is where its submitter keeps it."""
    if nonce is not None:
        raise BadInput("A bundle is never queued: no runner of ours has its model.", "Hand in a new bundle.")


def _rows() -> Select[Any]:
    columns = (states.c.status, states.c.attempt, states.c.worker, states.c.progress)
    return select(submissions.c.body, *columns).join_from(
        states, submissions, submissions.c.id == states.c.submission_id
    )


def _progress(body: str | None) -> Progress | None:
    return None if body is None else Progress.model_validate_json(body)
