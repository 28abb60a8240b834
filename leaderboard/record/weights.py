"""Which submissions are of the same weights, whatever they are called (METHOD §5)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, literal_column, select

from leaderboard.domain import Status, Submission
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import states, submissions

_MOST = 100
# Written as the index has it: SQLite uses an index of an expression only for the very same expression.
_hash_in_body: ColumnElement[str] = literal_column("json_extract(submissions.body, '$.facts.weights_hash')")


class Weights(Shelf):
    """Finding copies."""

    def of_weights(self, weights_hash: str) -> list[tuple[Submission, Status]]:
        """Submissions of exactly these weights that wait, run or are done; the newest first, 100 at most."""
        counts = (states.c.final == 0) | (states.c.status == Status.DONE.value)
        statement = (
            select(submissions.c.body, states.c.status)
            .join_from(submissions, states, states.c.submission_id == submissions.c.id)
            .where(_hash_in_body == weights_hash, counts)
            .order_by(submissions.c.seq.desc())
            .limit(_MOST)
        )
        with self._readers.snapshot() as connection:
            rows = connection.execute(statement).all()
        return [(Submission.model_validate_json(row.body), Status(row.status)) for row in rows]
