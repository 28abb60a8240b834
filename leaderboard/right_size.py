"""The right size: of the models that do a job, the one that takes least, and what each other one costs more.

Arithmetic over rows of one task and one edition; nothing is asked of the record or the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from pydantic import Field

from leaderboard.domain import Quality, Rating, ReasoningMode, Word, weights_gb
from leaderboard.domain.hardware import BYTES_PER_PARAMETER

DAYS_PER_YEAR = 365
UNKNOWN = "unknown"
"""Beside the needs themselves: that what is not known counts as not met."""

Met = bool | None
"""Whether a row meets a need; None: the row does not say."""


class Need(Word):
    """What a job asks of a model. A need that is None is none."""

    hardware: str | None = None
    protocol: str | None = None
    reasoning: ReasoningMode | Literal["any"] = "off"
    quality_min: float | None = None
    """At least this good, in the unit and by the direction of the task's quality."""
    memory_gb: float | None = Field(default=None, gt=0)
    """What the weights may take, GB (10⁹ bytes): parameters × bytes of the precision."""
    latency_s: float | None = Field(default=None, gt=0)
    """Seconds that one may wait for an answer."""
    licence: str | None = None
    unknown: Literal["exclude", "include"] = "exclude"
    """Whether models that do not say whether they meet a need are shown all the same, marked."""


class Load(Word):
    """What a year is made of."""

    queries_per_day: int = Field(default=10_000, ge=1)
    price_per_kwh: float | None = Field(default=None, ge=0)
    """In the reader's own currency; None: no money is told."""


@dataclass(frozen=True)
class Choice:
    """A model that does the job, by its most frugal row that does."""

    rating: Rating
    unknown: tuple[str, ...]
    """Needs that the row does not say it meets."""
    weights_gb: float | None
    times: float
    """Its energy over that of the first choice; the first has 1."""
    kwh_per_year: float
    more_kwh_per_year: float
    """Above the first choice; below zero for a marked model that would take less."""
    cost_per_year: float | None
    more_per_year: float | None


@dataclass(frozen=True)
class Loosening:
    """Needs whose removal, together, gives results where there are none."""

    needs: tuple[str, ...]
    models: int
    nearest: float | None = None
    """Of a single need with a number: the value that would just be met."""


@dataclass(frozen=True)
class Answer:
    """The right size first."""

    choices: tuple[Choice, ...]
    """Models that surely do the job, least energy first; then those of which it is not known."""
    unknown_models: int
    """Models left out because something about them is not known."""
    unknown: Mapping[str, int] = field(default_factory=dict)
    """The same by need; a model may count for several."""
    below_floor: int = 0
    """Models that do the task no better than its floor: they are never offered."""
    loosen: tuple[Loosening, ...] = ()
    """Where there is no choice: the fewest needs to give up."""

    @property
    def best(self) -> Choice | None:
        return self.choices[0] if self.choices else None


def right_size(rows: Iterable[Rating], need: Need, quality: Quality | None, load: Load) -> Answer:
    """Answer a need out of the rows of one task and one edition.

    Args:
        rows: every configuration; rows on other hardware only help to say what to loosen.
        quality: how the task's quality is read; None: the task is not ours, so no quality is known to be met.
    """
    able, below = [], set()
    for row in rows:
        if below_floor(row, quality):
            below.add(row.model)
        else:
            able.append((row, met(row, need, quality)))
    sure = _most_frugal(row for row, verdicts in able if all(verdicts.values()))
    maybe = [
        (row, verdicts)
        for row, verdicts in able
        if row.model not in sure and None in verdicts.values() and False not in verdicts.values()
    ]
    if need.unknown == "include":
        perhaps = _most_frugal(row for row, _ in maybe)
        choices = _choices([*_sorted(sure), *_sorted(perhaps)], need, quality, load)
        return Answer(choices, 0, below_floor=len(below - {*sure, *perhaps}))
    names = {name: {row.model for row, verdicts in maybe if verdicts[name] is None} for name in _set(need)}
    return Answer(
        _choices(_sorted(sure), need, quality, load),
        len({row.model for row, _ in maybe}),
        {name: len(models) for name, models in names.items() if models},
        len(below - set(sure)),
        () if sure else tuple(_loosen(able, need, quality)),
    )


def met(row: Rating, need: Need, quality: Quality | None) -> dict[str, Met]:
    """For each need that is set, whether the row meets it."""
    return {name: _MEETS[name](row, need, quality) for name in _set(need)}


