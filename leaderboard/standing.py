"""Whether a rating still stands: what its edition and its notices say (METHOD §5).

Pages, files and labels show a star for ever; this is the word they show beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from leaderboard.domain import Edition, EditionStatus, Notice, Rating
from leaderboard.record import Record


class StandingStatus(StrEnum):
    """Current: nothing speaks against it; the others say what does. The gravest word wins."""

    CURRENT = "current"
    DISPUTED = "disputed"
    """Somebody doubts it, and nobody has decided yet."""
    SUPERSEDED = "superseded"
    """Its edition was followed by a newer one."""
    WITHDRAWN = "withdrawn"
    """It should not be relied on any more."""


_GRAVEST_FIRST = (StandingStatus.WITHDRAWN, StandingStatus.SUPERSEDED, StandingStatus.DISPUTED)


@dataclass(frozen=True)
class Standing:
    """Where one rating stands."""

    status: StandingStatus
    reason: str = ""
    """The newest notice of that status, in its author's words; empty for a current rating."""
    newer_edition: str | None = None
    """The newest edition that took over from the rating's own; None where there is none."""
    edition_status: EditionStatus | None = None
    """Its edition's state; None where the record does not have the edition."""
    notices: tuple[Notice, ...] = ()
    """Every notice on the rating, then every one on its edition, each oldest first."""

    @property
    def current(self) -> bool:
        return self.status is StandingStatus.CURRENT


def standing(record: Record, rating: Rating) -> Standing:
    """Where a rating stands: two short questions to the record."""
    return standings(record, [rating])[rating.id]


def standings(record: Record, ratings: Sequence[Rating]) -> dict[str, Standing]:
    """Where several ratings stand, by their ids; the record is asked twice, however many they are."""
    editions = {edition.id: edition for edition in record.editions()}
    subjects = {rating.id for rating in ratings} | {rating.edition for rating in ratings}
    notices = record.notices_on(subjects)
    newest = {id: newest_after(id, editions.values()) for id in {rating.edition for rating in ratings}}
    return {
        rating.id: _standing(rating, editions.get(rating.edition), notices, newest[rating.edition])
        for rating in ratings
    }


def newest_after(edition_id: str, editions: Iterable[Edition]) -> str | None:
    """The last edition of the line that took over from one. One that is open took over nothing yet."""
    followed_by = {
        edition.succeeds: edition.id
        for edition in editions
        if edition.succeeds is not None and edition.status is not EditionStatus.OPEN
    }
    seen, newest = {edition_id}, None
    while (following := followed_by.get(newest or edition_id)) is not None and following not in seen:
        seen.add(following)
        newest = following
    return newest


def _standing(
    rating: Rating, edition: Edition | None, notices: Mapping[str, Sequence[Notice]], newest: str | None
) -> Standing:
    all_of_them = (*notices.get(rating.id, ()), *notices.get(rating.edition, ()))
    reasons: dict[str, str] = {notice.kind: notice.reason for notice in all_of_them}
    state = None if edition is None else edition.status
    if state is EditionStatus.SUPERSEDED:
        reasons.setdefault(StandingStatus.SUPERSEDED, f"Edition {rating.edition} was superseded.")
    status = next((word for word in _GRAVEST_FIRST if word in reasons), StandingStatus.CURRENT)
    # A newer frozen edition is meant only once somebody confirmed it.
    newer = newest if state is EditionStatus.SUPERSEDED else None
    return Standing(status, reasons.get(status, ""), newer, state, all_of_them)
