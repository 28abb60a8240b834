"""Whether a submission's page would show something new: one short question for all that are watched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select

from leaderboard.domain import Status
from leaderboard.record.line import places_in_line
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import states

_AT_ONCE = 500
"""Ids in one question: SQLite takes a limited number of variables."""


class Stamp(NamedTuple):
    """Where a submission is, as short as can be."""

    text: str
    """Another one for every other state, attempt, heartbeat and place in the queue; sixteen hex digits."""
    final: bool


class Watching(Shelf):
    """Looking for changes."""

    def stamps(self, ids: Collection[str]) -> dict[str, Stamp]:
        """A stamp for each submission; those that are not there are left out."""
        asked, found = sorted(ids), {}
        places: dict[int, int] = {}
        columns = (states.c.status, states.c.fence, states.c.attempt, states.c.progress)
        with self._readers.snapshot() as connection:
            for start in range(0, len(asked), _AT_ONCE):
                some = states.c.submission_id.in_(asked[start : start + _AT_ONCE])
                rows = connection.execute(
                    select(states.c.submission_id, states.c.final, states.c.seq, *columns).where(some)
                ).all()
                if not places and any(row.status == Status.QUEUED.value for row in rows):
                    # Another place is news for who waits. The line is read once, however many look.
                    places = places_in_line(connection)
                for row in rows:
                    said = json.dumps([*(str(value) for value in row), places.get(row.seq)])
                    text = hashlib.sha256(said.encode()).hexdigest()[:16]
                    found[row.submission_id] = Stamp(text, bool(row.final))
        return found
