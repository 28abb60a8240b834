"""Proposals to let a newer edition take over, and what an operator decided (METHOD §5)."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from leaderboard.domain.ratings import rating_id
from leaderboard.domain.units import Positive
from leaderboard.domain.words import Instant, KebabId, Word


class Cause(StrEnum):
    """Why an edition has had its time: it is half a year old, or too many newcomers get five stars."""

    HALF_YEAR = "half-year"
    FIVE_STARS = "five-stars"


class Proposal(Word):
    """A proposal to supersede an edition. It is never changed; a cause that grew is another proposal."""

    id: str = Field(pattern=r"^[0-9a-z]{10}$")
    edition: KebabId
    """The edition that should be superseded."""
    cause: Cause
    cell: str = ""
    """Key, without the edition, of the cell that gives cause; empty where the edition as a whole does."""
    extent: Positive
    """How far the cause has grown: half years that have passed, or newcomers with five stars."""
    reason: str
    """The cause in words, with its figures."""
    at: Instant

    @staticmethod
    def id_of(edition: str, cause: Cause, cell: str, extent: int) -> str:
        """The same cause of the same extent has the same id, so that it is proposed once."""
        return rating_id("proposal", edition, cause.value, cell, str(extent))


class Decision(Word):
    """What an operator made of a proposal; there is one for each, and it stands."""

    proposal: str
    """Its id."""
    verdict: Literal["confirmed", "declined"]
    reason: str
    author: str
    at: Instant
