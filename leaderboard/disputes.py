"""Who doubts a rating, why, and which submission measures it again.

A dispute is an act in the record, with a notice beside the rating for everybody to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leaderboard.domain import Act
from leaderboard.record import Record

DISPUTE = "dispute"
"""The act's name."""


@dataclass(frozen=True)
class Dispute:
    """One person's doubt about one rating."""

    rating_id: str
    """The rating that was disputed."""
    ratings: tuple[str, ...]
    """It and every other row of the same run: the notice stands on all of them."""
    person: str
    """Subject id of who doubts it; for comparing, never shown."""
    person_name: str
    reason: str
    at: datetime
    retest: str
    """The submission that measures it again; empty: only an operator can answer, as nobody else has the
    model."""


def act_of(dispute: Dispute) -> Act:
    """As the record keeps it."""
    return Act(
        at=dispute.at,
        actor=dispute.person,
        actor_name=dispute.person_name,
        act=DISPUTE,
        subject=dispute.rating_id,
        reason=dispute.reason,
        detail={"ratings": list(dispute.ratings), "retest": dispute.retest},
    )


def disputes_on(record: Record, rating_id: str) -> list[Dispute]:
    """The disputes about a rating, newest first."""
    return [
        Dispute(
            rating_id=act.subject,
            ratings=tuple(act.detail["ratings"]),
            person=act.actor,
            person_name=act.actor_name,
            reason=act.reason,
            at=act.at,
            retest=act.detail["retest"],
        )
        for act in record.acts(rating_id)
        if act.act == DISPUTE
    ]
