"""Single-use numbers: what ties a run on somebody else's machine to a moment at which we were asked.

A nonce goes into the plan, and so into the run key and the order of the queries. It shows that the run was
planned after we gave it, that its bundle is handed in once, and by whom. It does not show that the figures
are true: no number can.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from leaderboard.domain import Person, Refused, TooMany
from leaderboard.domain.plans import NONCE
from leaderboard.record import Record
from submissions.attested.refusing import MEASURE, refuse

LASTS_DAYS = 14
"""A closed model's run needs a free card: days, not hours."""
MOST_OPEN = 5
"""Nonces that one person may hold unused."""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RETRY_S = 24 * 3600.0
_GIVING = threading.Lock()
"""Counting and giving are one step: two who ask at once must not both see the last place free."""


class Given(NamedTuple):
    """A nonce that was given out; it is shown once."""

    nonce: str
    until: datetime
    """When its time is over, UTC."""


def give(record: Record, person: Person) -> Given:
    """A new nonce for somebody.

    Raises:
        TooMany: they hold as many unused as they may.
    """
    with _GIVING:
        return _give(record, person)


def _give(record: Record, person: Person) -> Given:
    if open_of(record, person) >= MOST_OPEN:
        raise TooMany(
            f"You hold {MOST_OPEN} nonces that are not used yet.",
            f"Use one of them; each lasts {LASTS_DAYS} days.",
            retry_after_s=_RETRY_S,
        )
    at = record.now()
    last = (at + timedelta(days=LASTS_DAYS)).astimezone(UTC).date()
    # To the end of that day, so that the nonce itself says until when.
    until = datetime.combine(last + timedelta(days=1), time(), UTC)
    nonce = f"{last:%Y%m%d}-" + "".join(secrets.choice(_ALPHABET) for _ in range(24))
    body = json.dumps({"at": at.isoformat()})
    record.put_ticket("nonce", nonce, subject=person.subject, body=body, expires=until)
    return Given(nonce, until)


def open_of(record: Record, person: Person) -> int:
    """How many nonces somebody holds unused."""
    return record.count_tickets("nonce", person.subject)


def given_at(record: Record, nonce: str | None, person: Person) -> datetime:
    """When a nonce was given to this person, who has not used it yet.

    Raises:
        Refused: there is none, it is somebody else's, was used, or its time is over.
    """
    if nonce is None or not re.fullmatch(NONCE, nonce):
        raise refuse("nonce-given", "The run was planned without a nonce.", MEASURE)
    ticket = record.ticket("nonce", nonce)
    if ticket is None:
        raise _gone(record, nonce)
    # Whether somebody else has used theirs is nobody's business.
    if ticket.subject != person.subject:
        told = "This nonce was given to somebody else."
        raise refuse("nonce-yours", told, "Sign in as whoever asked for it, or measure with one of yours.")
    if ticket.used:
        raise refuse("nonce-unused", "This nonce was used: its bundle is here already.", MEASURE)
    return datetime.fromisoformat(json.loads(ticket.body)["at"])


def _gone(record: Record, nonce: str) -> Refused:
    if f"{record.now().astimezone(UTC):%Y%m%d}" > nonce[:8]:
        day = f"{nonce[:4]}-{nonce[4:6]}-{nonce[6:8]}"
        return refuse("nonce-in-time", f"The time of this nonce was over at the end of {day}.", MEASURE)
    return refuse("nonce-known", "This Space has not given this nonce.", "Hand the bundle in where it did.")
