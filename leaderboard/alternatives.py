"""What does the same job with less energy: other models of one place, told apart by what is known of them.

Arithmetic over rows of one edition, task, hardware class, protocol and way of reasoning.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from leaderboard.domain import Quality, Rating
from leaderboard.right_size import below_floor

PLACE = ("edition", "task", "hardware", "protocol", "reasoning")
"""What has to be the same before one model can stand in for another."""


@dataclass(frozen=True)
class Alternative:
    """Another model's row that takes less."""

    rating: Rating
    times: float
    """The energy of the row it would stand in for over its own; above one."""
    sure: bool | None
    """Whether the difference is larger than both comparison intervals; None: one of them has none."""


@dataclass(frozen=True)
class Alternatives:
    """Models with less energy for the same job, least energy first."""

    rating: Rating
    """The row they are alternatives to."""
    as_good: tuple[Alternative, ...]
    """Known to be of equal or better quality."""
    unknown: tuple[Alternative, ...]
    """Whether they are as good is not known, since a quality is missing. The row's own size class first."""
    worse: int
    """Models that take less and are known to be worse: counted and never offered."""

    @property
    def first(self) -> Alternative | None:
        """What is offered: the most frugal model of equal or better quality; None where none is known."""
        return self.as_good[0] if self.as_good else None

    @property
    def none(self) -> bool:
        """Whether no model takes less."""
        return not (self.as_good or self.unknown or self.worse)


def alternatives(row: Rating, others: Iterable[Rating], quality: Quality | None) -> Alternatives:
    """Models that may stand in for a row.

    Args:
        others: rows of anywhere; those of another place, of the same model, or with as much energy are
            passed over.
        quality: how the task's quality is read; None: the task is not ours, and nothing is known as good.
    """
    least: dict[str, Rating] = {}
    for other in sorted(others, key=lambda one: (one.energy_wh_per_1000, one.id)):
        if _stands_in(row, other):
            least.setdefault(other.model, other)
    as_good, unknown, worse = [], [], 0
    for other in least.values():
        verdict = _as_good(row, other, quality)
        if verdict is None:
            unknown.append(_alternative(row, other))
        elif verdict:
            as_good.append(_alternative(row, other))
        else:
            worse += 1
    unknown.sort(key=lambda one: one.rating.model_class != row.model_class)
    return Alternatives(row, tuple(as_good), tuple(unknown), worse)


def distinguishable(one: Rating, other: Rating) -> bool | None:
    """Whether two energies differ by more than their comparison intervals; None: one has no interval."""
    if one.energy_low is None or one.energy_high is None:
        return None
    if other.energy_low is None or other.energy_high is None:
        return None
    return one.energy_high < other.energy_low or other.energy_high < one.energy_low


def _stands_in(row: Rating, other: Rating) -> bool:
    return (
        other.best
        and other.model != row.model
        and other.energy_wh_per_1000 < row.energy_wh_per_1000
        and all(getattr(other, name) == getattr(row, name) for name in PLACE)
    )


def _as_good(row: Rating, other: Rating, quality: Quality | None) -> bool | None:
    """Whether the other is of equal or better quality; None: not known."""
    if quality is None or row.quality is None or other.quality is None:
        return None
    if not row.quality_metric == other.quality_metric == quality.metric:
        return None
    if below_floor(other, quality):
        return False
    higher = quality.direction == "higher"
    return other.quality >= row.quality if higher else other.quality <= row.quality


def _alternative(row: Rating, other: Rating) -> Alternative:
    times = row.energy_wh_per_1000 / other.energy_wh_per_1000
    return Alternative(other, times, distinguishable(row, other))
