"""What owners and doubters add once a submission has ended: its event and its notices, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert

from leaderboard.domain import Act, Event, Notice, Status
from leaderboard.record.notices import add_notice_in
from leaderboard.record.shelf import Shelf
from leaderboard.record.states import move, state_of
from leaderboard.record.tables import acts


class Amending(Shelf):
    """Adding to what is over; nothing is edited or taken away."""

    def append_with_notices(self, id: str, event: Event, notices: Sequence[Notice]) -> Status:
        """An event of a submission and the notices on its ratings; returns the status it leads to.

        Raises:
            NotFound: there is no such submission.
            Conflict: the move is not allowed.
        """
        at = self._clock.now()

        def job(connection: Connection) -> Status:
            status = move(connection, state_of(connection, id), [event])
            for notice in notices:
                add_notice_in(connection, notice, at)
            return status

        return self._writer.run(job)

    def add_notices(self, notices: Sequence[Notice], act: Act | None = None) -> None:
        """Several notices at once, with the act that they came from."""
        at = self._clock.now()

        def job(connection: Connection) -> None:
            for notice in notices:
                add_notice_in(connection, notice, at)
            if act is not None:
                connection.execute(insert(acts).values(subject=act.subject, body=act.model_dump_json()))

        self._writer.run(job)
