"""When an edition has had its time (METHOD §5): half-yearly, or when its five stars have become common."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from leaderboard.domain import (
    Bands,
    Cause,
    Cell,
    Decision,
    Edition,
    EditionStatus,
    Proposal,
    Provenance,
    Rule,
)

NEWCOMERS = 20
"""So many models must have been added to a cell since its freeze before their stars say anything."""
FIVE_STAR_PERCENT = 35
"""This share of them with five stars says that the scale has aged."""
_MONTHS = 6


class RatedRow(Protocol):
    """What counts of a row; a `Rating` has it."""

    @property
    def id(self) -> str: ...
    @property
    def cell(self) -> Cell: ...
    @property
    def model(self) -> str: ...
    @property
    def best(self) -> bool: ...
    @property
    def provenance(self) -> Provenance: ...
    @property
    def stars(self) -> int | None: ...


@dataclass(frozen=True)
class Ground:
    """One ground to supersede an edition, as far as it has grown."""

    cause: Cause
    cell: str
    extent: int
    reason: str


def grounds(
    edition: Edition,
    bands: Mapping[Cell, Bands],
    rows: Iterable[RatedRow],
    at: datetime,
    left_out: Collection[str] = (),
) -> list[Ground]:
    """Every ground to supersede an edition; none for published figures, development and open editions.

    Args:
        rows: rows of the edition, all or those with stars; they are gone through once.
        left_out: ids of rows that do not count, because they were withdrawn.
    """
    if edition.reference or edition.development or edition.status is not EditionStatus.FROZEN:
        return []
    found = []
    halves = _half_years(_frozen_on(edition, bands), at.date())
    if halves:
        since = _frozen_on(edition, bands).isoformat()
        age = "half a year" if halves == 1 else f"{halves} half years"
        found.append(Ground(Cause.HALF_YEAR, "", halves, f"It was frozen on {since}: {age} ago."))
    newcomers = _newcomers(bands, (row for row in rows if row.id not in left_out))
    for cell, frozen in bands.items():
        new, five = len(newcomers[cell]), sum(stars == 5 for stars in newcomers[cell].values())
        if frozen.rule is Rule.QUINTILE and new >= NEWCOMERS and 100 * five >= FIVE_STAR_PERCENT * new:
            reason = f"{five} of the {new} models added to {cell.key_in_edition} since the freeze "
            reason += (
                f"hold five stars ({100 * five / new:.0f} %); {FIVE_STAR_PERCENT} % of {NEWCOMERS} is cause."
            )
            found.append(Ground(Cause.FIVE_STARS, cell.key_in_edition, five, reason))
    return found


def unproposed(
    edition_id: str, found: Sequence[Ground], proposals: Sequence[Proposal], decisions: Sequence[Decision]
) -> list[Ground]:
    """The grounds to be proposed: those that neither wait already nor were declined as large as they are."""
    decided = {decision.proposal for decision in decisions}
    fresh = []
    for ground in found:
        earlier = [
            proposal
            for proposal in proposals
            if (proposal.edition, proposal.cause, proposal.cell) == (edition_id, ground.cause, ground.cell)
        ]
        waits = any(proposal.id not in decided for proposal in earlier)
        if not waits and all(proposal.extent < ground.extent for proposal in earlier):
            fresh.append(ground)
    return fresh


def _frozen_on(edition: Edition, bands: Mapping[Cell, Bands]) -> date:
    """The day of the first freeze; bands of before it was kept have the edition's."""
    days = [frozen.frozen_at.date() for frozen in bands.values() if frozen.frozen_at is not None]
    return min(days, default=edition.dated)


def _half_years(since: date, until: date) -> int:
    """Whole half years between two days: it is one on the same day of the month, six months on."""
    months = 12 * (until.year - since.year) + until.month - since.month - (until.day < since.day)
    return max(months // _MONTHS, 0)


def _newcomers(bands: Mapping[Cell, Bands], rows: Iterable[RatedRow]) -> dict[Cell, dict[str, int]]:
    """For each cell, models that came into it after its freeze, with their stars.

    A model counts once, by its best row with the most stars.
    """
    there = {
        cell: {reference.model for reference in frozen.references} | set(frozen.beside)
        for cell, frozen in bands.items()
    }
    most: dict[Cell, dict[str, int]] = {cell: {} for cell in bands}
    for row in rows:
        counts = row.best and row.provenance is not Provenance.ATTESTED and row.stars is not None
        if counts and row.cell in most and row.model not in there[row.cell]:
            found = most[row.cell]
            found[row.model] = max(row.stars or 0, found.get(row.model, 0))
    return most
