"""What the Hub tells of somebody who signs in, read with care: the words are a stranger's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leaderboard.domain import LOCAL, Forbidden, Org

_SUBJECT = re.compile(r"^[A-Za-z0-9_.:|-]{1,128}$")
_NAME = re.compile(r"^[\w.-]{1,96}$", re.ASCII)
_TAKEN = frozenset({LOCAL, "token", "system", "space"})
"""Subjects that stand for somebody here who has no account."""
_LOOKS_ON = "read"
"""The role that may see an organisation's things, and not act for it."""
_MOST_ORGS = 200


@dataclass(frozen=True)
class Identity:
    """Somebody, as the Hub knows them."""

    subject: str
    name: str
    orgs: tuple[Org, ...]
    """Those they may act for."""
    said: datetime | None = field(default=None, compare=False)
    """When the Hub said so; None: just now."""


def identity_of(userinfo: object) -> Identity:
    """From the answer of the user information endpoint.

    Raises:
        Forbidden: nobody can be told from it.
    """
    told = userinfo if isinstance(userinfo, Mapping) else {}
    subject = _subject(told)
    if subject is None:
        raise Forbidden("The Hub's answer does not say who you are.", "Sign in again.")
    return Identity(subject, _name(told, subject), tuple(_orgs(told.get("orgs"))))


def _orgs(told: object) -> Iterable[Org]:
    """Organisations that somebody may act for now: not as an onlooker, and with nothing left to do there."""
    for org in (told if isinstance(told, list) else [])[:_MOST_ORGS]:
        if not isinstance(org, Mapping) or org.get("securityRestrictions"):
            continue
        subject = _subject(org)
        if subject is not None and org.get("roleInOrg") != _LOOKS_ON:
            yield Org(subject=subject, name=_name(org, subject))


def _subject(told: Mapping[str, Any]) -> str | None:
    subject = told.get("sub")
    good = isinstance(subject, str) and _SUBJECT.fullmatch(subject) and subject not in _TAKEN
    return str(subject) if good else None


def _name(told: Mapping[str, Any], subject: str) -> str:
    """The name in addresses; a title that anybody may give themselves comes second, the subject id last."""
    for key in ("preferred_username", "name"):
        name = told.get(key)
        if isinstance(name, str) and _NAME.fullmatch(name):
            return name
    return subject
