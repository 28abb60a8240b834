"""How a rating stands today: what notices and its edition say about it (METHOD §5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from leaderboard.domain import Edition, EditionStatus, Notice

Kind = Literal["withdrawn", "disputed", "superseded"]
_GRAVEST_FIRST: tuple[Kind, ...] = ("withdrawn", "disputed", "superseded")


@dataclass(frozen=True)
class Mark:
    """One word about a rating, with its reason and the day it was said, where that is known."""

    kind: Kind
    reason: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """Every mark, gravest first; none: the rating stands."""

    marks: tuple[Mark, ...] = ()

    def mark(self, kind: Kind) -> Mark | None:
        """The newest mark of a kind."""
        return next((mark for mark in self.marks if mark.kind == kind), None)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Which kinds there are, each once, gravest first."""
        return tuple(kind for kind in _GRAVEST_FIRST if self.mark(kind) is not None)


STANDS = Standing()
"""Nothing was said against it."""


def standing_of(edition: Edition, notices: Iterable[Notice]) -> Standing:
    """What an edition's status and the notices on a rating and on its edition (oldest first) add up to."""
    marks = [Mark(notice.kind, notice.reason, notice.at) for notice in notices][::-1]
    if edition.status is EditionStatus.SUPERSEDED and all(mark.kind != "superseded" for mark in marks):
        marks.append(Mark("superseded", "A newer edition has taken the place of this one."))
    return Standing(tuple(sorted(marks, key=lambda mark: _GRAVEST_FIRST.index(mark.kind))))
