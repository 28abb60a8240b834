"""What reasoning costs: a model's row without it beside its row with it, and how many times the energy.

Rows belong together where edition, hardware, protocol, model, commit and precision are the same, and the
task too; or where the edition's source sets two tasks beside each other (`Edition.reasoning_beside`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from leaderboard.domain import Rating


@dataclass(frozen=True)
class Counterpart:
    """The other side of a row."""

    row: Rating
    """The same model with reasoning, where the row is without it; and the other way round."""
    times: float
    """Energy with reasoning over energy without it; below one where reasoning took less."""
    several: bool = False
    """Whether there are more ways of reasoning, which all take more than this one."""


def counterpart(
    row: Rating, others: Iterable[Rating], beside: Mapping[str, str] | None = None
) -> Counterpart | None:
    """A row's other side; of several ways to reason the one that takes least.

    Args:
        row: any row.
        others: the model's rows; those of other places and configurations are passed over.
        beside: task without reasoning → task whose rows with reasoning the source sets beside it.
    """
    beside = beside or {}
    found = [other for other in others if other.id != row.id and _belongs(row, other, beside)]
    if not found:
        return None
    other = min(found, key=lambda one: (one.energy_wh_per_1000, one.id))
    off, on = (row, other) if row.reasoning == "off" else (other, row)
    times = on.energy_wh_per_1000 / off.energy_wh_per_1000
    return Counterpart(other, times, several=row.reasoning == "off" and len(found) > 1)


def _belongs(row: Rating, other: Rating, beside: Mapping[str, str]) -> bool:
    if (row.reasoning == "off") == (other.reasoning == "off") or _place(row) != _place(other):
        return False
    off, on = (row, other) if row.reasoning == "off" else (other, row)
    return on.task in (off.task, beside.get(off.task)) and row.best and other.best


def _place(row: Rating) -> tuple[str | None, ...]:
    return (row.edition, row.hardware, row.protocol, row.model, row.revision, row.precision)
