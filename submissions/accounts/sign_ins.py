"""A sign-in under way: begun in one browser, good for ten minutes, over after one answer.

The state that travels through the Hub is the ticket's secret. What proves that the answer comes back to the
same browser is a cookie; nonce and code verifier are derived from both, so that they lie nowhere.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from leaderboard.domain import Forbidden, StarwattError
from leaderboard.record import Record
from leaderboard.record.clock import Clock
from leaderboard.record.tickets import Ticket, digest_of
from submissions.accounts.asking import Asking
from submissions.accounts.identity import Identity
from submissions.accounts.keys import derived, same
from submissions.accounts.local_paths import local_path
from submissions.accounts.open_sign_ins import OpenSignIns

if TYPE_CHECKING:
    from submissions.accounts.provider import Provider

SIGN_IN_S = 600
_SECRET_BYTES = 32
_ERRORS = frozenset({"access_denied", "invalid_scope", "server_error", "temporarily_unavailable"})
_AGAIN = "Begin the sign-in again, here."


@dataclass(frozen=True)
class Begun:
    """What the browser is told."""

    address: str
    """Where to go."""
    browser: str
    """What to keep in a cookie meanwhile."""


@dataclass(frozen=True)
class Answer:
    """What the browser came back with, every word of it a stranger's."""

    state: str
    code: str
    error: str
    issuer: str
    """Of RFC 9207; empty where the provider does not tell."""


class SignIns:
    """Beginning sign-ins, and taking their answers."""

    def __init__(self, record: Record, provider: Provider, session_secret: str, clock: Clock) -> None:
        self._record, self._provider, self._clock = record, provider, clock
        self._secret = session_secret
        self._open = OpenSignIns(clock, SIGN_IN_S)

    def begin(self, redirect_uri: str, then: str | None, browser: str | None, address: str = "") -> Begun:
        """Begin one.

        Args:
            redirect_uri: our address that the answer comes to.
            then: path to go on to; anything else becomes `/`.
            browser: the cookie of a sign-in that is under way in another tab; it goes on.
            address: the hash of the network address that it comes from; empty: not known.

        Raises:
            TooMany: so many are under way, here or from there.
            HubUnavailable: the provider does not answer.
        """
        state = secrets.token_urlsafe(_SECRET_BYTES)
        browser = browser or secrets.token_urlsafe(_SECRET_BYTES)
        # Before anything is asked or written: whoever is refused costs nothing.
        self._open.begin(digest_of(state), address)
        try:
            return self._begun(redirect_uri, then, state, browser)
        except StarwattError:
            self._open.end(digest_of(state))
            raise

    def _begun(self, redirect_uri: str, then: str | None, state: str, browser: str) -> Begun:
        address = self._provider.address(self._asking(redirect_uri, state, browser))
        body = {"browser": digest_of(browser), "redirect_uri": redirect_uri, "then": local_path(then)}
        self._record.put_ticket(
            "sign-in",
            state,
            subject="",
            body=json.dumps(body),
            expires=self._clock.now() + timedelta(seconds=SIGN_IN_S),
        )
        return Begun(address, browser)

    def finish(self, answer: Answer, browser: str | None) -> tuple[Identity, str]:
        """Who it is, and the path to go on to. The answer is used up, whatever comes of it.

        Raises:
            Forbidden: it answers nothing that this browser began, or the Hub said no.
            Conflict: it was given before.
            HubUnavailable: the provider does not answer.
        """
        body = self._taken(answer.state, browser)
        if answer.issuer and answer.issuer.rstrip("/") != self._provider.issuer.rstrip("/"):
            raise Forbidden("This answer comes from another sign-in than ours.", _AGAIN)
        if answer.error or not answer.code:
            error = answer.error if answer.error in _ERRORS else "no code"
            raise Forbidden(f"The Hub did not sign you in ({error}).", _AGAIN)
        asking = self._asking(body["redirect_uri"], answer.state, browser or "")
        identity = self._provider.identity(asking, answer.code)
        # Only here: an answer that anybody can make up must not free a place for another write.
        self._open.end(digest_of(answer.state))
        return identity, local_path(body["then"])

    def _taken(self, state: str, browser: str | None) -> dict[str, str]:
        ticket = self._record.ticket("sign-in", state) if state else None
        # Whoever holds a state alone, from a history or a log, must not even use it up.
        if ticket is None or browser is None or not same(_browser_of(ticket), digest_of(browser)):
            raise Forbidden("No such sign-in is under way in this browser, or it took too long.", _AGAIN)
        self._record.use_ticket("sign-in", state)
        return dict(json.loads(ticket.body))

    def _asking(self, redirect_uri: str, state: str, browser: str) -> Asking:
        nonce = derived(self._secret, "nonce", state, browser)
        return Asking(redirect_uri, state, nonce, derived(self._secret, "verifier", state, browser))


def _browser_of(ticket: Ticket) -> str:
    return str(json.loads(ticket.body)["browser"])
