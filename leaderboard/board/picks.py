"""Which model to take: the answer above the table, one for each size class of the view."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from leaderboard.board.opening import Opening
from leaderboard.board.view import ViewState
from leaderboard.domain import Rating
from leaderboard.record import Record

# Rows without stars may stand before the first rated one; further down nobody would look for a pick.
_LOOK_AT = 20


@dataclass(frozen=True)
class Pick:
    """The most frugal rated model of a class."""

    rating: Rating
    saving: float | None
    """How many times less energy than the median of its cell's reference models; None: not worth a word."""


def picks(record: Record, opening: Opening) -> list[Pick]:
    """One pick a class, smallest first; empty where nothing is rated."""
    classes = [choice.id for choice in opening.classes if choice.id and choice.count] or [None]
    found = []
    for letter in classes:
        if opening.view.model_class not in (None, letter):
            continue
        view = opening.view.model_copy(
            update={"model_class": letter, "sort": "energy", "order": "asc", "after": None}
        )
        rows = record.ratings(_without_own_filters(view).rating_query(limit=_LOOK_AT)).items
        best = next((row for row in rows if row.stars is not None), None)
        if best is not None:
            found.append(Pick(best, _saving(record, best)))
    return found


def _without_own_filters(view: ViewState) -> ViewState:
    cleared = dict.fromkeys(("q", "params_min", "params_max", "licence", "precision", "provenance"))
    return view.model_copy(update=cleared)


def _saving(record: Record, rating: Rating) -> float | None:
    bands = record.bands(rating.cell)
    if bands is None:
        return None
    times = median(reference.energy for reference in bands.references) / rating.energy_wh_per_1000
    return times if times >= 1.5 else None
