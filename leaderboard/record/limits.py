"""Counting what somebody asked for, and refusing what is too much, in the transaction that would write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, TextClause, text

from leaderboard.domain import Limits, Use
from leaderboard.domain.limits import DAY_S
from leaderboard.record.prepared import Prepared
from leaderboard.record.shelf import Shelf, microseconds

SCOPES = {"person": "person", "organisation": "owner", "address": "address"}
"""Whose limits there are → the column they are counted by."""
_NO_TIME = datetime.min.replace(tzinfo=UTC)
_DAY_US = DAY_S * 1_000_000

_COUNTS = {
    f"{scope}_{what}": question.format(column=column, scope=scope)
    for scope, column in SCOPES.items()
    for what, question in {
        "day": "SELECT count(*) FROM submitters WHERE {column} = :{scope} AND at_us > :since",
        "open": "SELECT count(*) FROM unfinished WHERE bundle = 0 AND {column} = :{scope}",
    }.items()
} | {
    "queue": "SELECT count(*) FROM unfinished WHERE bundle = 0",
    "person_bundles": "SELECT count(*) FROM unfinished WHERE bundle = 1 AND person = :person",
    "bundles": "SELECT count(*) FROM unfinished WHERE bundle = 1",
}
"""By the field of `Limits` that bounds it."""
_AT_MOST = Prepared(text(f"SELECT {', '.join(f'({question})' for question in _COUNTS.values())}"))
"""Every count at once, out of indexes alone. Those of a day hold what was cancelled early too."""
_TIMES = {
    scope: text(
        "SELECT u.at_us FROM submitters u JOIN states s ON s.submission_id = u.submission_id "
        f"WHERE u.{column} = :key AND u.at_us > :since AND NOT (s.status = 'cancelled' AND s.fence = 0) "
        "ORDER BY u.at_us DESC LIMIT :allowed"
    )
    for scope, column in SCOPES.items()
}
"""The times of what counts in a day, latest first. A fence of 0: no runner ever had it."""

_MADE = {
    scope: text(
        f"SELECT at_us FROM submitters WHERE {column} = :key AND at_us > :since "
        "ORDER BY at_us DESC LIMIT :allowed"
    )
    for scope, column in SCOPES.items()
}
"""The same of all that was made in a day, whatever became of it."""
_WORTH_SAYING = 0.5
"""How full a ceiling of what is made in a day is shown: few come near it."""


@dataclass(frozen=True)
class Asker:
    """Whose limits a submission counts against."""

    person: str
    """Subject id."""
    owner: str
    """Subject id of the organisation it is for, or of the person."""
    address: str
    """Keyed hash of the network address; empty: none is kept, and no limit goes by it."""
    bundle: bool = False
    """Whether they ask to hand in a bundle, and not for a runner."""

    @property
    def keys(self) -> dict[str, str | None]:
        """By scope; None: that scope has no say."""
        organisation = self.owner if self.owner != self.person else None
        return {"person": self.person, "organisation": organisation, "address": self.address or None}

    def held_to(self, limits: Limits) -> Limits:
        """Which of all limits count for what they ask."""
        return limits.for_bundles() if self.bundle else limits.for_runs()


class Limited(Shelf):
    """Limits as the record knows them."""

    def uses(self, limits: Limits, asker: Asker, at: datetime) -> list[Use]:
        """Every limit that the asker has, with how far it is used at a moment."""
        with self._readers.snapshot() as connection:
            found = _count(connection, limits, _bounds(connection, asker, at), asker, at)
        return [use for use in found if not use.name.endswith("-made") or use.share >= _WORTH_SAYING]

    def limit_reached(self, limits: Limits, asker: Asker, at: datetime) -> Use | None:
        """The limit that forbids one more as it looks now; None: one more may come. `submit` makes sure."""
        with self._readers.snapshot() as connection:
            return limit_reached(connection, limits, asker, at)


def limit_reached(connection: Connection, limits: Limits, asker: Asker, at: datetime) -> Use | None:
    """The limit that forbids one more, in the caller's transaction; None: one more may come."""
    bounds, allowed = _bounds(connection, asker, at), asker.held_to(limits).model_dump()
    # Most are far from their limits, and a bound says so without looking at a single state.
    near = {field: most for field, most in allowed.items() if most is not None and bounds[field] >= most}
    if not near:
        return None
    in_doubt = Limits(**{**dict.fromkeys(allowed), **near})
    reached = [use for use in _count(connection, in_doubt, bounds, asker, at) if use.reached]
    # The one that lasts longest: what is said to be over must be over.
    return max(reached, key=lambda use: use.free_at or _NO_TIME, default=None)


def _count(
    connection: Connection, limits: Limits, bounds: Mapping[str, int], asker: Asker, at: datetime
) -> list[Use]:
    """Every limit that there is, counted exactly."""
    allowed, uses = asker.held_to(limits).model_dump(), []
    for scope, key in asker.keys.items():
        if key is None:
            continue
        if (most := allowed[f"{scope}_day"]) is not None:
            uses.append(_of_a_day(connection, f"{scope}-day", _TIMES[scope], key, most, at))
        if (most := allowed[f"{scope}_made"]) is not None:
            uses.append(_of_a_day(connection, f"{scope}-made", _MADE[scope], key, most, at))
        if (most := allowed[f"{scope}_open"]) is not None:
            uses.append(_use(f"{scope}-open", most, bounds[f"{scope}_open"]))
    for field in ("queue", "person_bundles", "bundles"):
        if (most := allowed[field]) is not None:
            uses.append(_use(field.replace("_", "-"), most, bounds[field]))
    return uses


def _use(name: str, allowed: int, used: int) -> Use:
    return Use(name=name, allowed=allowed, used=min(used, allowed), free_at=None)


def _of_a_day(
    connection: Connection, name: str, counted: TextClause, key: str, allowed: int, at: datetime
) -> Use:
    given = {"key": key, "since": microseconds(at) - _DAY_US, "allowed": allowed}
    times = connection.execute(counted, given).scalars().all()
    # The oldest that counts is the next to be forgotten.
    free_at = _moment(times[-1] + _DAY_US) if times else None
    return Use(name=name, allowed=allowed, used=len(times), free_at=free_at)


def _bounds(connection: Connection, asker: Asker, at: datetime) -> dict[str, int]:
    given: dict[str, Any] = {"since": microseconds(at) - _DAY_US, **asker.keys}
    bounds = dict(zip(_COUNTS, _AT_MOST.only(connection, given), strict=True))
    # It is what was made that the first of them counts; the exact count of a day leaves some out.
    return bounds | {f"{scope}_made": bounds[f"{scope}_day"] for scope in SCOPES}


def _moment(at_us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)
