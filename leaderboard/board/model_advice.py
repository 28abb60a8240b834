"""Where a model's rows stand, what takes less, and what one star more takes: for its page and its twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from leaderboard import catalogue
from leaderboard.alternatives import PLACE, Alternatives, alternatives
from leaderboard.domain import Bands, Rating
from leaderboard.next_star import NextStar, next_star, stem
from leaderboard.record import RatingQuery, Record
from leaderboard.standing import StandingStatus, standings

MOST_ADVISED = 12
"""Rows of a model that are looked at this closely, the newest editions first."""
_LOOK_AT = 300
"""Models of a place among which alternatives are looked for, those with the least energy."""


@dataclass(frozen=True)
class Advice:
    """One rated row beside its cell."""

    rating: Rating
    bands: Bands | None
    alternatives: Alternatives
    whole: bool
    """Whether every model of the place with less energy was looked at."""
    next_star: NextStar | None

    @property
    def less(self) -> int | None:
        """How many of the cell's reference models take less; None: the cell is not rated."""
        if self.bands is None:
            return None
        mine = self.rating.energy_wh_per_1000
        return sum(one.energy < mine and one.model != self.rating.model for one in self.bands.references)

    @property
    def median_wh(self) -> float | None:
        """The median energy of the cell's reference models, Wh per 1,000 queries."""
        return None if self.bands is None else median(one.energy for one in self.bands.references)

    @property
    def withheld(self) -> tuple[int, ...]:
        """Better stars that its cell gives nobody."""
        given = self.bands.not_given if self.bands else ()
        return tuple(star for star in given if self.rating.stars is not None and star > self.rating.stars)


def advice(record: Record, rows: Sequence[Rating]) -> list[Advice]:
    """Advice on a model's rated rows, in their order.

    The record is asked for each place once, and for the family once.

    Args:
        rows: every row of one model, rated ones first.
    """
    advised = [row for row in rows if row.best][:MOST_ADVISED]
    alike = _alike(record, advised)
    found = []
    for row in advised:
        others, whole = _frugal(record, row)
        bands = record.bands(row.cell)
        written = catalogue.tasks().get(row.task)
        found.append(
            Advice(
                row,
                bands,
                alternatives(row, others, written.quality if written else None),
                whole,
                next_star(row, bands, rows, alike),
            )
        )
    return _standing_only(record, found)


def _frugal(record: Record, row: Rating) -> tuple[Sequence[Rating], bool]:
    """Rows of the place with less energy than this one, and whether these are all."""
    place = {name: getattr(row, name) for name in PLACE}
    page = record.ratings(RatingQuery(**place, limit=_LOOK_AT))
    less = [other for other in page.items if other.energy_wh_per_1000 < row.energy_wh_per_1000]
    return less, page.next is None or len(less) < len(page.items)


def _alike(record: Record, rows: Sequence[Rating]) -> list[Rating]:
    """Rows of models of the same organisation whose names begin alike, in the same editions."""
    if not rows or "/" not in rows[0].model:
        return []
    model = rows[0].model
    found = record.rows_beginning(stem(model), editions={row.edition for row in rows})
    return [row for row in found if row.model != model]


def _standing_only(record: Record, found: Sequence[Advice]) -> list[Advice]:
    """Without rows that should not be relied on any more."""
    named = {
        row.id: row
        for one in found
        for row in (
            *(other.rating for other in (*one.alternatives.as_good, *one.alternatives.unknown)),
            *(one.next_star.siblings if one.next_star else ()),
            *(one.next_star.configurations if one.next_star else ()),
        )
    }
    stand = standings(record, list(named.values()))
    gone = {id for id, one in stand.items() if one.status is StandingStatus.WITHDRAWN}
    return [_without(one, gone) for one in found] if gone else list(found)


def _without(one: Advice, gone: set[str]) -> Advice:
    kept = one.alternatives
    less = Alternatives(
        kept.rating,
        tuple(other for other in kept.as_good if other.rating.id not in gone),
        tuple(other for other in kept.unknown if other.rating.id not in gone),
        kept.worse,
    )
    star = one.next_star
    if star is not None:
        star = NextStar(
            star.rating,
            star.star,
            star.edge_wh,
            star.less_wh,
            tuple(row for row in star.configurations if row.id not in gone),
            tuple(row for row in star.siblings if row.id not in gone),
        )
    return Advice(one.rating, one.bands, less, one.whole, star)
