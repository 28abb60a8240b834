"""Sessions: a random secret in the browser, its digest and what the Hub said of somebody in the record."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from leaderboard.domain import Org
from leaderboard.record import Record
from leaderboard.record.clock import Clock
from submissions.accounts.identity import Identity
from submissions.accounts.keys import derived

SESSION_S = 8 * 3600
"""As long as the Hub's own sign-ins. Whoever left an organisation acts for it no longer than that."""
_SECRET_BYTES = 32


class Sessions:
    """Beginning, finding and ending sessions."""

    def __init__(self, record: Record, session_secret: str, clock: Clock) -> None:
        self._record, self._secret, self._clock = record, session_secret, clock

    def begin(self, identity: Identity) -> str:
        """A new session; returns the secret that the browser keeps."""
        secret, now = secrets.token_urlsafe(_SECRET_BYTES), self._clock.now()
        self._record.put_ticket(
            "session",
            self._bound(secret),
            subject=identity.subject,
            body=written(identity, now),
            expires=now + timedelta(seconds=SESSION_S),
        )
        return secret

    def find(self, secret: str) -> Identity | None:
        """Whose session it is; None: nobody's, or its time is over."""
        ticket = self._record.ticket("session", self._bound(secret))
        return None if ticket is None else read(ticket.subject, ticket.body)

    def signed_in(self, identity: Identity) -> None:
        """Have somebody's open sessions know what the Hub says of them now."""
        body = written(identity, self._clock.now())
        self._record.put_ticket_bodies("session", identity.subject, body)

    def end(self, secret: str) -> None:
        """Sign out here."""
        self._record.drop_ticket("session", self._bound(secret))

    def end_all(self, subject: str) -> int:
        """Sign somebody out everywhere; returns how many sessions there were."""
        return self._record.drop_tickets_of("session", subject)

    def count(self, subject: str) -> int:
        """How many of somebody's are open."""
        return self._record.count_tickets("session", subject)

    def _bound(self, secret: str) -> str:
        """What the record knows a session by: with another session secret, every session is over."""
        return derived(self._secret, "session", secret)


def written(identity: Identity, now: datetime) -> str:
    """Name, organisations and when the Hub said so, as JSON; the subject stands beside it."""
    return json.dumps(told(identity, now), separators=(",", ":"))


def told(identity: Identity, now: datetime) -> dict[str, Any]:
    """The same, unwritten. A copy keeps the moment: what the Hub said does not become new by it."""
    orgs = [org.model_dump() for org in identity.orgs]
    return {"name": identity.name, "orgs": orgs, "said": (identity.said or now).isoformat()}


def read(subject: str, body: str) -> Identity:
    """The same, read back."""
    found = json.loads(body)
    orgs = tuple(Org.model_validate(org) for org in found["orgs"])
    return Identity(subject, found["name"], orgs, datetime.fromisoformat(found["said"]))
