"""Who may speak for an organisation: people whom the Hub knows as its admins and writers.

The question has one seam, `may_speak_for(person, org)`; the person comes from the Hub itself (`Identities`),
never from what somebody says of themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from leaderboard.domain import BadInput, Forbidden
from leaderboard.publish.hub_answers import answered, client

SPEAKING_ROLES = frozenset({"admin", "write"})
"""Roles that may change an organisation's repositories; a `contributor` may change their own alone."""


@dataclass(frozen=True)
class Person:
    """An account of the Hub, as the Hub itself describes it."""

    name: str
    roles: Mapping[str, str] = field(default_factory=dict)
    """Organisation, in lower case → role in it: admin, write, contributor or read."""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """From the answer of `whoami`. An organisation without a role in it gives no right."""
        roles = {
            str(org["name"]).lower(): str(org["roleInOrg"])
            for org in told.get("orgs") or ()
            if org.get("name") and org.get("roleInOrg")
        }
        return cls(str(told["name"]), roles)


class Identities(Protocol):
    """Tells who stands behind a token."""

    def person(self, token: str) -> Person:
        """The owner of a token.

        Raises:
            Forbidden: nobody's token.
            HubUnavailable: the Hub did not answer.
        """
        ...


class HubIdentities:
    """The Hub's own answer (`whoami`)."""

    def __init__(self, endpoint: str | None = None) -> None:
        self._endpoint = endpoint

    def person(self, token: str) -> Person:
        with answered("the token's account"):
            return Person.of(client(self._endpoint, token).whoami())


class KnownIdentities:
    """Tokens and people of a table; for tests and rehearsals."""

    def __init__(self, known: Mapping[str, Person]) -> None:
        self._known = dict(known)

    def person(self, token: str) -> Person:
        if token not in self._known:
            raise Forbidden("Nobody has this token.", "Use one of the table.")
        return self._known[token]


def may_speak_for(person: Person, org: str) -> bool:
    """Whether somebody may ask for something on the pages of an organisation, or of their own account.

    The Hub does not tell upper and lower case apart in names.
    """
    if not org:
        raise BadInput("No organisation was named.", "Name a model as organisation/name.")
    return person.name.lower() == org.lower() or person.roles.get(org.lower()) in SPEAKING_ROLES
