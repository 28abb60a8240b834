"""How a model gains a star: how much less energy the frozen bands want, and what is there already.

Arithmetic over rows and bands. Only rows that were measured or published are named; nothing is foretold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from leaderboard.domain import Bands, Rating
from leaderboard.rating.stars import star

_SIZE = re.compile(
    r"[-_.](?:\d+(?:\.\d+)?x)?\d+(?:\.\d+)?[bm](?=$|[-_.])"
    r"|[-_.](?:tiny|mini|nano|micro|small|base|medium|large|xl|xxl|xs|turbo)(?=$|[-_.])",
    re.IGNORECASE,
)
"""Where a name begins to speak of size: -7B, -8x7B, -0.6b, -small."""


@dataclass(frozen=True)
class NextStar:
    """What one star more takes, for one row."""

    rating: Rating
    star: int
    """The next star that the cell gives."""
    edge_wh: float
    """Its edge in the frozen bands, Wh per 1,000 queries."""
    less_wh: float
    """How much less than today that is, Wh per 1,000 queries."""
    configurations: tuple[Rating, ...]
    """The model's own rows there that take no more: other batch, precision, GPUs, protocol."""
    siblings: tuple[Rating, ...]
    """Smaller models of the same organisation, named alike, that take no more."""

    @property
    def share(self) -> float:
        """How much less, as a share of today's energy; 0 to 1."""
        return self.less_wh / self.rating.energy_wh_per_1000


def next_star(
    row: Rating, bands: Bands | None, own: Iterable[Rating], alike: Iterable[Rating]
) -> NextStar | None:
    """What the next star of a row takes; None: it has none, has the best, or no better one is given.

    Args:
        bands: the frozen bands of its cell; None: the cell is not rated.
        own: the model's rows of any place.
        alike: rows of other models; those that are no smaller sibling here are passed over.
    """
    if bands is None or row.stars is None:
        return None
    better = [one for one in range(row.stars + 1, 6) if one not in bands.not_given]
    if not better:
        return None
    edge = bands.edge(better[0])
    if edge >= row.energy_wh_per_1000:
        # An equal energy has the star already; rows of `range` stand on their very edge.
        edge = min(edge, row.energy_wh_per_1000)

    def reaches(other: Rating) -> bool:
        return star(other.energy_wh_per_1000, bands) >= better[0]

    return NextStar(
        row,
        better[0],
        edge,
        row.energy_wh_per_1000 - edge,
        tuple(sorted((other for other in own if _same_work(row, other) and reaches(other)), key=_energy)),
        tuple(
            sorted((other for other in alike if smaller_sibling(row, other) and reaches(other)), key=_energy)
        ),
    )


def stem(model: str) -> str:
    """What a family's names begin with, with its organisation, in lower case: before they speak of size.

    `Qwen/Qwen3-14B-Instruct` → `qwen/qwen3`. Names without a size are their own stem.
    """
    found = _SIZE.search(model)
    return (model[: found.start()] if found else model).lower()


def smaller_sibling(row: Rating, other: Rating) -> bool:
    """Whether the other is of the same organisation, named alike, smaller, and does the same job."""
    return (
        other.best
        and other.model != row.model
        and "/" in row.model
        and row.params is not None
        and other.params is not None
        and other.params < row.params
        and stem(other.model) == stem(row.model)
        and _same_work(row, other)
        and other.protocol == row.protocol
    )


def _same_work(row: Rating, other: Rating) -> bool:
    same = ("edition", "task", "hardware", "reasoning")
    return other.id != row.id and all(getattr(other, name) == getattr(row, name) for name in same)


def _energy(row: Rating) -> tuple[float, str]:
    return row.energy_wh_per_1000, row.id
