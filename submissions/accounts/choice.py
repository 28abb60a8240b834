"""Which accounts a Space has, by its settings."""

from __future__ import annotations

from leaderboard.record import Record
from leaderboard.settings import Settings
from submissions.accounts.hub import HubAccounts
from submissions.accounts.seam import ReadOnly, SingleUser


def accounts_of(settings: Settings, record: Record) -> SingleUser | ReadOnly | HubAccounts:
    """One's own machine, nobody at all, or people with a Hub account."""
    if settings.single_user:
        return SingleUser(at_home=settings.at_home)
    if settings.oauth is None:
        return ReadOnly()
    return HubAccounts(record, settings.oauth, settings.operators)
