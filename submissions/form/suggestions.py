"""Models to choose from while one types a name: those the record knows, then those the Hub finds."""

from __future__ import annotations

from contextlib import suppress

from leaderboard.domain import StarwattError
from leaderboard.domain.models import REPO_ID
from leaderboard.record import RatingQuery, Record
from submissions.hub.facts import HubFacts

SHORTEST = 2
"""Characters from which on it is worth asking."""
_LONGEST = 100
_LOOKED_AT = 100
_INSIDE = 2


def suggestions(record: Record, hub: HubFacts, text: str, limit: int = 10) -> list[str]:
    """Ids of models whose name holds the text, at most `limit`; none for a text too short or too long.

    A Hub that does not answer leaves those that the record knows: a suggestion is a help, not a check.
    """
    wanted = text.strip()
    if not SHORTEST <= len(wanted) <= _LONGEST or not wanted.isprintable():
        return []
    found = list(_known(record, wanted))
    if sum(_nearness(name, wanted) < _INSIDE for name in found) < limit:
        with suppress(StarwattError):
            found += hub.search(wanted, limit)
    names = [name for name in dict.fromkeys(found) if REPO_ID.fullmatch(name)]
    return sorted(names, key=lambda name: _nearness(name, wanted))[:limit]


def _nearness(name: str, text: str) -> int:
    """0: the id begins so; 1: the name after the organisation does; else the text stands inside."""
    lower, start = name.lower(), text.lower()
    if lower.startswith(start):
        return 0
    return 1 if lower.partition("/")[2].startswith(start) else _INSIDE


def _known(record: Record, text: str) -> dict[str, None]:
    """Rated models, in the order of their names."""
    query = RatingQuery(q=text, sort="model", limit=_LOOKED_AT)
    return dict.fromkeys(row.model for row in record.ratings(query).items)
