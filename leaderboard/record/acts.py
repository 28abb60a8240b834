"""What operators did, with author and reason; it only ever grows."""

from __future__ import annotations

from sqlalchemy import insert, select

from leaderboard.domain import Act
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import acts


class Acts(Shelf):
    """The operators' log."""

    def add_act(self, act: Act) -> None:
        """Append an act."""
        statement = insert(acts).values(subject=act.subject, body=act.model_dump_json())
        self._writer.run(lambda connection: connection.execute(statement).rowcount)

    def acts(self, subject: str | None = None, limit: int = 200) -> list[Act]:
        """Acts, newest first; on one subject where it is named."""
        statement = select(acts.c.body).order_by(acts.c.seq.desc()).limit(limit)
        if subject is not None:
            statement = statement.where(acts.c.subject == subject)
        with self._readers.snapshot() as connection:
            bodies = connection.execute(statement).scalars().all()
        return [Act.model_validate_json(body) for body in bodies]
