"""Which model to take: the answer above the table, one for each size class of the view."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from leaderboard.board.opening import Opening
from leaderboard.board.view import ViewState
from leaderboard.domain import Bands, Rating
from leaderboard.record import Record
from leaderboard.standing import StandingStatus, standings

# Rows without stars may stand before the first rated one; further down nobody would look for a pick.
_LOOK_AT = 20


@dataclass(frozen=True)
class Pick:
    """The most frugal rated model of a class."""

    rating: Rating
    saving: float | None
    """How many times less energy than the median of its cell's reference models; None: not worth a word."""
    not_given: tuple[int, ...]
    """Stars that no model of the cell can get, because their edges were too close (METHOD §5)."""


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
        rows = record.ratings(_without_own_filters(view).rating_query(limit=_LOOK_AT)).items
        stand = standings(record, rows)
        withdrawn = {id for id, one in stand.items() if one.status is StandingStatus.WITHDRAWN}
        best = next((row for row in rows if row.stars is not None and row.id not in withdrawn), None)
        if best is not None:
            bands = record.bands(best.cell)
            found.append(Pick(best, _saving(bands, best), bands.not_given if bands else ()))
    return found


def _without_own_filters(view: ViewState) -> ViewState:
    own = ("q", "params_min", "params_max", "licence", "precision", "library", "openness", "provenance")
    cleared = dict.fromkeys(own)
    return view.model_copy(update=cleared)


def _saving(bands: Bands | None, rating: Rating) -> float | None:
    if bands is None:
        return None
    times = median(reference.energy for reference in bands.references) / rating.energy_wh_per_1000
    return times if times >= 1.5 else None
