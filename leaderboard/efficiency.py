"""What a configuration buys: the same model at other batches, on other cards (pure arithmetic over rows).

Energies are compared inside one edition, and there inside one task, protocol and way of reasoning only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import median
from typing import NamedTuple

from leaderboard.domain import Rating

LEAST_COMMON = 5
"""Common models from which on the orders of two cards are compared."""


class Work(NamedTuple):
    """What has to be the same for two configurations to be choices of one job."""

    task: str
    protocol: str
    reasoning: str


@dataclass(frozen=True)
class Gain:
    """One model on one card in its configurations."""

    work: Work
    hardware: str
    model: str
    rows: tuple[Rating, ...]
    """By batch, then energy; at least two."""

    @property
    def best(self) -> Rating:
        return min(self.rows, key=_energy)

    @property
    def worst(self) -> Rating:
        return max(self.rows, key=_energy)

    @property
    def times(self) -> float:
        """The largest over the least energy per query."""
        return self.worst.energy_wh_per_1000 / self.best.energy_wh_per_1000

    @property
    def smallest(self) -> Rating | None:
        """The most frugal row of the smallest batch; None where no batch is told."""
        batches = [row.batch for row in self.rows if row.batch is not None]
        return min(
            (row for row in self.rows if batches and row.batch == min(batches)), key=_energy, default=None
        )

    @property
    def times_less(self) -> float | None:
        """How many times less the best takes than the smallest batch."""
        return None if self.smallest is None else _ratio(self.smallest, self.best)


@dataclass(frozen=True)
class Agreement:
    """Two cards on one task, by the models that both have, each at its own best."""

    work: Work
    first: str
    second: str
    models: int
    first_better: int
    """Models that take less on the first card."""
    second_better: int
    ratio: float
    """Median over the models of first over second: above 1, the second card takes less."""
    spearman: float | None
    kendall: float | None
    """Of the two orders, tau-b; None with fewer than five common models."""

    @property
    def better(self) -> str | None:
        """The card that takes less for more of the models; None: neither."""
        if self.first_better == self.second_better:
            return None
        return self.first if self.first_better > self.second_better else self.second


@dataclass(frozen=True)
class Rung:
    """A batch on one card in one precision: how far models stand there from their own best."""

    hardware: str
    precision: str | None
    batch: int
    models: int
    times: float
    """Median over the models of energy at this batch over the model's least on this card."""


def gains(rows: Iterable[Rating]) -> list[Gain]:
    """Every work × hardware × model with two configurations or more, by these names.

    Two rows that tell no difference are repeats, not configurations.
    """
    groups: dict[tuple[Work, str, str], list[Rating]] = {}
    for row in rows:
        groups.setdefault((_work(row), row.hardware, row.model), []).append(row)
    return [
        Gain(*names, tuple(sorted(found, key=_by_batch)))
        for names, found in sorted(groups.items())
        if len({_configuration(row) for row in found}) > 1
    ]


def median_times(found: Sequence[Gain]) -> float | None:
    """The median gain; None where there is none."""
    return median(gain.times for gain in found) if found else None


def agreements(rows: Iterable[Rating], cards: Sequence[str] = ()) -> list[Agreement]:
    """Each pair of cards on each work that has a model on both.

    Args:
        cards: hardware ids in the order in which a pair names them; others follow by name.
    """
    place = {card: at for at, card in enumerate(cards)}
    least: dict[Work, dict[str, dict[str, float]]] = {}
    for row in rows:
        models = least.setdefault(_work(row), {}).setdefault(row.hardware, {})
        models[row.model] = min(row.energy_wh_per_1000, models.get(row.model, row.energy_wh_per_1000))
    found = []
    for work, of in sorted(least.items()):
        for first, second in combinations(
            sorted(of, key=lambda card: (place.get(card, len(place)), card)), 2
        ):
            common = sorted(of[first].keys() & of[second].keys())
            if common:
                pairs = [(of[first][model], of[second][model]) for model in common]
                found.append(_agreement(work, first, second, pairs))
    return found


def _agreement(work: Work, first: str, second: str, pairs: Sequence[tuple[float, float]]) -> Agreement:
    enough = len(pairs) >= LEAST_COMMON
    one, other = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return Agreement(
        work,
        first,
        second,
        len(pairs),
        sum(a < b for a, b in pairs),
        sum(b < a for a, b in pairs),
        median(a / b for a, b in pairs),
        spearman(one, other) if enough else None,
        kendall(one, other) if enough else None,
    )


def rungs(found: Iterable[Gain]) -> list[Rung]:
    """For the gains of one task: each card, precision and batch."""
    times: dict[tuple[str, str, int], dict[str, float]] = {}
    for gain in found:
        for row in gain.rows:
            if row.batch is not None:
                models = times.setdefault((gain.hardware, row.precision or "", row.batch), {})
                here = _ratio(row, gain.best)
                models[gain.model] = min(here, models.get(gain.model, here))
    return [
        Rung(hardware, precision or None, batch, len(models), median(models.values()))
        for (hardware, precision, batch), models in sorted(times.items())
    ]


# SciPy's statistics take a second to import; a few models need no more than these lines.
def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Rank correlation, ties at their mean rank; None where one of the orders is flat."""
    ranks, others = _ranks(one), _ranks(other)
    middle = (len(one) + 1) / 2
    a = [rank - middle for rank in ranks]
    b = [rank - middle for rank in others]
    spread = sqrt(sum(x * x for x in a) * sum(y * y for y in b))
    return sum(x * y for x, y in zip(a, b, strict=True)) / spread if spread else None


def kendall(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Kendall's tau-b; None where one of the orders is flat."""
    pairs = list(combinations(zip(one, other, strict=True), 2))
    signs = [(_sign(a[0] - b[0]), _sign(a[1] - b[1])) for a, b in pairs]
    spread = sqrt(sum(x * x for x, _ in signs) * sum(y * y for _, y in signs))
    return sum(x * y for x, y in signs) / spread if spread else None


def _ranks(values: Sequence[float]) -> list[float]:
    return [
        sum(other < value for other in values) + (sum(other == value for other in values) + 1) / 2
        for value in values
    ]


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _work(row: Rating) -> Work:
    return Work(row.task, row.protocol, row.reasoning)


def _configuration(row: Rating) -> tuple[str, int | None, int | None, str | None]:
    return row.configuration, row.batch, row.gpus, row.precision


def _ratio(row: Rating, other: Rating) -> float:
    return row.energy_wh_per_1000 / other.energy_wh_per_1000


def _energy(row: Rating) -> tuple[float, str]:
    return row.energy_wh_per_1000, row.id


def _by_batch(row: Rating) -> tuple[int, float, str]:
    return row.batch or 0, row.energy_wh_per_1000, row.id
