"""A need answered from the record, for the page, the API and the assistant's tool alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leaderboard import catalogue
from leaderboard.board.api import items
from leaderboard.board.asked_need import AskedNeed
from leaderboard.board.opening import Opening, Openings
from leaderboard.domain import BadInput, Quality, Rating
from leaderboard.record import RatingQuery, Record
from leaderboard.right_size import Answer, Choice, Loosening, Need, right_size
from leaderboard.standing import Standing, StandingStatus, standings

MOST_ROWS = 5_000
"""Rows looked at, those with the least energy first: the right size is among them, the largest may not be."""
_PAGE = 1000


@dataclass(frozen=True)
class Sized:
    """A need, what filled it in, and the answer."""

    asked: AskedNeed
    need: Need
    opening: Opening
    quality: Quality | None
    answer: Answer
    standings: dict[str, Standing]
    withdrawn: int
    """Models without a row that still stands."""
    in_doubt: int
    """Models of which no row is left without those that a known fault of the source puts in doubt."""
    elsewhere: list[tuple[str, int]]
    """Where the edition has no row of the task: other public editions that do, with their numbers of rows."""
    whole: bool
    """Whether every row was looked at."""

    def loosened(self, loosening: Loosening) -> AskedNeed:
        """What would be asked instead."""
        return self.asked.without(*loosening.needs)


def answer_need(record: Record, openings: Openings, asked: AskedNeed) -> Sized:
    """Answer what was asked.

    Raises:
        BadInput: no task was named.
        UnknownName: a task, hardware class, edition or protocol that nobody knows.
    """
    if asked.task is None:
        known = ", ".join(catalogue.tasks())
        raise BadInput(
            "Which task? `task` is missing.", f"Name one: {known}, or one of an edition of its own."
        )
    opening = openings.open(asked.view)
    view = opening.view
    need = asked.need(view.hardware, view.protocol)
    written = catalogue.tasks().get(asked.task)
    quality = written.quality if written else None
    query = RatingQuery(
        task=asked.task, edition=opening.edition.id, hardware=view.hardware, configurations="all", limit=_PAGE
    )
    rows, whole = _rows(record, query)
    standing = standings(record, rows)
    stand = _standing_rows(rows, standing)
    sound = [row for row in stand if not opening.edition.doubts_figure(row)]
    answer = right_size(sound, need, quality, asked.load)
    elsewhere: list[tuple[str, int]] = []
    if not answer.choices:
        # Only now are other cards worth a question: they say what giving up the hardware would bring.
        rows, whole = _rows(record, query.model_copy(update={"hardware": None}))
        standing = standings(record, rows)
        stand = _standing_rows(rows, standing)
        sound = [row for row in stand if not opening.edition.doubts_figure(row)]
        answer = right_size(sound, need, quality, asked.load)
        if not rows:
            elsewhere = record.facets(RatingQuery(task=asked.task)).get("edition", [])
    gone = {row.model for row in rows} - {row.model for row in stand}
    in_doubt = {row.model for row in stand} - {row.model for row in sound}
    return Sized(asked, need, opening, quality, answer, standing, len(gone), len(in_doubt), elsewhere, whole)


def document(record: Record, sized: Sized, limit: int) -> dict[str, Any]:
    """The answer as the API tells it, with at most `limit` models."""
    answer, asked = sized.answer, sized.asked
    chosen = answer.choices[:limit]
    told = items(record, [choice.rating for choice in chosen])
    rows = [_item(choice, row) for choice, row in zip(chosen, told, strict=True)]
    edition = sized.opening.edition
    return {
        "need": {
            "task": asked.task,
            "edition": edition.id,
            **sized.need.model_dump(mode="json"),
            **asked.load.model_dump(mode="json"),
        },
        "edition": {"id": edition.id, "title": edition.title, "status": edition.status.value},
        "development": edition.development,
        "quality": None
        if sized.quality is None
        else {"metric": sized.quality.metric, "direction": sized.quality.direction},
        "best": rows[0] if rows else None,
        "total": len(answer.choices),
        "total_is_exact": sized.whole,
        "items": rows,
        "left_out": {
            "unknown_models": answer.unknown_models,
            "unknown": dict(answer.unknown),
            "below_floor": answer.below_floor,
            "withdrawn": sized.withdrawn,
            "in_doubt": sized.in_doubt,
        },
        "loosen": [
            {
                "needs": list(loosening.needs),
                "models": loosening.models,
                "nearest": loosening.nearest,
                "url": f"/api/v1{sized.loosened(loosening).href}",
            }
            for loosening in answer.loosen
        ],
        "other_editions": [{"edition": id, "rows": count} for id, count in sized.elsewhere],
        "url": asked.href,
    }


def _item(choice: Choice, told: dict[str, Any]) -> dict[str, Any]:
    return {
        **told,
        "weights_gb": choice.weights_gb,
        "unknown": list(choice.unknown),
        "times": choice.times,
        "kwh_per_year": choice.kwh_per_year,
        "more_kwh_per_year": choice.more_kwh_per_year,
        "cost_per_year": choice.cost_per_year,
        "more_per_year": choice.more_per_year,
    }


def _rows(record: Record, query: RatingQuery) -> tuple[list[Rating], bool]:
    rows: list[Rating] = []
    page = record.ratings(query)
    rows += page.items
    while page.next and len(rows) < MOST_ROWS:
        page = record.ratings(query.model_copy(update={"after": page.next}))
        rows += page.items
    return rows, page.next is None


def _standing_rows(rows: Sequence[Rating], standing: dict[str, Standing]) -> list[Rating]:
    """Without those that should not be relied on any more."""
    return [row for row in rows if standing[row.id].status is not StandingStatus.WITHDRAWN]