def below_floor(row: Rating, quality: Quality | None) -> bool:
    """Whether the row is known to do the task no better than the task's floor (METHOD §2)."""
    if quality is None or quality.floor is None or row.quality is None:
        return False
    return row.quality < quality.floor if quality.direction == "higher" else row.quality >= quality.floor


def memory_of(row: Rating) -> float | None:
    """What a row's weights take, GB; None where parameters or precision are not known."""
    for precision in BYTES_PER_PARAMETER:
        if row.params is not None and row.precision == precision:
            return weights_gb(row.params, precision)
    return None


def kwh_per_year(energy_wh_per_1000: float, queries_per_day: int) -> float:
    """Wh per 1,000 queries and queries a day → kWh a year of 365 days."""
    return energy_wh_per_1000 / 1000 * queries_per_day * DAYS_PER_YEAR / 1000


def _set(need: Need) -> list[str]:
    values = {name: getattr(need, name) for name in _MEETS}
    return [name for name, value in values.items() if value not in (None, "any")]


def _quality(row: Rating, need: Need, quality: Quality | None) -> Met:
    if row.quality is None or quality is None or need.quality_min is None:
        return None
    higher = quality.direction == "higher"
    return row.quality >= need.quality_min if higher else row.quality <= need.quality_min


def _at_most(value: float | None, most: float | None) -> Met:
    return None if value is None or most is None else value <= most


def _licence(row: Rating, need: Need, _: Quality | None) -> Met:
    return None if not row.licence else row.licence.lower() == (need.licence or "").lower()


_MEETS: dict[str, Callable[[Rating, Need, Quality | None], Met]] = {
    "quality_min": _quality,
    "memory_gb": lambda row, need, _: _at_most(memory_of(row), need.memory_gb),
    "latency_s": lambda row, need, _: _at_most(row.latency_s, need.latency_s),
    "licence": _licence,
    "reasoning": lambda row, need, _: row.reasoning == need.reasoning,
    "protocol": lambda row, need, _: row.protocol == need.protocol,
    "hardware": lambda row, need, _: row.hardware == need.hardware,
}
NEEDS = tuple(_MEETS)
"""Names of the needs, as `Need` and the API have them."""


def _most_frugal(rows: Iterable[Rating]) -> dict[str, Rating]:
    """Each model's row with the least energy."""
    least: dict[str, Rating] = {}
    for row in rows:
        if row.model not in least or _order(row) < _order(least[row.model]):
            least[row.model] = row
    return least


def _sorted(rows: Mapping[str, Rating]) -> list[Rating]:
    return sorted(rows.values(), key=_order)


def _order(row: Rating) -> tuple[float, str]:
    return row.energy_wh_per_1000, row.id


def _choices(rows: Sequence[Rating], need: Need, quality: Quality | None, load: Load) -> tuple[Choice, ...]:
    def cost(kwh: float) -> float | None:
        return None if load.price_per_kwh is None else kwh * load.price_per_kwh

    found = []
    for row in rows:
        first = rows[0].energy_wh_per_1000
        kwh = kwh_per_year(row.energy_wh_per_1000, load.queries_per_day)
        more = kwh - kwh_per_year(first, load.queries_per_day)
        unknown = tuple(name for name, verdict in met(row, need, quality).items() if verdict is None)
        times = row.energy_wh_per_1000 / first
        found.append(Choice(row, unknown, memory_of(row), times, kwh, more, cost(kwh), cost(more)))
    return tuple(found)


def _loosen(
    able: Sequence[tuple[Rating, dict[str, Met]]], need: Need, quality: Quality | None
) -> Iterable[Loosening]:
    """The smallest sets of needs whose removal gives results, each with how many models."""
    names = [*_set(need), UNKNOWN]
    for size in range(1, len(names) + 1):
        found = []
        for given_up in combinations(names, size):
            allowed = (True, None) if UNKNOWN in given_up else (True,)
            rows = [
                row
                for row, verdicts in able
                if all(verdict in allowed for name, verdict in verdicts.items() if name not in given_up)
            ]
            if rows:
                nearest = _nearest(rows, given_up[0], quality) if size == 1 else None
                found.append(Loosening(given_up, len({row.model for row in rows}), nearest))
        if found:
            return found
    return []


def _nearest(rows: Sequence[Rating], name: str, quality: Quality | None) -> float | None:
    values: dict[str, Callable[[Rating], float | None]] = {
        "quality_min": lambda row: row.quality,
        "memory_gb": memory_of,
        "latency_s": lambda row: row.latency_s,
    }
    if name not in values:
        return None
    known = [value for value in map(values[name], rows) if value is not None]
    higher = name == "quality_min" and quality is not None and quality.direction == "higher"
    return (max(known) if higher else min(known)) if known else None
