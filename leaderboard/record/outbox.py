"""What is still to be published: written in the transaction that made it so (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from leaderboard.record.shelf import Shelf, instant
from leaderboard.record.tables import outbox

_DROP_OLDER = delete(outbox).where(outbox.c.kind == "edition", outbox.c.subject == bindparam("of"))
_ADD = insert(outbox)


@dataclass(frozen=True)
class OutboxRow:
    """Something that changed and is not published yet."""

    id: int
    kind: str
    """`edition`: the rows or bands of an edition."""
    subject: str
    """What changed: the edition's id."""
    created_at: datetime


class Outbox(Shelf):
    """What the publisher reads and ticks off."""

    def outbox(self) -> list[OutboxRow]:
        """All that waits, oldest first; one row for each subject, however often it changed."""
        with self._readers.snapshot() as connection:
            rows = connection.execute(select(outbox).order_by(outbox.c.id)).all()
        return [
            OutboxRow(row.id, row.kind, row.subject, datetime.fromisoformat(row.created_at)) for row in rows
        ]

    def outbox_done(self, ids: Collection[int]) -> None:
        """Tick rows off. What changed again meanwhile has a new id, and so stays."""
        if not ids:
            return
        done = delete(outbox).where(outbox.c.id.in_(ids))
        self._writer.run(lambda connection: connection.execute(done).rowcount, shown=False)


def publish_editions(connection: Connection, editions: Collection[str], at: datetime) -> None:
    """Ask for editions to be published. An older wish for the same one is replaced under a new id."""
    for edition in editions:
        wish = {"kind": "edition", "subject": edition, "created_at": instant(at)}
        connection.execute(_DROP_OLDER, {"of": edition})
        connection.execute(_ADD, wish)
