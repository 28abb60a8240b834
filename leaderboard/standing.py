"""Whether a rating still stands: what its edition and its notices say (METHOD §5).

Pages, files and labels show a star for ever; this is the word they show beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from leaderboard.domain import Edition, EditionStatus, Notice, Rating
from leaderboard.record import Record


class StandingStatus(StrEnum):
    """Current: nothing speaks against it; the others say what does. The gravest word wins."""

    CURRENT = "current"
    DISPUTED = "disputed"
    """Somebody doubts it, and neither a re-test nor an operator has answered yet."""
    SUPERSEDED = "superseded"
    """Its edition was followed by a newer one."""
    WITHDRAWN = "withdrawn"
    """It should not be relied on any more."""


_GRAVEST_FIRST = (StandingStatus.WITHDRAWN, StandingStatus.SUPERSEDED, StandingStatus.DISPUTED)


@dataclass(frozen=True)
class Mark:
    """One word against a rating, with its reason and the moment it was said, where that is known."""

    status: StandingStatus
    reason: str = ""
    """In its author's words."""
    at: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """Where one rating stands."""

    marks: tuple[Mark, ...] = ()
    """The newest mark of each status that speaks against it, gravest first; none: the rating stands."""
    newer_edition: str | None = None
    """The newest edition that took over from the rating's own; None where there is none."""
    edition_status: EditionStatus | None = None
    """Its edition's state; None where the record does not have the edition."""
    notices: tuple[Notice, ...] = ()
    """Every notice on the rating, then every one on its edition, each oldest first."""

    @property
    def status(self) -> StandingStatus:
        return self.marks[0].status if self.marks else StandingStatus.CURRENT

    @property
    def reason(self) -> str:
        """Of the gravest mark; empty for a current rating."""
        return self.marks[0].reason if self.marks else ""

    @property
    def current(self) -> bool:
        return not self.marks

    @property
    def withdrawn(self) -> Mark | None:
        """Why the figure is no longer claimed; None where it is."""
        return next((mark for mark in self.marks if mark.status is StandingStatus.WITHDRAWN), None)


STANDS = Standing()
"""Nothing was said against it."""


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
        rating.id: standing_of(
            editions.get(rating.edition),
            (*notices.get(rating.id, ()), *notices.get(rating.edition, ())),
            newest[rating.edition],
        )
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


def standing_of(edition: Edition | None, notices: Sequence[Notice], newest: str | None = None) -> Standing:
    """What an edition's state and the notices on a rating and on its edition add up to.

    Args:
        notices: as `Standing.notices` keeps them.
        newest: the last edition of the line that took over.
    """
    marks: dict[StandingStatus, Mark] = {}
    for notice in sorted(notices, key=lambda notice: notice.at):
        if notice.kind == "settled":
            marks.pop(StandingStatus.DISPUTED, None)
            continue
        marks[StandingStatus(notice.kind)] = Mark(StandingStatus(notice.kind), notice.reason, notice.at)
    state = None if edition is None else edition.status
    # A newer frozen edition is meant only once somebody confirmed it.
    newer = newest if state is EditionStatus.SUPERSEDED else None
    if edition is not None and state is EditionStatus.SUPERSEDED:
        by = f" by {newer}" if newer else ""
        said = Mark(StandingStatus.SUPERSEDED, f"Edition {edition.id} was superseded{by}.")
        marks.setdefault(StandingStatus.SUPERSEDED, said)
    gravest_first = tuple(marks[status] for status in _GRAVEST_FIRST if status in marks)
    return Standing(gravest_first, newer, state, tuple(notices))
