"""Accounts as pages and doors see them; the ways of having none: one's own machine, and nobody at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from starlette.requests import Request

from leaderboard.domain import LOCAL, Forbidden, Person, SignInNeeded, Submission
from submissions.policy import is_loopback, same_origin

CLOSED = "Submissions are closed on this address: nobody can sign in here, since no OAuth client is set up."


class Accounts(Protocol):
    """Answers who sent a request. What may be done with the answer is decided where it is done."""

    @property
    def single_user(self) -> bool:
        """Whether whoever reaches the address may submit and operate."""
        ...

    @property
    def closed(self) -> str:
        """Why nobody can submit here, as a sentence; empty: one can."""
        ...

    def person(self, request: Request) -> Person | None:
        """Who sent the request, by session or by token; None: nobody that is known."""
        ...

    def check_write(self, request: Request) -> None:
        """Refuse a write that another site's page makes in somebody's browser (see `writes.own_page`).

        Raises:
            Forbidden: foreign origin, or no CSRF token in a form of a signed-in person.
        """
        ...

    def about(self, request: Request) -> Mapping[str, Any]:
        """What a page is told of its reader, as `leaderboard.board.render.Pages` takes it."""
        ...


class SingleUser:
    """One's own machine: whoever reaches the address is its user and its operator."""

    single_user = True
    closed = ""

    def __init__(self, *, at_home: bool = False) -> None:
        """`at_home`: only under the machine's own names, `localhost` and loopback addresses.

        Nobody asked for single-user then. A request that names another host came through a proxy, or from a
        page whose name was made to point here: neither is who sits at the machine.
        """
        self._at_home = at_home

    def person(self, request: Request) -> Person | None:
        here = not self._at_home or is_loopback(request)
        return Person(subject=LOCAL, name="local", operator=True) if here else None

    def check_write(self, request: Request) -> None:
        same_origin(request)
        if self.person(request) is None:
            raise Forbidden(
                "This Space is for the machine that it runs on, and was asked for under another name.",
                "Open it as http://127.0.0.1, or say who may use it with STARWATT_ACCOUNTS.",
            )

    def about(self, request: Request) -> Mapping[str, Any]:
        # Everybody who comes here is the same person: their pages are kept as everybody's.
        return {"person": self.person(request)}


class ReadOnly:
    """Nobody can sign in: everything may be read."""

    single_user = False
    closed = CLOSED

    def person(self, request: Request) -> Person | None:  # noqa: ARG002
        return None

    def check_write(self, request: Request) -> None:
        same_origin(request)

    def about(self, request: Request) -> Mapping[str, Any]:  # noqa: ARG002
        return {}


def require(accounts: Accounts, request: Request) -> Person:
    """Who is asking.

    Raises:
        SignInNeeded: nobody is signed in.
        Forbidden: nobody can be.
    """
    person = accounts.person(request)
    if person is not None:
        return person
    if accounts.closed:
        raise Forbidden(
            accounts.closed,
            "Set OAUTH_CLIENT_ID here, or run your own Space with STARWATT_ACCOUNTS=single-user.",
        )
    if request.headers.get("authorization"):
        raise SignInNeeded(
            "The token is unknown, expired or revoked.",
            "Make another one on this Space's page /account.",
        )
    raise SignInNeeded("Nobody is signed in.", "Sign in with your Hub account, or send a token of yours.")


def require_operator(accounts: Accounts, request: Request) -> Person:
    """Which operator is asking. Raises as `require`, and Forbidden for anybody else."""
    person = require(accounts, request)
    if not person.operator:
        raise Forbidden("Only an operator of this Space may do this.", "Ask one of them.")
    return person


def is_owner(person: Person, submission: Submission) -> bool:
    """Whether it is theirs. What was submitted for an organisation is the organisation's alone.

    Whoever submitted it may have left since.
    """
    return person.speaks_for(submission.owner or submission.submitted_by)


def may_change(person: Person | None, submission: Submission) -> bool:
    """Whether somebody may cancel, withdraw or rerun: it is theirs, their organisation's, or they operate."""
    if person is None:
        return False
    return person.operator or is_owner(person, submission)


def require_change(accounts: Accounts, request: Request, submission: Submission) -> Person:
    """Who changes a submission. Raises as `require`, and Forbidden where it is somebody else's."""
    person = require(accounts, request)
    if not may_change(person, submission):
        raise Forbidden(
            "This submission is somebody else's.",
            "Its owner may do this: who submitted it, or their organisation.",
        )
    return person
