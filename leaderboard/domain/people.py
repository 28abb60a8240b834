"""Who asks: people with a Hub account, for themselves or for an organisation; and what operators did."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from leaderboard.domain.words import Instant, Word

LOCAL = "local"
"""The subject id of whoever sits at a machine of their own (single-user mode)."""


class Org(Word):
    """An organisation on the Hub."""

    subject: str
    """Its subject id: names change, this does not."""
    name: str


class Person(Word):
    """Somebody who is signed in. Rights go by subject ids alone."""

    subject: str
    """The Hub's subject id, or `local`."""
    name: str
    """As the Hub writes it; shown, never trusted."""
    orgs: tuple[Org, ...] = ()
    """Those they may act for, as the Hub said at sign-in."""
    operator: bool = False

    def speaks_for(self, owner: str) -> bool:
        """Whether it is them, or an organisation of theirs, by its subject id."""
        return owner == self.subject or any(owner == org.subject for org in self.orgs)


class Act(Word):
    """What an operator did; appended, never changed."""

    at: Instant
    actor: str
    """The operator's subject id; `token` where only the operator token was shown."""
    actor_name: str
    act: str = Field(max_length=40)
    """`pause`, `requeue`, `withdraw` …"""
    subject: str = Field(max_length=200)
    """What it was done to: an id or a hardware class."""
    reason: str = Field(default="", max_length=2000)
    detail: dict[str, Any] = Field(default_factory=dict)
