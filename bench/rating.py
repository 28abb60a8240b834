"""A million energies into stars, against the bare sort of the same energies, in one run.

The sort is the least that any rating by rank must do, so the ratio says what our rule costs on top of it.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from leaderboard.domain import Bands, Reference, Rule
from leaderboard.rating.bands import make_bands
from leaderboard.rating.stars import stars

ROWS = 1_000_000
ROUNDS = 7
TARGET = 5.0


def seconds(work: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compare(energies: NDArray[np.float64], bands: Bands) -> list[tuple[float, float]]:
    """Seconds of ours and of the bare sort, in pairs: the machine's mood is the same for both."""
    return [
        (seconds(lambda: stars(energies, bands)), seconds(lambda: np.sort(energies))) for _ in range(ROUNDS)
    ]


def main() -> int:
    """Print a row per rule and the verdict; exit code 0 when the median ratio is within the target."""
    energies = np.random.default_rng(20261101).lognormal(3.0, 2.0, ROWS)
    references = [
        Reference(model=f"org/m{place}", energy=energy) for place, energy in enumerate(energies[:40])
    ]
    worst = 0.0
    print(f"{ROWS:,} energies, medians of {ROUNDS} pairs")
    print(f"{'rule':10} {'ours s':>8} {'sort s':>8} {'ratio':>6}")
    for rule in Rule:
        bands = make_bands(rule, references)
        assert bands is not None
        pairs = compare(energies, bands)
        ratio = statistics.median(ours / bare for ours, bare in pairs)
        ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(f"{rule.value:10} {ours:8.4f} {bare:8.4f} {ratio:6.2f}")
        worst = max(worst, ratio)
    verdict = "ok" if worst <= TARGET else "short"
    print(f"rating: {worst:.2f} (target ≤ {TARGET:g} × the bare sort): {verdict}")
    return 0 if verdict == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
