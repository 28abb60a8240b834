"""Where a row stands among the models that its stars compare with: positions on one line, logarithmic."""

from __future__ import annotations

import math
from dataclasses import dataclass

from leaderboard.domain import Bands, Rating

_INSET = 3.0
"""Percent of the line left free at either end, so that marks there are whole."""
_LEAST_WIDTH = 4.0
"""Percent below which a zone has no room for its number."""


@dataclass(frozen=True)
class Zone:
    """The energies of one number of stars."""

    stars: int
    left: float
    """Percent of the line."""
    width: float

    @property
    def told(self) -> bool:
        """Whether there is room for its number."""
        return self.width >= _LEAST_WIDTH


@dataclass(frozen=True)
class Strip:
    """One line from the least to the most energy of a cell."""

    low_wh: float
    high_wh: float
    zones: tuple[Zone, ...]
    """Most stars first: from left to right."""
    others: tuple[float, ...]
    """Reference models, percent of the line."""
    here: float
    """The row itself."""


def strip(row: Rating, bands: Bands | None) -> Strip | None:
    """The line of a row's cell; None where the cell is not rated, or all its energies are one."""
    if bands is None or row.stars is None:
        return None
    energies = [reference.energy for reference in bands.references]
    low, high = min(*energies, row.energy_wh_per_1000), max(*energies, row.energy_wh_per_1000)
    if low >= high:
        return None

    def at(energy: float) -> float:
        share = math.log(energy / low) / math.log(high / low)
        return round(_INSET + (100 - 2 * _INSET) * min(1.0, max(0.0, share)), 1)

    others = tuple(at(one.energy) for one in bands.references if one.model != row.model)
    given = [star for star in (5, 4, 3, 2) if star not in bands.not_given]
    ends = [at(bands.edge(star)) if bands.edge(star) > low else 0.0 for star in given]
    lefts, rights = [0.0, *ends], [*ends, 100.0]
    zones = tuple(
        Zone(star, left, round(right - left, 1))
        for star, left, right in zip([*given, 1], lefts, rights, strict=True)
        if right > left
    )
    return Strip(low, high, zones, others, at(row.energy_wh_per_1000))
