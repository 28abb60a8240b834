"""The ladder of a sweep: which batch sizes in which precisions (METHOD §2)."""

from __future__ import annotations

from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from leaderboard.domain.hardware import Precision
from leaderboard.domain.units import Positive
from leaderboard.domain.words import Word


class Ladder(Word):
    """Every batch in every precision, smallest batch first: a part of the plan of a sweep."""

    batches: tuple[Positive, ...] = Field(min_length=1)
    """Queries answered together, rising."""
    precisions: tuple[Precision, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if any(after <= before for before, after in pairwise(self.batches)):
            raise ValueError("the batches of a ladder rise")
        if len(set(self.precisions)) < len(self.precisions):
            raise ValueError("a precision stands twice in the ladder")
        return self

    @property
    def rungs(self) -> list[tuple[Precision, int]]:
        return [(precision, batch) for precision in self.precisions for batch in self.batches]

    @staticmethod
    def of_one(precision: Precision, batch: int) -> Ladder:
        """A ladder of one rung."""
        return Ladder(batches=(batch,), precisions=(precision,))
