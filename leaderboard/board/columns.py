"""The board's columns: what each shows, in which unit, how it sorts, and which fields of a row it tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leaderboard.board import openness
from leaderboard.domain import Rating, queries_per_kwh, three_significant
from leaderboard.rating import scale
from leaderboard.record.query import Order, Sort

MISSING = "–"


@dataclass(frozen=True)
class Column:
    """One column. `text` gives a cell's text; `MISSING` where a row has nothing to say."""

    key: str
    title: str
    text: Callable[[Rating], str]
    fields: tuple[str, ...]
    """The fields of a row that it tells: what an export of the column holds."""
    unit: str = ""
    sort: Sort | None = None
    """None: no index gives the rows in this order, so the column is plainly not sortable."""
    first: Order = "asc"
    """The order of the first click: where more is better, the most comes first."""
    inverse: bool = False
    """Whether it falls where what it is sorted by rises."""
    numeric: bool = False
    priority: int = 1
    """1 is always a column; 2 and 3 move into the row's details on narrow screens."""
    extra: bool = False
    """Shown only to those who ask for it."""
    has: Callable[[Rating], bool] | None = None
    """Whether a row has something to say; None: its text is not `MISSING`."""

    def tells(self, row: Rating) -> bool:
        """Whether the row has something to say in this column."""
        return self.text(row) != MISSING if self.has is None else self.has(row)


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


def _openness(rating: Rating) -> str:
    return f"{openness.text(rating)} ({rating.licence})" if rating.licence else openness.text(rating)


def _figure(name: str) -> Callable[[Rating], str]:
    return lambda row: three_significant(getattr(row, name))


COLUMNS: Final[tuple[Column, ...]] = (
    Column("model", "Model", lambda row: row.model, ("model", "revision"), sort="model"),
    Column(
        "energy",
        "Energy",
        _figure("energy_wh_per_1000"),
        ("energy_wh_per_1000", "energy_low", "energy_high"),
        unit="Wh per 1,000 queries",
        sort="energy",
        numeric=True,
    ),
    Column(
        "stars",
        "Stars",
        stars_text,
        ("stars", "stars_low", "stars_high", "not_rated", "notices"),
        sort="stars",
        first="desc",
    ),
    Column("model_class", "Class", lambda row: row.model_class or MISSING, ("model_class",), priority=2),
    Column(
        "configuration",
        "Configuration",
        lambda row: row.configuration or MISSING,
        ("configuration",),
        priority=3,
    ),
    Column(
        "params",
        "Parameters",
        lambda row: params_short(row.params),
        ("params",),
        sort="params",
        numeric=True,
        priority=2,
    ),
    Column(
        "active_params",
        "Active parameters",
        lambda row: params_short(row.active_params),
        ("active_params",),
        numeric=True,
        priority=3,
        extra=True,
    ),
    Column(
        "quality",
        "Quality",
        _quality,
        ("quality", "quality_metric"),
        sort="quality",
        first="desc",
        numeric=True,
        priority=2,
    ),
    Column(
        "queries_per_kwh",
        "Queries per kWh",
        lambda row: three_significant(queries_per_kwh(row.energy_wh_per_1000)),
        ("energy_wh_per_1000",),
        unit="queries",
        sort="energy",
        first="asc",
        inverse=True,
        numeric=True,
        priority=3,
        extra=True,
    ),
    Column(
        "latency",
        "Latency",
        _figure("latency_s"),
        ("latency_s",),
        unit="s",
        numeric=True,
        priority=3,
        extra=True,
    ),
    Column(
        "power",
        "Mean power",
        _figure("mean_power_w"),
        ("mean_power_w",),
        unit="W",
        numeric=True,
        priority=3,
        extra=True,
    ),
    Column(
        "cell_size",
        "Compared with",
        lambda row: f"{row.cell_size:,}" if row.cell_size else MISSING,
        ("cell_size", "rule"),
        unit="models",
        numeric=True,
        priority=3,
        extra=True,
    ),
    Column("precision", "Precision", lambda row: row.precision or MISSING, ("precision",), priority=3),
    Column(
        "openness",
        "Openness",
        _openness,
        ("weights_open", "data_open", "licence_open", "licence"),
        priority=3,
        has=lambda row: openness.known(row) or bool(row.licence),
    ),
    Column("licence", "Licence", lambda row: row.licence or MISSING, ("licence",), priority=3, extra=True),
    Column("library", "Library", lambda row: row.library or MISSING, ("library",), priority=3, extra=True),
    Column("provenance", "Provenance", lambda row: row.provenance.value, ("provenance",), priority=3),
    Column(
        "measured_at",
        "Measured",
        lambda row: day(row.measured_at),
        ("measured_at",),
        sort="measured_at",
        first="desc",
        priority=3,
    ),
)
KEYS: Final = tuple(column.key for column in COLUMNS)
"""Names of the columns, in the board's order."""


class Scale(scale.Scale):
    """A scale whose positions are those of bars, in percent."""

    def at(self, energy: float) -> float:
        """4 to 100: the least energy keeps a visible bar. A view of one energy stands in the middle."""
        return 50.0 if self.high <= self.low else round(4 + 96 * self.share(energy), 1)

    def band(self, rating: Rating) -> tuple[float, float] | None:
        """Left end and width of the interval, percent."""
        if rating.energy_low is None or rating.energy_high is None:
            return None
        left, right = self.at(rating.energy_low), self.at(rating.energy_high)
        return left, max(0.8, round(right - left, 1))


class FromZero(Scale):
    """A linear scale from zero: of two bars, one twice as long is twice the energy."""

    def at(self, energy: float) -> float:
        """Above 0 to 100: the least energy keeps a bar that can be seen."""
        return max(0.5, round(100 * min(1.0, energy / self.high), 1))
