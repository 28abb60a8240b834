"""From the energies of a cell's reference models to its frozen bands (METHOD §5)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from leaderboard.domain import MIN_REFERENCES, Bands, Reference, Rule

TOO_CLOSE = 1.10
"""Of two neighbouring edges closer than this factor the higher one is dropped."""


def make_bands(rule: Rule, references: Sequence[Reference]) -> Bands | None:
    """Bands of one cell. The order of the references makes no difference.

    `quintile`: for q in 0.2, 0.4, 0.6, 0.8 an edge between rank round(n·q) and the next, at their
    geometric mean; then, from the frugal end, the higher of two edges closer than 1.10× is dropped.
    `range`: the least and the greatest energy.

    Returns:
        None for `quintile` with fewer than ten reference models, and for `range` with none.
    """
    ordered = tuple(
        reference if reference.rank == rank else reference.model_copy(update={"rank": rank})
        for rank, reference in enumerate(sorted(references, key=_by_energy), start=1)
    )
    energies = [reference.energy for reference in ordered]
    if rule is Rule.RANGE:
        if not ordered:
            return None
        return Bands(rule=rule, low=energies[0], high=energies[-1], references=ordered)
    if len(ordered) < MIN_REFERENCES:
        return None
    edges = []
    for fifth, star in ((1, 5), (2, 4), (3, 3), (4, 2)):
        rank = _rank(len(energies), fifth)
        edges.append((_between(energies[rank - 1], energies[rank]), star))
    return Bands(rule=rule, edges=tuple(_apart(edges)), references=ordered)


def _by_energy(reference: Reference) -> tuple[float, str]:
    return reference.energy, reference.model


def _rank(n: int, fifth: int) -> int:
    """round(n · fifth/5) in whole numbers. Halves do not occur: a fifth ends in .0, .2, .4, .6 or .8."""
    return (2 * n * fifth + 5) // 10


def _between(low: float, high: float) -> float:
    """The geometric mean of two positive numbers, strictly between them where a float lies there.

    Mantissas and exponents apart: the product can neither overflow nor underflow, and energies in another
    unit that differs by a power of two give the same edge in that unit, to the last bit. Where the two are
    equal, or neighbours among the floats, it is the lower one: what stands on an edge takes the better
    star, and what is above it the lesser, so both keep their order.
    """
    if low == high:
        return low
    (low_part, low_exponent), (high_part, high_exponent) = math.frexp(low), math.frexp(high)
    odd = (low_exponent + high_exponent) % 2
    root = math.sqrt(math.ldexp(low_part * high_part, odd))
    mean = math.ldexp(root, (low_exponent + high_exponent - odd) // 2)
    return mean if low < mean < high else low


def _apart(edges: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    """From the frugal end, the edges that are at least 1.10× above the last one kept."""
    kept = [edges[0]]
    for edge in edges[1:]:
        # A quotient, because it is the same in every unit that differs by a power of two.
        if edge[0] / kept[-1][0] >= TOO_CLOSE:
            kept.append(edge)
    return kept
