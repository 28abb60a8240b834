"""Up to six models of one place side by side: values, which is best, and which cannot be told apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from leaderboard import catalogue
from leaderboard.alternatives import distinguishable
from leaderboard.board import columns
from leaderboard.board.calculator import Factors, Impact, impact, rental_of, seconds_per_query
from leaderboard.board.columns import MISSING
from leaderboard.domain import Rating, three_significant

MOST_MODELS = 6


@dataclass(frozen=True)
class Shown:
    """One cell: its text, and whether it is the best of its line."""

    text: str
    best: bool = False
    beside: str = ""
    """A second, smaller line."""


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    key: str
    title: str
    unit: str
    cells: tuple[Shown, ...]
    best_is: str = ""
    """`lowest` or `highest`; empty: none is better than another."""


@dataclass(frozen=True)
class Comparison:
    """Rows of one place, one a model, in the reader's order."""

    rows: tuple[Rating, ...]
    lines: tuple[Line, ...]
    alike: tuple[tuple[str, str], ...]
    """Pairs of models whose energy intervals overlap: not distinguishable."""
    unsure: tuple[str, ...]
    """Models without an interval: whether a small difference is real is not known."""
    classes: tuple[str, ...]
    """Their size classes, where there are several: stars of one do not compare with those of another."""


def compared(rows: Sequence[Rating], factors: Factors) -> Comparison:
    """Sets rows of one task, hardware, protocol and edition side by side."""
    classes = tuple(sorted({row.model_class for row in rows if row.model_class}))
    pairs = [pair for pair in combinations(rows, 2) if distinguishable(*pair) is False]
    return Comparison(
        rows=tuple(rows),
        lines=tuple(_lines(rows, factors, one_class=len({row.cell for row in rows}) == 1)),
        alike=tuple((one.model, other.model) for one, other in pairs),
        unsure=tuple(row.model for row in rows if row.energy_low is None),
        classes=classes if len(classes) > 1 else (),
    )


def thousand(row: Rating, factors: Factors) -> Impact:
    """What 1,000 queries take; the machine's price is that of its hardware class where none is given."""
    if factors.machine_price is None and (rental := rental_of(row.hardware)):
        factors = Factors.defaults({**vars(factors), "machine_price": rental[0]})
    return impact(1000, row.energy_wh_per_1000, factors, seconds_per_query(row))


def quality_direction(task: str, metric: str | None) -> str:
    """`higher` or `lower`, whichever is better, by the task's own file; empty: the metric is not its own."""
    known = catalogue.tasks().get(task)
    return known.quality.direction if known is not None and known.quality.metric == metric else ""


def _lines(rows: Sequence[Rating], factors: Factors, *, one_class: bool) -> list[Line]:
    if not rows:
        return []
    least = min(row.energy_wh_per_1000 for row in rows)
    frugal = min(rows, key=lambda row: row.energy_wh_per_1000)
    costs = [thousand(row, factors) for row in rows]
    metrics = {row.quality_metric for row in rows if row.quality is not None}
    direction = quality_direction(rows[0].task, next(iter(metrics))) if len(metrics) == 1 else ""
    energies = [row.energy_wh_per_1000 for row in rows]
    found = [
        _numbers(
            "energy", "Energy", "Wh per 1,000 queries", energies, "lowest", [_interval(row) for row in rows]
        ),
        Line(
            "times",
            "Times the least energy",
            "",
            tuple(
                Shown(f"{three_significant(row.energy_wh_per_1000 / least)}×", beside=_against(row, frugal))
                for row in rows
            ),
        ),
        Line(
            "stars",
            "Stars",
            "",
            tuple(
                Shown(columns.stars_text(row), best)
                for row, best in zip(
                    rows, _best([row.stars for row in rows], "highest" if one_class else ""), strict=True
                )
            ),
            "highest" if one_class else "",
        ),
        _numbers(
            "quality",
            "Quality",
            "",
            [row.quality for row in rows],
            {"higher": "highest", "lower": "lowest", "": ""}[direction],
            [row.quality_metric or "" for row in rows],
        ),
        _words("params", "Parameters", rows, lambda row: columns.params_short(row.params)),
        _words("model_class", "Size class", rows, lambda row: row.model_class or MISSING),
        _words("licence", "Licence", rows, lambda row: row.licence or MISSING),
        _words("precision", "Precision", rows, lambda row: row.precision or MISSING),
        _words("configuration", "Configuration", rows, lambda row: row.configuration or MISSING),
        _numbers("time", "Machine time", "s per query", [seconds_per_query(row) for row in rows], "lowest"),
        _numbers("co2e", "CO₂e", "g per 1,000 queries", [cost.co2e_kg * 1000 for cost in costs], "lowest"),
        _numbers(
            "electricity",
            "Electricity",
            "US cents per 1,000 queries",
            [cost.electricity_usd * 100 for cost in costs],
            "lowest",
        ),
        _numbers(
            "machine",
            "Rented machine",
            "US cents per 1,000 queries",
            [None if cost.machine_usd is None else cost.machine_usd * 100 for cost in costs],
            "lowest",
        ),
        _words("provenance", "Provenance", rows, lambda row: row.provenance.value),
        _words("measured_at", "Measured", rows, lambda row: columns.day(row.measured_at)),
    ]
    always = ("energy", "stars", "quality", "provenance")
    return [line for line in found if line.key in always or any(cell.text != MISSING for cell in line.cells)]


def _interval(row: Rating) -> str:
    return columns.interval(row) or "no interval claimed"


def _against(row: Rating, frugal: Rating) -> str:
    return "not distinguishable" if row is not frugal and distinguishable(row, frugal) is False else ""


def _words(key: str, title: str, rows: Sequence[Rating], text: Callable[[Rating], str]) -> Line:
    return Line(key, title, "", tuple(Shown(text(row)) for row in rows))


def _numbers(
    key: str,
    title: str,
    unit: str,
    values: Sequence[float | None],
    best_is: str,
    beside: Sequence[str] | None = None,
) -> Line:
    texts = beside or [""] * len(values)
    marks = _best(values, best_is)
    cells = (
        Shown(three_significant(value), best, text if value is not None else "")
        for value, best, text in zip(values, marks, texts, strict=True)
    )
    return Line(key, title, unit, tuple(cells), best_is)


def _best(values: Sequence[float | None], best_is: str) -> list[bool]:
    """Which are the best; none where all known ones are the same, or only one is known."""
    known = [value for value in values if value is not None]
    if not best_is or len(known) < 2 or min(known) == max(known):
        return [False] * len(values)
    best = min(known) if best_is == "lowest" else max(known)
    return [value == best for value in values]
