"""What 1,000 queries of a model cost and how long they take, at a reader's own prices (METHOD §8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from leaderboard import catalogue
from leaderboard.board.calculator import Factors, Impact, impact, rental_of, seconds_per_query
from leaderboard.board.calculator_form import MOST_MACHINE_PRICE, read_number
from leaderboard.domain import BadInput, Rating

QUERIES: Final = 1000
KWH, GPU_HOUR = "price_per_kwh", "price_per_gpu_hour"
PARAMETERS: Final = (KWH, GPU_HOUR)
_MOST: Final = {KWH: 5.0, GPU_HOUR: MOST_MACHINE_PRICE}


@dataclass(frozen=True)
class Prices:
    """What a reader pays, in USD unless they think of another currency; None: left open."""

    per_kwh: float | None = None
    per_gpu_hour: float | None = None
    typed: tuple[tuple[str, str], ...] = ()
    """The fields as they were typed."""

    @classmethod
    def from_query(cls, items: Iterable[tuple[str, str]]) -> Prices:
        """Read a query string; other parameters are passed over.

        Raises:
            BadInput: a price that is no number, or outside what any price can be.
        """
        typed = {name: value.strip() for name, value in items if name in PARAMETERS and value.strip()}
        values = {}
        for name, text in typed.items():
            values[name], problem = read_number(text, 0, _MOST[name])
            if problem:
                raise BadInput(f"{name} is {text[:40]!r}. {problem}", "Write a price as in 0.25.")
        return cls(values.get(KWH), values.get(GPU_HOUR), tuple(typed.items()))

    def factors(self) -> Factors:
        """The calculator's factors, with the reader's price of electricity."""
        return Factors.defaults({} if self.per_kwh is None else {"electricity_price": self.per_kwh})


@dataclass(frozen=True)
class Cost:
    """What 1,000 queries of one row take."""

    rating: Rating
    total: Impact
    machine_s: float | None
    """Seconds that the machine works for the 1,000 queries; None: its mean power is not told."""
    gpu_hours: float | None
    """The same in hours, times its GPUs; None: one of the two is not told."""
    rent: float | None
    """GPU hours × price; None: one of the two is not known."""
    rent_of: str
    """Whose price that is; empty: the reader's, or none."""


def costs(rows: Sequence[Rating], prices: Prices) -> list[Cost]:
    """What 1,000 queries of each row take."""
    factors = prices.factors()
    return [_cost(row, prices, factors) for row in rows]


def _cost(row: Rating, prices: Prices, factors: Factors) -> Cost:
    seconds = seconds_per_query(row)
    gpus = _gpus(row)
    hours = None if seconds is None or gpus is None else seconds * QUERIES / 3600 * gpus
    price, whose = prices.per_gpu_hour, ""
    if price is None and gpus and (rental := rental_of(row.hardware)):
        # The catalogue's price is that of the whole machine.
        price, whose = rental[0] / gpus, rental[1]
    return Cost(
        row,
        impact(QUERIES, row.energy_wh_per_1000, factors, seconds),
        None if seconds is None else seconds * QUERIES,
        hours,
        None if hours is None or price is None else hours * price,
        whose if hours is not None and price is not None else "",
    )


def _gpus(row: Rating) -> int | None:
    """How many GPUs it ran on; a CPU has none to rent by the hour."""
    if row.gpus is not None:
        return row.gpus or None
    known = catalogue.hardware_classes().get(row.hardware)
    return known.gpus or None if known is not None else None
