"""A sample of the ratings is measured again every year: drawn by a hash, so that nobody chooses which.

A rating's id is a hash of what makes it itself, so ids lie evenly between the lowest and the highest there
can be. Each year begins at a place of its own among them, again by a hash, and walks 5 % of the way in equal
steps a day: a day's ratings are one range of ids, which costs one look into an index. A day on which the
Space slept is made up for, one beside each new day: months of sleep do not bring months of work at once.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import NamedTuple

from leaderboard.domain import BadInput, Conflict, NotFound, Provenance, Rating, TooMany
from leaderboard.record import Record
from leaderboard.standing import StandingStatus, standings
from submissions.status.disputes import Disputes

SHARE_A_YEAR = 0.05
MOST_AT_ONCE = 5
"""Queued in one round; the rest has its turn with the next."""
DAYS_A_DAY = 2
"""Days of the year's walk that are done in one: today's, and one that was slept through. So never more than
twice the share of a year goes to the runners in any time."""
LONGEST_SLEEP = timedelta(days=365)
"""What lies further back is let go: each year draws anew."""
_LOOKED_AT = 100
"""Ratings in one question."""
_THROUGH, _AFTER, _TODAY = "retests:through", "retests:after", "retests:today"
"""The last day that is all done; the id that the next one has come to; today, and the days done on it."""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 10


class Range(NamedTuple):
    """Ids from `low` to below `high`; empty: to the end."""

    low: str
    high: str


def ranges_of(day: date) -> list[Range]:
    """Which ids are drawn for a day: one range, or two where the walk goes past the last id."""
    year, days = day.year, (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
    begins = int.from_bytes(hashlib.sha256(f"retests {year}".encode()).digest()[:8]) / 2**64
    low, high = (
        (begins + SHARE_A_YEAR * (day.timetuple().tm_yday - 1 + more) / days) % 1.0 for more in (0, 1)
    )
    if low < high:
        return [Range(_id_at(low), _id_at(high))]
    return [Range("", _id_at(high)), Range(_id_at(low), "")]


def queue_due(record: Record, disputes: Disputes) -> list[tuple[str, str]]:
    """Queue the re-tests whose day has come; returns ids of ratings with those of their re-tests."""
    today = record.now().date()
    known = record.setting(_THROUGH)
    # A Space that is new to this begins today: there is no year to make up for.
    through = date.fromisoformat(known) if known else today - timedelta(days=1)
    through = max(through, today - LONGEST_SLEEP)
    queued: list[tuple[str, str]] = []
    for done in range(_done_on(record, today), DAYS_A_DAY):
        if through >= today or not _do(record, disputes, through + timedelta(days=1), queued):
            break
        through += timedelta(days=1)
        record.put_setting(_THROUGH, through.isoformat())
        record.put_setting(_AFTER, "")
        record.put_setting(_TODAY, f"{today.isoformat()} {done + 1}")
    return queued


def _done_on(record: Record, today: date) -> int:
    day, _, done = (record.setting(_TODAY) or "").partition(" ")
    return int(done) if day == today.isoformat() and done.isdigit() else 0


def _do(record: Record, disputes: Disputes, day: date, queued: list[tuple[str, str]]) -> bool:
    """Queue a day's re-tests; False: there is more of them than this round may queue."""
    for ids in ranges_of(day):
        after = record.setting(_AFTER) or ""
        while found := record.ratings_between(ids.low, ids.high, after, _LOOKED_AT):
            for rating in _ours(record, found):
                if len(queued) >= MOST_AT_ONCE or not _queue(record, disputes, rating, queued):
                    return False
            after = found[-1].id
            record.put_setting(_AFTER, after)
    return True


def _ours(record: Record, found: list[Rating]) -> list[Rating]:
    """Of some ratings those that we measured and that stand; none for development."""
    figures = {edition.id for edition in record.editions() if edition.reference}
    stands = standings(record, found)
    return [
        rating
        for rating in found
        if rating.run_id is not None
        and rating.provenance is Provenance.MEASURED
        and not rating.development
        and rating.edition not in figures
        and stands[rating.id].status is StandingStatus.CURRENT
    ]


def _queue(record: Record, disputes: Disputes, rating: Rating, queued: list[tuple[str, str]]) -> bool:
    """Queue one, if it can be measured again; False: there is no room for it now."""
    try:
        submission_id = record.submission_of_run(str(rating.run_id))
        queued.append((rating.id, disputes.check_again(submission_id, rating)))
    except (NotFound, BadInput, Conflict):
        # A figure from elsewhere, whose plan nobody here has; or a plan that this catalogue makes no more, or
        # not twice. The others must not wait for it.
        return True
    except TooMany:
        return False
    record.put_setting(_AFTER, rating.id)
    return True


def _id_at(place: float) -> str:
    """The first id that lies at or after a place between 0 and 1."""
    number = int(place * 2 ** (5 * _LENGTH))
    return "".join(_ALPHABET[(number >> (5 * at)) & 31] for at in reversed(range(_LENGTH)))
