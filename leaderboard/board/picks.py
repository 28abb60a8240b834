"""Which model takes least: the answer above the table, one for each size class of the view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from leaderboard.board.heads import quality_order
from leaderboard.board.opening import Opening
from leaderboard.board.view import ViewState
from leaderboard.domain import Bands, Rating
from leaderboard.record import Record
from leaderboard.standing import StandingStatus, standings

_LOOK_AT = 200
"""Rows of a class, those with the least energy: among them are the pick and the qualities it is held to."""


@dataclass(frozen=True)
class Pick:
    """The most frugal rated model of a class, of those that are at least as good as its median."""

    rating: Rating
    saving: float | None
    """How many times less energy than the median of its cell's reference models; None: not worth a word."""
    not_given: tuple[int, ...]
    """Stars that no model of the cell can get, because their edges were too close (METHOD §5)."""
    quality_known: bool = False
    """Whether any model of the class tells its quality; if not, the pick has least energy and no more."""


def picks(record: Record, opening: Opening) -> list[Pick]:
    """One pick a class, smallest first; empty where nothing is rated."""
    present = [choice.id for choice in opening.classes if choice.id and choice.count]
    classes: list[str | None] = [*present] if present else [None]
    found = []
    for letter in classes:
        if opening.view.model_class not in (None, letter):
            continue
        view = opening.view.model_copy(
            update={"model_class": letter, "sort": "energy", "order": "asc", "after": None}
        )
        rows = record.ratings(without_own_filters(view).rating_query(limit=_LOOK_AT)).items
        stand = standings(record, rows)
        withdrawn = {id for id, one in stand.items() if one.status is StandingStatus.WITHDRAWN}
        known = [row for row in rows if row.id not in withdrawn and not opening.edition.faults_of(row)]
        best = next((row for row in good_enough(known, view.task) if row.stars is not None), None)
        if best is not None:
            bands = record.bands(best.cell)
            not_given = bands.not_given if bands else ()
            found.append(Pick(best, _saving(bands, best), not_given, best.quality is not None))
    return found


def good_enough(rows: Sequence[Rating], task: str | None) -> list[Rating]:
    """The rows that are at least as good as the median of those whose quality is known; all where none is."""
    known = [row.quality for row in rows if row.quality is not None]
    if not known:
        return list(rows)
    middle = median(known)
    less_is_better = quality_order(task) == "asc"
    return [
        row
        for row in rows
        if row.quality is not None and (row.quality <= middle if less_is_better else row.quality >= middle)
    ]


def without_own_filters(view: ViewState) -> ViewState:
    """The whole of what stars compare in: without the reader's search and filters."""
    own = ("q", "params_min", "params_max", "licence", "precision", "library", "openness", "provenance")
    cleared = dict.fromkeys(own)
    return view.model_copy(update=cleared)


def _saving(bands: Bands | None, rating: Rating) -> float | None:
    if bands is None:
        return None
    times = median(reference.energy for reference in bands.references) / rating.energy_wh_per_1000
    return times if times >= 1.5 else None
