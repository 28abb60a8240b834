"""A sample of the ratings is measured again every year: drawn by a hash, so that nobody chooses which.

Each rating draws a place in the year by its id and the year's number. Those whose place is in the first 5 %
are drawn, and where in the 5 % it is says on which day. A day on which the Space slept is made up for.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

from leaderboard.domain import BadInput, Conflict, NotFound, Rating, TooMany
from leaderboard.record import Record
from leaderboard.standing import StandingStatus, standing
from submissions.status.disputes import Disputes

SHARE_A_YEAR = 0.05
MOST_AT_ONCE = 5
"""In one round; the rest has its turn with the next."""
_THROUGH, _DONE = "retests:through", "retests:done"
"""The last day that is all done, and the ratings of the next one that are."""


def day_of(rating_id: str, year: int) -> date | None:
    """The day of that year on which a rating is to be measured again; None: not that year."""
    digest = hashlib.sha256(f"{rating_id} {year}".encode()).digest()
    place = int.from_bytes(digest[:8]) / 2**64
    if place >= SHARE_A_YEAR:
        return None
    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    return date(year, 1, 1) + timedelta(days=int(place / SHARE_A_YEAR * days))


def queue_due(record: Record, disputes: Disputes) -> list[tuple[str, str]]:
    """Queue the re-tests whose day has come; returns ids of ratings with those of their re-tests."""
    today = record.now().date()
    known = record.setting(_THROUGH)
    # A Space that is new to this begins today: there is no year to make up for.
    through = date.fromisoformat(known) if known else today - timedelta(days=1)
    done = (record.setting(_DONE) or "").split()
    queued: list[tuple[str, str]] = []
    while through < today:
        day = through + timedelta(days=1)
        for rating in _due(record, day):
            if len(queued) >= MOST_AT_ONCE:
                return queued
            if rating.id in done:
                continue
            try:
                submission_id = record.submission_of_run(str(rating.run_id))
                queued.append((rating.id, disputes.check_again(submission_id, rating)))
            except (NotFound, BadInput, Conflict):
                # A figure from elsewhere, whose plan nobody here has; or a plan that this catalogue makes no
                # more, or not twice. The others must not wait for it.
                continue
            except TooMany:
                return queued
            done.append(rating.id)
            record.put_setting(_DONE, " ".join(done))
        record.put_setting(_THROUGH, day.isoformat())
        record.put_setting(_DONE, "")
        done = []
        through = day
    return queued


def _due(record: Record, day: date) -> list[Rating]:
    """What is drawn for a day: measured by us, standing, not for development."""
    found: list[Rating] = []
    for edition in record.editions():
        if edition.reference or edition.development:
            continue
        drawn = (id for id in record.measured_ids(edition.id) if day_of(id, day.year) == day)
        found += [
            rating
            for rating in map(record.rating, drawn)
            if rating.run_id is not None and standing(record, rating).status is StandingStatus.CURRENT
        ]
    return found
