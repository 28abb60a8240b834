"""Personal tokens: for programs that act for somebody over the API. Shown once, stored by their digest."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from leaderboard.domain import BadInput, Conflict, NotFound, Org
from leaderboard.record import Record
from leaderboard.record.clock import Clock
from leaderboard.record.tokens import Token
from submissions.accounts.identity import Identity
from submissions.accounts.sessions import told

PREFIX = "swp_"
"""By it a token is known for what it is where it was left by mistake."""
TOKEN_DAYS = 90
ORGS_DAYS = 30
"""How long after a sign-in a token may still act for the organisations that the Hub named then."""
MOST_TOKENS = 20
LONGEST_LABEL = 60
_SECRET_BYTES = 32


@dataclass(frozen=True)
class PersonalToken:
    """One token, as its owner sees it."""

    id: str
    label: str
    made: datetime
    ends: datetime


class PersonalTokens:
    """Making, knowing and revoking them."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record, self._clock = record, clock
        self._making = threading.Lock()

    def make(self, identity: Identity, label: str) -> str:
        """A new token: the only time that it is told.

        Raises:
            BadInput: the label is none.
            Conflict: they have as many as one may have.
        """
        label = label.strip()
        if not label or len(label) > LONGEST_LABEL or not label.isprintable():
            raise BadInput(
                "A token needs a label by which you know it again.", f"Write 1 to {LONGEST_LABEL} characters."
            )
        now = self._clock.now()
        body = {
            "label": label,
            "made": now.isoformat(),
            "ends": (now + timedelta(days=TOKEN_DAYS)).isoformat(),
            **told(identity, now),
        }
        secret = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        # Counting and writing at once: two requests must not both see the last free place.
        with self._making:
            if len(self.of(identity.subject)) >= MOST_TOKENS:
                raise Conflict(
                    f"You have {MOST_TOKENS} tokens already.", "Revoke one that you no longer need."
                )
            self._record.add_token(
                secrets.token_hex(8), "person", secret, subject=identity.subject, body=json.dumps(body)
            )
        return secret

    def find(self, secret: str) -> Identity | None:
        """Whose it is; None: nobody's, revoked, or its time is over."""
        token = self._record.token_of("person", secret) if secret.startswith(PREFIX) else None
        if token is None:
            return None
        body, now = json.loads(token.body), self._clock.now()
        if datetime.fromisoformat(body["ends"]) <= now:
            return None
        said = datetime.fromisoformat(body["said"])
        fresh = now - said < timedelta(days=ORGS_DAYS)
        orgs = tuple(Org.model_validate(org) for org in body["orgs"]) if fresh else ()
        return Identity(token.subject, body["name"], orgs, said)

    def of(self, subject: str) -> list[PersonalToken]:
        """Somebody's that are still good, newest first."""
        now = self._clock.now()
        shown = [_shown(token) for token in self._record.tokens("person", subject) if not token.revoked]
        good = [token for token in shown if token.ends > now]
        return sorted(good, key=lambda token: (token.made, token.id), reverse=True)

    def revoke(self, subject: str, id: str) -> None:
        """Take one of somebody's back.

        Raises:
            NotFound: they have no such token.
        """
        if id not in [token.id for token in self.of(subject)]:
            raise NotFound(
                "You have no such token.", "It may be revoked already; your account page lists them."
            )
        self._record.revoke_token(id)

    def signed_in(self, identity: Identity) -> None:
        """Have somebody's tokens know what the Hub says of them now."""
        said = told(identity, self._clock.now())
        for token in self._record.tokens("person", identity.subject):
            if not token.revoked:
                self._record.put_token_body(token.id, json.dumps({**json.loads(token.body), **said}))


def _shown(token: Token) -> PersonalToken:
    body = json.loads(token.body)
    made, ends = (datetime.fromisoformat(body[name]) for name in ("made", "ends"))
    return PersonalToken(token.id, body["label"], made, ends)
