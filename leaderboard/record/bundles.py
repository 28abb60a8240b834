"""Bundles: runs that a submitter made and hands in, which no runner ever held (METHOD §6)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from leaderboard.domain import BadInput, Conflict, Event, Rating, Run, Status
from leaderboard.record import rating_rows
from leaderboard.record.outbox import publish_editions
from leaderboard.record.runs import prepare_run, store_run
from leaderboard.record.shelf import Shelf
from leaderboard.record.states import move, state_of


class Bundles(Shelf):
    """What an operator decides about bundles that wait."""

    def decide_bundle(self, id: str, events: Sequence[Event], run: Run, ratings: Sequence[Rating]) -> None:
        """End a bundle's waiting: its events, its run, the board's rows and the outbox, all or nothing.

        Raises:
            NotFound: there is no such submission.
            Conflict: it waits no longer.
            BadInput: the events do not end it, or the run is of another plan.
        """
        if not events or not events[-1].status.final:
            raise BadInput("These events do not end the submission.", "Let the last one be final.")
        accepted = events[-1].status is Status.DONE
        prepared_run = prepare_run(run, id, accepted)
        prepared_rows = rating_rows.prepare(ratings)
        touched = sorted({rating.edition for rating in ratings})
        at = self._clock.now()

        def job(connection: Connection) -> None:
            state = state_of(connection, id)
            if state.status != Status.RECEIVED.value:
                raise Conflict(f"Submission {id} is {state.status} and waits no longer.", "Read it again.")
            if run.run_key != state.run_key:
                raise BadInput(f"Run {run.id} is not of the plan of submission {id}.", "Take its own run.")
            move(connection, state, list(events))
            store_run(connection, prepared_run)
            rating_rows.upsert(connection, prepared_rows)
            publish_editions(connection, touched, at)

        self._writer.run(job)
