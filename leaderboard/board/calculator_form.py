"""The calculator's form: what a reader typed, read as numbers, with a word beside each that cannot be."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from leaderboard import catalogue
from leaderboard.board.calculator import Factors, rental_of
from leaderboard.domain import Factor

QUERIES = "queries_per_day"
MACHINE = "machine_price"
DEFAULT_QUERIES = 1_000_000
MOST_QUERIES = 1e15
MOST_MACHINE_PRICE = 10_000.0
_NUMBER = re.compile(r"(\d{1,18}(?:\.\d{1,12})?|\.\d{1,12})\s*([kmb]?)", re.IGNORECASE)
_SOME_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
"""A number that is none of ours: below zero, of too many digits, or with an exponent."""
_TIMES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9}


@dataclass(frozen=True)
class Field:
    """One field of the form."""

    name: str
    title: str
    unit: str
    text: str
    """What stands in it."""
    default: str
    """What stands in it when nobody typed; empty: nothing."""
    formula: str
    source: str
    year: int | None = None
    note: str = ""
    problem: str = ""
    """Why what was typed cannot be used; empty: it can."""

    @property
    def changed(self) -> bool:
        """Whether it holds the reader's own value."""
        return self.text != self.default


@dataclass(frozen=True)
class Form:
    """Every field, and the numbers where all could be read."""

    queries: Field
    fields: tuple[Field, ...]
    """The factors in the order they are applied, the machine's price last."""
    values: Mapping[str, float] = field(default_factory=dict)

    @property
    def problems(self) -> list[Field]:
        """Fields that cannot be used."""
        return [one for one in (self.queries, *self.fields) if one.problem]

    @property
    def queries_per_day(self) -> float:
        """As typed; the default where it was left open or cannot be used."""
        return self.values.get(QUERIES, DEFAULT_QUERIES)

    @property
    def factors(self) -> Factors:
        """The reader's factors, and the catalogue's for the rest."""
        return Factors.defaults({name: value for name, value in self.values.items() if name != QUERIES})

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What differs from the defaults, as typed."""
        return [
            (one.name, one.text) for one in (self.queries, *self.fields) if one.changed or one is self.queries
        ]


def read_number(text: str, least: float, most: float) -> tuple[float | None, str]:
    """A number above or at `least`, as people type it (1,000,000, 1.5, 20k, 3M), or what is wrong with it."""
    match = _NUMBER.fullmatch(re.sub(r"(?<=\d)[,_\u00a0 ](?=\d{3})", "", text.strip()))
    if match is None:
        if _SOME_NUMBER.fullmatch(text.strip()):
            return None, f"Give a number from {least:,.12g} to {most:,.15g}, as in 0.25 or 20k."
        return None, "This is not a number. Write digits, as in 0.25 or 20k."
    value = float(match[1]) * _TIMES[match[2].lower()]
    if not math.isfinite(value) or not least <= value <= most:
        return None, f"Give a number from {least:,.12g} to {most:,.15g}."
    return value, ""


def read_form(items: Sequence[tuple[str, str]], hardware: str | None) -> Form:
    """What a query string holds. What cannot be read stays in its field, with a word beside it."""
    typed = {name: value.strip() for name, value in items if value.strip()}
    values: dict[str, float] = {}

    def read(name: str, least: float, most: float) -> str:
        if name not in typed:
            return ""
        value, problem = read_number(typed[name], least, most)
        if value is not None:
            values[name] = value
        return problem

    queries = Field(
        QUERIES,
        "Queries a day",
        "queries",
        typed.get(QUERIES, f"{DEFAULT_QUERIES:,}"),
        f"{DEFAULT_QUERIES:,}",
        f"GPU energy (kWh a year) = queries a day × 365 × Wh per 1,000 queries ÷ {10**6:,}",
        "yours; a million is there as an example",
        problem=read(QUERIES, 1, MOST_QUERIES),
    )
    fields = [
        _factor(one, typed, read(one.parameter, one.least, one.most)) for one in catalogue.factors().values()
    ]
    return Form(queries, (*fields, _machine(typed, values, hardware, read)), values)


def _factor(factor: Factor, typed: Mapping[str, str], problem: str) -> Field:
    default = f"{factor.value:g}"
    return Field(
        factor.parameter,
        factor.title,
        factor.unit,
        typed.get(factor.parameter, default),
        default,
        factor.formula,
        factor.source,
        factor.year,
        factor.note,
        problem,
    )


def _machine(
    typed: Mapping[str, str],
    values: dict[str, float],
    hardware: str | None,
    read: Callable[[str, float, float], str],
) -> Field:
    rental = rental_of(hardware or "")
    problem = read(MACHINE, 0, MOST_MACHINE_PRICE)
    if rental and MACHINE not in typed:
        values[MACHINE] = rental[0]
    default = f"{rental[0]:g}" if rental else ""
    return Field(
        MACHINE,
        "Price of the machine, if you rent it",
        "USD per hour",
        typed.get(MACHINE, default),
        default,
        "rent (USD) = queries × machine time per query (s) ÷ 3,600 × price (USD per hour), "
        "where machine time = GPU energy ÷ mean power",
        rental[1] if rental else "no price is known for this hardware: leave it empty, or write yours",
        note="Only hours at work are counted. A machine that waits is paid too; rent may hold electricity.",
        problem=problem,
    )
