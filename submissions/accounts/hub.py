"""Accounts of the Hub: who sent a request, by session or by token, and whether a page of ours sent it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request

from leaderboard.domain import Forbidden, Person
from leaderboard.record import Record
from leaderboard.record.clock import Clock, SystemClock
from leaderboard.settings import OAuthClient
from submissions.accounts.cookies import cookie
from submissions.accounts.identity import Identity
from submissions.accounts.keys import derived, same
from submissions.accounts.local_paths import HOME, local_path
from submissions.accounts.personal_tokens import PREFIX, PersonalTokens
from submissions.accounts.sessions import Sessions
from submissions.accounts.sign_ins import SignIns
from submissions.policy import same_origin

_BEARER = "bearer "


@dataclass(frozen=True)
class Reader:
    """Who sent a request."""

    identity: Identity
    session: str = ""
    """The secret of their session; empty: they sent a token."""


class HubAccounts:
    """People with a Hub account. Rights go by subject ids; who operates is decided at each request."""

    single_user = False
    closed = ""

    def __init__(
        self,
        record: Record,
        client: OAuthClient,
        operators: Collection[str] = (),
        *,
        clock: Clock | None = None,
    ) -> None:
        """`operators`: subject ids."""
        # What reads signatures is a tenth of the start, which a Space without sign-in does without.
        from submissions.accounts.provider import Provider

        clock = clock or SystemClock()
        self._secret = client.session_secret
        self._operators = frozenset(operators)
        self.sessions = Sessions(record, client.session_secret, clock)
        self.tokens = PersonalTokens(record, clock)
        self.sign_ins = SignIns(record, Provider(client), client.session_secret, clock)

    def reader(self, request: Request) -> Reader | None:
        """Who sent the request, and by what; looked up once for each request.

        A personal token comes before a session: a program that sends one is taken by its word.
        """
        if not hasattr(request.state, "reader"):
            request.state.reader = self._reader(request)
        found: Reader | None = request.state.reader
        return found

    def person(self, request: Request) -> Person | None:
        reader = self.reader(request)
        return None if reader is None else self.person_of(reader.identity)

    def person_of(self, identity: Identity) -> Person:
        """Somebody with the rights that they have now."""
        operator = identity.subject in self._operators
        return Person(subject=identity.subject, name=identity.name, orgs=identity.orgs, operator=operator)

    def sign_in(self, identity: Identity, before: str | None) -> str:
        """A session for somebody who came back from the Hub; returns its secret.

        Never the one that the browser had `before`: whoever put that there knows it.
        """
        if before:
            self.sessions.end(before)
        # Who left an organisation must not keep it in another browser.
        self.sessions.signed_in(identity)
        self.tokens.signed_in(identity)
        return self.sessions.begin(identity)

    def check_write(self, request: Request) -> None:
        """Expects what the form or the header `X-CSRF-Token` gave in `request.state.csrf`."""
        same_origin(request)
        reader = self.reader(request)
        # A token is in no cookie: no other page can have a browser send it.
        if reader is None or not reader.session:
            return
        if not same(getattr(request.state, "csrf", ""), self.csrf(reader.session)):
            raise Forbidden(
                "This form was not made for your session.", "Go back, reload the page and send it again."
            )

    def csrf(self, session: str) -> str:
        """What every form of a session carries."""
        return derived(self._secret, "csrf", session)

    def about(self, request: Request) -> Mapping[str, Any]:
        """What a page is told of its reader: `person`, `csrf`, and `own`, by which it is theirs alone.

        Without a cookie the record is not asked, and the page is everybody's. So is one for a program with a
        token: pages are for browsers, and theirs are who signed in with them.
        """
        reader = self.reader(request) if cookie(request, "session") else None
        if reader is None or not reader.session:
            return {"sign_in": _sign_in_at(request)}
        csrf = self.csrf(reader.session)
        field = Markup('<input type="hidden" name="csrf" value="{}">').format(csrf)
        person = self.person_of(reader.identity)
        return {"person": person, "csrf": field, "own": derived(self._secret, "page", csrf, repr(person))}

    def _reader(self, request: Request) -> Reader | None:
        authorization = request.headers.get("authorization", "")
        if authorization.lower().startswith(_BEARER + PREFIX):
            identity = self.tokens.find(authorization[len(_BEARER) :].strip())
            return None if identity is None else Reader(identity)
        session = cookie(request, "session")
        identity = self.sessions.find(session) if session else None
        return None if identity is None or session is None else Reader(identity, session)


def _sign_in_at(request: Request) -> str:
    """Where to sign in, and to come back from to this very page."""
    if request.method not in ("GET", "HEAD"):
        return "/sign-in"
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    path = local_path(here)
    return "/sign-in" if path == HOME else f"/sign-in?{urlencode({'next': path})}"
