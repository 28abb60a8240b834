"""A score, and why there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from leaderboard.domain import MeasurementFailed


class NotScorable(MeasurementFailed):
    """No quality figure can be given for these outputs; the message is one sentence that says why."""

    code = "not_scorable"


@dataclass(frozen=True, kw_only=True)
class Score:
    """How well a model did on a quality set. All its figures are finite.

    Raises:
        ValueError: a figure is not finite, a share lies outside 0 to 1, or no row was scored.
    """

    value: float
    """In the metric's own unit."""
    correct: float | None = None
    """Share of the rows answered correctly, 0 to 1; None where an answer is never simply right or wrong."""
    beside: Mapping[str, float] = field(default_factory=dict)
    """Further figures of the same outputs by name, in their own units; BLEU-4 runs from 0 to 100."""
    rows: int
    """Rows scored."""

    def __post_init__(self) -> None:
        if not all(math.isfinite(figure) for figure in (self.value, *self.beside.values())):
            raise ValueError("a score is a finite number")
        if self.correct is not None and not 0 <= self.correct <= 1:
            raise ValueError("a share lies between 0 and 1")
        if self.rows < 1:
            raise ValueError("a score is of at least one row")
