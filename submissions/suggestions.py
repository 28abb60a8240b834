"""Models to choose from while one types a name: those the record knows, then those the Hub finds."""

from __future__ import annotations

from contextlib import suppress

from leaderboard.domain import StarwattError
from leaderboard.domain.models import REPO_ID
from leaderboard.record import RatingQuery, Record
from submissions.hub_facts import HubFacts

SHORTEST = 2
"""Characters from which on it is worth asking."""
_LONGEST = 100
_LOOKED_AT = 100


def suggestions(record: Record, hub: HubFacts, text: str, limit: int = 10) -> list[str]:
    """Ids of models whose name holds the text, at most `limit`; none for a text too short or too long.

    A Hub that does not answer leaves those that the record knows: a suggestion is a help, not a check.
    """
    wanted = text.strip()
    if not SHORTEST <= len(wanted) <= _LONGEST or not wanted.isprintable():
        return []
    found = list(_known(record, wanted))
    if len(found) < limit:
        with suppress(StarwattError):
            found += hub.search(wanted, limit)
    return [name for name in dict.fromkeys(found) if REPO_ID.fullmatch(name)][:limit]


def _known(record: Record, text: str) -> dict[str, None]:
    """Rated models, in the order of their names."""
    query = RatingQuery(q=text, sort="model", limit=_LOOKED_AT)
    return dict.fromkeys(row.model for row in record.ratings(query).items)
