"""Things that pass: sessions, sign-ins under way, single-use numbers. Known by their digest alone.

What only the holder knows never lies here; a copy of the record opens nobody's session.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from leaderboard.domain import Conflict
from leaderboard.record.shelf import Shelf, microseconds
from leaderboard.record.tables import tickets

TicketKind = Literal["session", "sign-in", "nonce"]


@dataclass(frozen=True)
class Ticket:
    """What lies behind a secret."""

    subject: str
    """Whose it is; empty before anybody is known."""
    body: str
    """JSON."""
    used: bool
    """Whether its one use is over."""


class Tickets(Shelf):
    """Putting tickets down, finding, using and forgetting them."""

    def put_ticket(
        self, kind: TicketKind, secret: str, *, subject: str, body: str, expires: datetime
    ) -> None:
        """Write one down; the same secret again takes its place."""
        values = {
            "kind": kind,
            "digest": digest_of(secret),
            "subject": subject,
            "body": body,
            "made_us": microseconds(self._clock.now()),
            "expires_us": microseconds(expires),
            "used_us": None,
        }
        statement = insert(tickets).values(values)
        statement = statement.on_conflict_do_update(index_elements=["kind", "digest"], set_=values)
        self._writer.run(lambda connection: connection.execute(statement).rowcount, shown=False)

    def ticket(self, kind: TicketKind, secret: str) -> Ticket | None:
        """What lies behind a secret; None: nothing, or its time is over."""
        with self._readers.snapshot() as connection:
            return _find(connection, kind, secret, microseconds(self._clock.now()))

    def use_ticket(self, kind: TicketKind, secret: str) -> Ticket | None:
        """The same, and its one use is over now; None: nothing, or its time is over.

        Raises:
            Conflict: it was used before.
        """
        now_us = microseconds(self._clock.now())

        return self._writer.run(lambda connection: use(connection, kind, secret, now_us), shown=False)

    def put_ticket_bodies(self, kind: TicketKind, subject: str, body: str) -> int:
        """Have all of somebody's say something else; returns how many. Their secrets and times stay."""
        statement = update(tickets).where(tickets.c.kind == kind, tickets.c.subject == subject)
        changed = statement.values(body=body)
        return self._writer.run(lambda connection: connection.execute(changed).rowcount, shown=False)

    def drop_ticket(self, kind: TicketKind, secret: str) -> None:
        """Forget one."""
        statement = delete(tickets).where(*_which(kind, secret))
        self._writer.run(lambda connection: connection.execute(statement).rowcount, shown=False)

    def drop_tickets_of(self, kind: TicketKind, subject: str) -> int:
        """Forget all of somebody's; returns how many."""
        statement = delete(tickets).where(tickets.c.kind == kind, tickets.c.subject == subject)
        return self._writer.run(lambda connection: connection.execute(statement).rowcount, shown=False)

    def count_tickets(self, kind: TicketKind, subject: str) -> int:
        """How many of somebody's are still good, used ones left out."""
        statement = (
            select(func.count())
            .select_from(tickets)
            .where(
                tickets.c.kind == kind,
                tickets.c.subject == subject,
                tickets.c.used_us.is_(None),
                tickets.c.expires_us > microseconds(self._clock.now()),
            )
        )
        with self._readers.snapshot() as connection:
            return int(connection.execute(statement).scalar_one())

    def sweep_tickets(self) -> int:
        """Forget those whose time is over; returns how many."""
        statement = delete(tickets).where(tickets.c.expires_us <= microseconds(self._clock.now()))
        return self._writer.run(lambda connection: connection.execute(statement).rowcount, shown=False)


def use(connection: Connection, kind: TicketKind, secret: str, now_us: int) -> Ticket | None:
    """Inside the writer: find a ticket and end its one use.

    Raises:
        Conflict: it was used before.
    """
    found = _find(connection, kind, secret, now_us)
    if found is not None and found.used:
        raise Conflict(f"This {kind} was used before.", "Each serves once: begin again.")
    if found is not None:
        connection.execute(update(tickets).where(*_which(kind, secret)).values(used_us=now_us))
    return found


def spend(connection: Connection, nonce: str, subject: str, now_us: int) -> None:
    """Inside the writer: end the one use of somebody's nonce.

    Raises:
        Conflict: it was used, is somebody else's, or its time is over.
    """
    found = use(connection, "nonce", nonce, now_us)
    if found is None or found.subject != subject:
        raise Conflict("This nonce is not yours, or its time is over.", "Ask for a new one.")


def digest_of(secret: str) -> str:
    """SHA-256 in hex. The secrets are random and long, so that no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _which(kind: TicketKind, secret: str) -> tuple[ColumnElement[bool], ...]:
    return (tickets.c.kind == kind, tickets.c.digest == digest_of(secret))


def _find(connection: Connection, kind: TicketKind, secret: str, now_us: int) -> Ticket | None:
    wanted = select(tickets).where(*_which(kind, secret), tickets.c.expires_us > now_us)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else Ticket(row.subject, row.body, row.used_us is not None)
