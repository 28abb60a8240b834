"""Whether a submission's page would show something new: one short question for all that are watched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, literal_column, select

from leaderboard.domain import Status
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
        ahead = states.alias("ahead")
        # How many wait for the same hardware before it: another number is news for who waits.
        place = (
            select(func.count())
            .where(
                # Written out, so that SQLite may use the index of what waits.
                ahead.c.status == literal_column(f"'{Status.QUEUED.value}'"),
                ahead.c.hardware == states.c.hardware,
                ahead.c.seq < states.c.seq,
                states.c.status == Status.QUEUED.value,
            )
            .scalar_subquery()
        )
        columns = (states.c.status, states.c.fence, states.c.attempt, states.c.progress)
        with self._readers.snapshot() as connection:
            for start in range(0, len(asked), _AT_ONCE):
                some = states.c.submission_id.in_(asked[start : start + _AT_ONCE])
                for row in connection.execute(
                    select(states.c.submission_id, states.c.final, place, *columns).where(some)
                ):
                    said = json.dumps([str(value) for value in row])
                    text = hashlib.sha256(said.encode()).hexdigest()[:16]
                    found[row.submission_id] = Stamp(text, bool(row.final))
        return found
