"""The board's columns: what each shows, in which unit, how it sorts, and what gives way when narrow."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from leaderboard.board.view import Order, Sort, ViewState
from leaderboard.domain import Provenance, Rating, three_significant

MISSING = "–"


@dataclass(frozen=True)
class Column:
    """One column. `text` gives a cell's text; `MISSING` where a row has nothing to say."""

    key: str
    title: str
    text: Callable[[Rating], str]
    unit: str = ""
    sort: Sort | None = None
    first: Order = "asc"
    """The order of the first click: where more is better, the most comes first."""
    numeric: bool = False
    priority: int = 1
    """1 is always a column; 2 and 3 move into the row's details on narrow screens."""


def params_short(params: int | None) -> str:
    """7,248,023,552 → "7.25 B"; 22,713,216 → "22.7 M"."""
    if params is None:
        return MISSING
    for letter, factor in (("T", 1e12), ("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if params >= factor:
            return f"{three_significant(params / factor)} {letter}"
    return str(params)


def day(moment: datetime | None) -> str:
    """ISO date, UTC."""
    return moment.strftime("%Y-%m-%d") if moment else MISSING


def interval(rating: Rating) -> str:
    """The comparison interval, Wh per 1,000 queries; empty where none is claimed."""
    if rating.energy_low is None or rating.energy_high is None:
        return ""
    return f"{three_significant(rating.energy_low)}–{three_significant(rating.energy_high)}"


def stars_text(rating: Rating) -> str:
    """The stars in words, for those who do not see them drawn."""
    if rating.stars is None:
        return rating.not_rated or "other configuration"
    text = f"{rating.stars} of 5 stars"
    return f"{text}, could be {stars_span(rating)}" if stars_span(rating) else text


def stars_span(rating: Rating) -> str:
    """`3–4` where the interval crosses an edge, else empty."""
    low, high = rating.stars_low, rating.stars_high
    return f"{low}–{high}" if low is not None and high is not None and low != high else ""


def stars_drawn(rating: Rating) -> tuple[str, ...]:
    """Five symbols: `full` up to what is sure, `part` up to what could be, `none` beyond."""
    if rating.stars is None:
        return ()
    low = rating.stars if rating.stars_low is None else rating.stars_low
    high = rating.stars if rating.stars_high is None else rating.stars_high
    return tuple("full" if n <= low else "part" if n <= high else "none" for n in range(1, 6))


def _quality(rating: Rating) -> str:
    if rating.quality is None:
        return MISSING
    return f"{three_significant(rating.quality)} {rating.quality_metric or ''}".strip()


COLUMNS: tuple[Column, ...] = (
    Column("model", "Model", lambda row: row.model, sort="model"),
    Column(
        "energy",
        "Energy",
        lambda row: three_significant(row.energy_wh_per_1000),
        unit="Wh per 1,000 queries",
        sort="energy",
        numeric=True,
    ),
    Column("stars", "Stars", stars_text, sort="stars", first="desc"),
    Column("model_class", "Class", lambda row: row.model_class or MISSING, priority=2),
    Column("configuration", "Configuration", lambda row: row.configuration or MISSING, priority=3),
    Column(
        "params",
        "Parameters",
        lambda row: params_short(row.params),
        sort="params",
        numeric=True,
        priority=2,
    ),
    Column("quality", "Quality", _quality, sort="quality", first="desc", numeric=True, priority=2),
    Column("precision", "Precision", lambda row: row.precision or MISSING, priority=3),
    Column("licence", "Licence", lambda row: row.licence or MISSING, priority=3),
    Column("provenance", "Provenance", lambda row: row.provenance.value, priority=3),
    Column(
        "measured_at",
        "Measured",
        lambda row: day(row.measured_at),
        sort="measured_at",
        first="desc",
        priority=3,
    ),
)


def shown_columns(rows: Sequence[Rating], view: ViewState) -> list[Column]:
    """The columns that have something to show here, or by which the view is sorted.

    A provenance that every row shares is told once above the table instead.
    """
    one_provenance = len({row.provenance for row in rows}) <= 1
    return [
        column
        for column in COLUMNS
        if column.sort == view.sort
        or (column.key == "provenance" and not one_provenance)
        or (column.key != "provenance" and any(column.text(row) != MISSING for row in rows))
        or column.priority == 1
    ]


def sorted_by(view: ViewState, column: Column) -> str | None:
    """The value of `aria-sort`, where the view is sorted by this column."""
    if column.sort != view.sort:
        return None
    return "ascending" if view.order == "asc" else "descending"


def sort_href(asked: ViewState, column: Column) -> str:
    """Where a click on the column's head leads: sorts by it, or turns the order round."""
    if column.sort is None:
        return asked.href
    turned: Order = "desc" if asked.order == "asc" else "asc"
    order = turned if column.sort == asked.sort else column.first
    return asked.changed(sort=column.sort, order=order).href


@dataclass(frozen=True)
class Scale:
    """A logarithmic scale from the least to the greatest energy of a view; positions in percent."""

    low: float
    high: float

    @classmethod
    def over(cls, energies: Iterable[float]) -> Scale | None:
        """None without energies."""
        found = sorted(energies)
        return cls(found[0], found[-1]) if found else None

    def at(self, energy: float) -> float:
        """4 to 100: the least energy keeps a visible bar. A view of one energy stands in the middle."""
        if self.high <= self.low:
            return 50.0
        share = math.log(energy / self.low) / math.log(self.high / self.low)
        return round(4 + 96 * min(1.0, max(0.0, share)), 1)

    def band(self, rating: Rating) -> tuple[float, float] | None:
        """Left end and width of the interval, percent."""
        if rating.energy_low is None or rating.energy_high is None:
            return None
        left, right = self.at(rating.energy_low), self.at(rating.energy_high)
        return left, max(0.8, round(right - left, 1))


def only_provenance(rows: Sequence[Rating]) -> Provenance | None:
    """The provenance of all rows, where they share one."""
    found = {row.provenance for row in rows}
    return found.pop() if len(found) == 1 else None
