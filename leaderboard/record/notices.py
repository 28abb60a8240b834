"""Words added to ratings and editions; nothing is ever edited or taken away (METHOD §5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Select, insert, select, union

from leaderboard.domain import Notice
from leaderboard.record.outbox import publish_editions
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import editions, notices, ratings

_OLDEST_FIRST = select(notices.c.body).order_by(notices.c.seq)
_AT_ONCE = 1000
"""Subjects in one question: SQLite takes a limited number of variables."""


class Notices(Shelf):
    """Superseded, disputed, withdrawn: said beside a figure, with author, reason and time."""

    def add_notice(self, notice: Notice) -> None:
        """Append a notice, and ask for its edition to be published with it."""
        at = self._clock.now()
        self._writer.run(lambda connection: add_notice_in(connection, notice, at))

    def notices(self, subject: str) -> list[Notice]:
        """The notices on a rating or an edition, oldest first."""
        return self._read(_OLDEST_FIRST.where(notices.c.subject == subject))

    def newest_notices(self, limit: int) -> list[Notice]:
        """The newest notices on anything, newest first."""
        return self._read(select(notices.c.body).order_by(notices.c.seq.desc()).limit(limit))

    def all_notices(self) -> list[Notice]:
        """Every notice, oldest first."""
        return self._read(_OLDEST_FIRST)

    def notices_on(self, subjects: Collection[str]) -> dict[str, list[Notice]]:
        """The notices on several ratings or editions, oldest first; subjects without any are left out."""
        found: defaultdict[str, list[Notice]] = defaultdict(list)
        asked = list(subjects)
        for start in range(0, len(asked), _AT_ONCE):
            some = notices.c.subject.in_(asked[start : start + _AT_ONCE])
            for notice in self._read(_OLDEST_FIRST.where(some)):
                found[notice.subject].append(notice)
        return dict(found)

    def _read(self, statement: Select[str]) -> list[Notice]:
        with self._readers.snapshot() as connection:
            bodies = connection.execute(statement).scalars().all()
        return [Notice.model_validate_json(body) for body in bodies]


def add_notice_in(connection: Connection, notice: Notice, at: datetime) -> None:
    """Append a notice inside a transaction, and ask for its edition to be published with it."""
    connection.execute(insert(notices).values(subject=notice.subject, body=notice.model_dump_json()))
    concerned = union(
        select(editions.c.id).where(editions.c.id == notice.subject),
        select(ratings.c.edition).where(ratings.c.id == notice.subject),
    )
    publish_editions(connection, connection.execute(concerned).scalars().all(), at)
