"""Models that a reader names: their row of a place, or what to tell where they have none."""

from __future__ import annotations

from dataclasses import dataclass

from leaderboard import catalogue
from leaderboard.board.places import Pairs, Place
from leaderboard.domain import Rating
from leaderboard.record import RatingQuery, Record


@dataclass(frozen=True)
class Missing:
    """A model that was named and has nothing to show here."""

    name: str
    known: bool
    """Whether it has figures elsewhere."""
    suggestions: tuple[str, ...] = ()
    """Models of this place whose name has it as a part."""
    elsewhere: tuple[tuple[str, Pairs], ...] = ()
    """Where it has figures: words, and the place's parameters."""


_SUGGESTIONS, _ELSEWHERE = 5, 4


def row_here(record: Record, place: Place, name: str) -> Rating | None:
    """A model's row of a place: the way of reasoning that was asked for, else off, else any; frugal first."""
    view = place.view
    here = {part: getattr(view, part) for part in ("edition", "task", "hardware", "protocol")}
    # A place without any rows leaves parts of itself open: nobody stands there.
    rows = record.ratings_of(name, best=True, **here) if all(here.values()) else []
    wanted = view.reasoning if view.reasoning not in (None, "any") else "off"
    rows.sort(key=lambda row: (row.reasoning != wanted, row.energy_wh_per_1000))
    return rows[0] if rows else None


def missing(record: Record, place: Place, name: str) -> Missing:
    """What to tell about a model that has no row in a place."""
    elsewhere: dict[str, Pairs] = {}
    for row in record.ratings_of(name, best=True):
        words = ", ".join(
            (
                catalogue.title_of("task", row.task, row.edition),
                catalogue.title_of("hardware", row.hardware, row.edition),
                row.edition,
            )
        )
        elsewhere[words] = [
            ("task", row.task),
            ("hardware", row.hardware),
            ("edition", row.edition),
            ("protocol", row.protocol),
        ]
    view = place.view
    here = RatingQuery(
        task=view.task, hardware=view.hardware, edition=view.edition, protocol=view.protocol, q=name, limit=50
    )
    alike = dict.fromkeys(row.model for row in record.ratings(here).items if row.model != name)
    return Missing(name, bool(elsewhere), tuple(alike)[:_SUGGESTIONS], tuple(elsewhere.items())[:_ELSEWHERE])


def offered(record: Record, place: Place, limit: int = 200) -> list[str]:
    """Names of the place's most frugal models, for a field to offer."""
    view = place.view.changed(model_class=None, sort="energy", order="asc")
    return list(dict.fromkeys(row.model for row in record.ratings(view.rating_query(limit=limit)).items))
