"""Words added to ratings and editions; nothing is ever edited or taken away (METHOD §5)."""

from __future__ import annotations

from sqlalchemy import insert, select

from leaderboard.domain import Notice
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import notices


class Notices(Shelf):
    """Superseded, disputed, withdrawn: said beside a figure, with author, reason and time."""

    def add_notice(self, notice: Notice) -> None:
        """Append a notice."""
        statement = insert(notices).values(subject=notice.subject, body=notice.model_dump_json())
        self._writer.run(lambda connection: connection.execute(statement).rowcount)

    def notices(self, subject: str) -> list[Notice]:
        """The notices on a rating or an edition, oldest first."""
        statement = select(notices.c.body).where(notices.c.subject == subject).order_by(notices.c.seq)
        with self._readers.snapshot() as connection:
            bodies = connection.execute(statement).scalars().all()
        return [Notice.model_validate_json(body) for body in bodies]

    def newest_notices(self, limit: int) -> list[Notice]:
        """The newest notices on anything, newest first."""
        statement = select(notices.c.body).order_by(notices.c.seq.desc()).limit(limit)
        with self._readers.snapshot() as connection:
            bodies = connection.execute(statement).scalars().all()
        return [Notice.model_validate_json(body) for body in bodies]
