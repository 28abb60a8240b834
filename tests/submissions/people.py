"""Accounts for tests: the test says who asks, by a header or by a token; all else is as with real ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request

from leaderboard.domain import Org, Person
from submissions.policy import same_origin
from tests import builders

ACME = Org(subject="subject-acme", name="acme")
ADA = builders.person("ada", subject="subject-ada", orgs=(ACME,))
GOOD = {"Authorization": "Bearer good"}
"""What a program of Ada's sends."""


class Asking:
    """Accounts that know a request's person by one rule; writes need our own origin."""

    single_user = False
    closed = ""

    def __init__(self, rule: Callable[[Request], Person | None], sign_in: str | None = None) -> None:
        self._rule = rule
        self._sign_in = sign_in

    def person(self, request: Request) -> Person | None:
        return self._rule(request)

    def check_write(self, request: Request) -> None:
        same_origin(request)

    def about(self, request: Request) -> Mapping[str, Any]:
        person = self.person(request)
        if self._sign_in is None:
            return {"person": person}
        return {"person": person, "sign_in": "" if person else self._sign_in}


def always(person: Person | None) -> Asking:
    """Everybody who asks is this person; None: nobody is signed in."""
    return Asking(lambda request: person)


def adas_token(*, or_cookie: bool = False) -> Asking:
    """One token is Ada's; `or_cookie`: and so is one browser's session."""

    def rule(request: Request) -> Person | None:
        by_token = request.headers.get("authorization") == GOOD["Authorization"]
        return ADA if by_token or (or_cookie and request.cookies.get("session") == "good") else None

    return Asking(rule)
