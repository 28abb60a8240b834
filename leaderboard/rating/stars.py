"""From an energy and frozen bands to stars: 5 is the most frugal, 1 the least (METHOD §5)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leaderboard.domain import BadInput, Bands, Rule


def stars(energies: ArrayLike, bands: Bands) -> NDArray[np.int64]:
    """Stars, 1 to 5, of energies below, inside or above the bands; same shape, equal energies alike.

    `quintile`: the star of the first edge at or above the energy; above the last edge 1.
    `range`: 5 − min(4, max(0, ⌊5·(E − min) ÷ (max − min)⌋)); where max = min, 5 if E ≤ max, else 1.

    Args:
        energies: in the unit of the bands.

    Raises:
        BadInput: an energy is not above zero and finite. A missing figure has no stars.
    """
    values = np.asarray(energies, dtype=np.float64)
    if not (np.isfinite(values) & (values > 0)).all():
        raise BadInput("An energy to be rated is missing, zero, negative or not finite.", "Leave it unrated.")
    if bands.rule is Rule.RANGE:
        assert bands.low is not None and bands.high is not None  # the type's own rule
        return _by_range(values, bands.low, bands.high)
    # At most four edges: counting those below takes a tenth of the time of a binary search.
    passed = np.zeros(values.shape, dtype=np.int8)
    for edge, _ in bands.edges:
        passed += values > edge
    given = np.array([star for _, star in bands.edges] + [1])
    return np.asarray(given[passed])


def star(energy: float, bands: Bands) -> int:
    """The stars of one energy.

    Raises:
        BadInput: it is not above zero and finite.
    """
    return int(stars(energy, bands))


def star_range(low: float, high: float, bands: Bands) -> tuple[int, int]:
    """Fewest and most stars over an interval of energy from `low` to `high`.

    Raises:
        BadInput: an end is not above zero and finite.
    """
    return star(high, bands), star(low, bands)


def _by_range(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.int64]:
    if low == high:
        return np.where(values <= high, 5, 1)
    # Both differences are scaled by the same power of two, which changes no quotient and keeps
    # 5·(E − min) within what a float can hold. Far above the range it may be infinite: one star.
    width, exponent = math.frexp(high - low)
    with np.errstate(over="ignore", under="ignore"):
        above = np.ldexp(values - low, -exponent)
        fifths = np.floor(5 * above / width)
    return 5 - np.clip(fifths, 0, 4).astype(np.int64)
