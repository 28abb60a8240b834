"""Words added to ratings and editions; nothing is ever edited or taken away (METHOD §5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection, insert, select

from leaderboard.domain import Notice
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import notices

_AT_ONCE = 1000
"""Subjects in one question: SQLite takes a limited number of variables."""


class Notices(Shelf):
    """Superseded, disputed, withdrawn: said beside a figure, with author, reason and time."""

    def add_notice(self, notice: Notice) -> None:
        """Append a notice."""
        self._writer.run(lambda connection: add_notice_in(connection, notice))

    def notices(self, subject: str) -> list[Notice]:
        """The notices on a rating or an edition, oldest first."""
        statement = select(notices.c.body).where(notices.c.subject == subject).order_by(notices.c.seq)
        with self._readers.snapshot() as connection:
            bodies = connection.execute(statement).scalars().all()
        return [Notice.model_validate_json(body) for body in bodies]

    def notices_on(self, subjects: Collection[str]) -> dict[str, list[Notice]]:
        """The notices on several ratings or editions, oldest first; subjects without any are left out."""
        found: defaultdict[str, list[Notice]] = defaultdict(list)
        columns = select(notices.c.subject, notices.c.body).order_by(notices.c.seq)
        asked = list(subjects)
        with self._readers.snapshot() as connection:
            for start in range(0, len(asked), _AT_ONCE):
                some = columns.where(notices.c.subject.in_(asked[start : start + _AT_ONCE]))
                for subject, body in connection.execute(some):
                    found[subject].append(Notice.model_validate_json(body))
        return dict(found)


def add_notice_in(connection: Connection, notice: Notice) -> None:
    """Append a notice inside a transaction."""
    connection.execute(insert(notices).values(subject=notice.subject, body=notice.model_dump_json()))
