"""Why a star differs between two editions, in a sentence that a person understands (METHOD §5)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from leaderboard.domain import Bands, Rating, Reference

_NUMBERS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_MOST_DIGITS = 9


class Mover(StrEnum):
    """What moved a star."""

    BANDS = "bands"
    ENERGY = "energy"
    BOTH = "both"
    RULE = "rule"


@dataclass(frozen=True)
class Edge:
    """The highest energy with `stars` stars or more, in both editions; Wh per 1,000 queries."""

    stars: int
    before: float
    after: float

    @property
    def moved(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class References:
    """How the reference models of a cell differ."""

    added: tuple[Reference, ...] = ()
    left: tuple[Reference, ...] = ()
    anew: tuple[Reference, ...] = ()
    """Those that stayed with another energy, as they are now."""

    @classmethod
    def between(cls, before: Bands | None, after: Bands | None) -> Self:
        """What changed from one cell's bands to the other's; a missing cell has no reference models."""
        old = {one.model: one for one in before.references} if before else {}
        new = {one.model: one for one in after.references} if after else {}
        return cls(
            added=tuple(one for model, one in new.items() if model not in old),
            left=tuple(one for model, one in old.items() if model not in new),
            anew=tuple(one for model, one in new.items() if model in old and old[model].energy != one.energy),
        )

    def __bool__(self) -> bool:
        return bool(self.added or self.left or self.anew)


def other_weights(old: Rating, new: Rating) -> str:
    """For a row whose weights differ, or are not known to be the same."""
    then, now = (row.revision[:7] if row.revision else "an unknown revision" for row in (old, new))
    return f"These are other weights ({then}, now {now}): the two ratings say nothing about each other."


def without_stars(old: Rating, new: Rating, after: str) -> str:
    """For a row that lacks stars in at least one of the editions."""
    if old.stars is None and new.stars is None:
        return f"It has no stars in either: {new.not_rated}."
    if old.stars is None:
        return f"It had no stars ({old.not_rated}); in {after} its cell has bands of {new.cell_size} models."
    return f"It has no stars in {after}: {new.not_rated}."


def same_stars(old: Rating, new: Rating, anew: bool) -> str:
    """For a row whose stars are the same."""
    if not anew:
        return "Its energy is the same."
    return f"It was measured anew: {_instead(old, new)}."


def without_bands(old: Rating, new: Rating, anew: bool) -> str:
    """For a row whose stars moved while nobody knows the bands of one of the editions."""
    return f"{same_stars(old, new, anew)} The bands of its cell are not kept in both editions."


def moved(
    old: Rating, new: Rating, *, anew: bool, by: Mover, edges: tuple[Edge, ...], references: References
) -> str:
    """For a row whose stars moved: its own energy, the edges it met, and what moved those."""
    own = f"It was measured anew: {_instead(old, new)}" if anew else "Its energy is the same"
    if by is Mover.RULE:
        return f"{own}; the newer edition rates by another rule ({old.rule.value}, now {new.rule.value})."
    told = "; ".join(_edge(edge) for edge in edges)
    if by is Mover.ENERGY:
        return f"{own}. That alone moved it: {told}."
    fell = any(edge.after < edge.before for edge in edges)
    because = _because(references, old.energy_wh_per_1000, fell)
    sentence = f"{own}; {told}{because}."
    if by is Mover.BOTH:
        sentence += " Its energy and the edges moved it together."
    elif anew:
        sentence += " The edges alone moved it."
    return sentence


def number(count: int) -> str:
    """A count as it stands in a sentence: in words up to twelve."""
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"


def _instead(old: Rating, new: Rating) -> str:
    if old.energy_wh_per_1000 == new.energy_wh_per_1000:
        return f"{_apart(new.energy_wh_per_1000)[0]} Wh as before"
    now, then = _apart(new.energy_wh_per_1000, old.energy_wh_per_1000)
    percent = 100 * (new.energy_wh_per_1000 / old.energy_wh_per_1000 - 1)
    return f"{now} Wh instead of {then} Wh ({percent:+.1f} %)"


def _edge(edge: Edge) -> str:
    if not edge.moved:
        return f"the {edge.stars}-star edge stayed at {_apart(edge.after)[0]} Wh"
    then, now = _apart(edge.before, edge.after)
    return (
        f"the {edge.stars}-star edge {'fell' if edge.after < edge.before else 'rose'} from {then} to {now} Wh"
    )


def _because(references: References, energy: float, fell: bool) -> str:
    """What moved the edges; empty where the reference models are the same."""
    told = []
    if references.added:
        count = len(references.added)
        side = sum((one.energy < energy) if fell else (one.energy > energy) for one in references.added)
        told.append(
            f"{number(count)} {'model was' if count == 1 else 'models were'} added to its reference models "
            f"({number(side)} of them {'more' if fell else 'less'} frugal than it)"
        )
    if references.left:
        told.append(f"{_were(references.left)} taken out of its reference models")
    if references.anew:
        told.append(f"{_were(references.anew)} measured anew among them")
    return f", since {' and '.join(told)}" if told else ""


def _were(counted: tuple[Reference, ...]) -> str:
    return f"{number(len(counted))} {'was' if len(counted) == 1 else 'were'}"


def _apart(*values: float) -> tuple[str, ...]:
    """Figures to three significant digits, or to as many as tell them apart."""
    told: tuple[str, ...] = ()
    for digits in range(3, _MOST_DIGITS):
        told = tuple(_significant(value, digits) for value in values)
        if len(set(told)) == len(set(values)):
            break
    return told


def _significant(value: float, digits: int) -> str:
    places = digits - 1 - math.floor(math.log10(value))
    return f"{round(value, places):,.{max(places, 0)}f}"
