"""What a runner hands in: the end of its log, and the end of the submission (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from leaderboard.domain import BadInput, Event, Rating, Run, Status
from leaderboard.record import rating_rows
from leaderboard.record.logs import add_log
from leaderboard.record.outbox import publish_editions
from leaderboard.record.runs import prepare_run, store_run
from leaderboard.record.shelf import Shelf
from leaderboard.record.states import check_held, move, state_of


class Results(Shelf):
    """Taking in what runners made."""

    def append_log(self, id: str, fence: int, text: str) -> None:
        """Add to the log; its last 64 KiB are kept, from the start of a line.

        Raises:
            NotFound: there is no such submission.
            FenceLost: this runner no longer holds it.
        """

        def job(connection: Connection) -> None:
            check_held(state_of(connection, id), fence)
            add_log(connection, id, text)

        self._writer.run(job)

    def finish(
        self, id: str, fence: int, events: Sequence[Event], run: Run | None, ratings: Sequence[Rating]
    ) -> None:
        """End a submission: its events, its run, the board's rows and the outbox, all or nothing.

        The same runner doing it again changes nothing and is no error.

        Raises:
            NotFound: there is no such submission.
            FenceLost: this runner no longer holds it.
            Conflict: the events make a move that is not allowed.
            BadInput: the events do not end it, or the run is of another plan.
        """
        if not events or not events[-1].status.final:
            raise BadInput("These events do not end the submission.", "Let the last one be final.")
        accepted = events[-1].status is Status.DONE
        prepared_run = None if run is None else prepare_run(run, id, accepted)
        prepared_rows = rating_rows.prepare(ratings)
        touched = sorted({rating.edition for rating in ratings})
        at = self._clock.now()

        def job(connection: Connection) -> None:
            state = state_of(connection, id)
            if state.finished_fence == fence:
                return
            check_held(state, fence)
            if run is not None and run.run_key != state.run_key:
                raise BadInput(f"Run {run.id} is not of the plan of submission {id}.", "Hand in its own run.")
            move(connection, state, list(events), finished_fence=fence)
            if prepared_run is not None:
                store_run(connection, prepared_run)
            rating_rows.upsert(connection, prepared_rows)
            publish_editions(connection, touched, at)

        self._writer.run(job)
