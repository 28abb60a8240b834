"""Where an energy lies between the least and the greatest of a set, on a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Scale:
    """From the least to the greatest energy of a set, Wh per 1,000 queries."""

    low: float
    high: float

    @classmethod
    def over(cls, energies: Iterable[float]) -> Self | None:
        """The scale of a set; None without any energies."""
        found = sorted(energies)
        return cls(found[0], found[-1]) if found else None

    def share(self, energy: float) -> float:
        """0 to 1: at an end if outside, in the middle of a scale of one figure."""
        if self.high <= self.low:
            return 0.5
        share = math.log(energy / self.low) / math.log(self.high / self.low)
        return min(1.0, max(0.0, share))
