"""What can be asked of the board's rows, and the SQL conditions it means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, field_validator
from sqlalchemy import Column, ColumnElement, and_, func, or_

from leaderboard.domain import ModelClass, Provenance, Rating, ReasoningMode, Word
from leaderboard.record.board_tables import COUNTED_FIELDS, PLACES, rating_counts
from leaderboard.record.tables import ratings

Sort = Literal["model", "energy", "stars", "quality", "params", "measured_at", "task"]
Order = Literal["asc", "desc"]

MOST_ROWS = 1000
_BIGGEST = 2**63 - 1

SORT_COLUMNS: dict[Sort, Column[Any]] = {
    "model": ratings.c.model_lower,
    "energy": ratings.c.energy,
    "stars": ratings.c.stars,
    "quality": ratings.c.quality,
    "params": ratings.c.params,
    "measured_at": ratings.c.measured_us,
    "task": ratings.c.task,
}

FACETS = (
    "edition",
    "task",
    "hardware",
    "model_class",
    "protocol",
    "reasoning",
    "provenance",
    "licence",
    "precision",
    "library",
)
"""The fields whose values a page offers to choose from, in the order of the index that counts them."""


Openness = Literal["weights", "data", "licence", "all"]
OPEN_COLUMNS: dict[str, Column[Any]] = {
    "weights": ratings.c.weights_open,
    "data": ratings.c.data_open,
    "licence": ratings.c.licence_open,
}
"""What may be open about a model, and the column that says so; NULL: not known."""


class RatingQuery(Word):
    """Filters, sort and page of the board. A filter that is None or empty does not filter."""

    task: str | None = None
    hardware: str | None = None
    model_class: ModelClass | None = None
    protocol: str | None = None
    edition: str | None = None
    reasoning: ReasoningMode | Literal["any"] | None = None
    """Exactly this way of reasoning; `any` is the same as None."""
    provenance: Provenance | None = None
    q: str | None = Field(default=None, max_length=200)
    """Part of a model id, upper or lower case."""
    params_min: int | None = Field(default=None, ge=0, le=_BIGGEST)
    params_max: int | None = Field(default=None, ge=0, le=_BIGGEST)
    """Total parameters, ends included; rows of unknown size are left out by either."""
    licence: str | None = None
    precision: str | None = None
    library: str | None = None
    openness: Openness | None = None
    """Only rows of which this is known to be open; `all`: weights, data and licence."""
    org: str | None = None
    configurations: Literal["best", "all"] = "best"
    """`best`: a model's rated row; `all`: its other configurations too."""
    development: bool = False
    """Whether rows of development editions are among the answers; an edition asked for by name always is."""
    sort: Sort = "energy"
    order: Order = "asc"
    limit: int = Field(default=50, ge=1, le=MOST_ROWS)
    after: str | None = None
    """`Page.next` of the page before."""

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_not_given(cls, value: Any) -> Any:
        return None if value == "" else value


@dataclass(frozen=True)
class Page:
    """Some rows of an answer, how many there are in all, and where the next ones begin."""

    items: tuple[Rating, ...]
    total: int
    """Rows under the filters; where they had to be counted, at most 10,000."""
    total_is_exact: bool
    """False: there are more than `total`."""
    next: str | None
    """`after` of the next page; None: this is the last."""


Said = Callable[[str, Any], Any]


def _as_it_is(_: str, value: Any) -> Any:
    return value


def conditions(query: RatingQuery, *besides: str, said: Said = _as_it_is) -> ColumnElement[bool]:
    """The filters as SQL, but for those named by `besides`. `said`: how a filter's value is written."""
    chosen = [condition for name, condition in _conditions(query, said) if name not in besides]
    if "edition" in besides and query.edition is not None and not query.development:
        # Without its filter the edition that was named keeps its place, and no other development one gets in.
        chosen.append(or_(ratings.c.development == 0, ratings.c.edition == said("edition", query.edition)))
    return and_(True, *chosen)


def values(query: RatingQuery) -> dict[str, str | int]:
    """The values that `conditions` compares with, by the names it says them under."""
    named = {name: value for name in FACETS if (value := getattr(query, name)) not in (None, "any")}
    found: dict[str, str | int | None] = {name: str(value) for name, value in named.items()}
    found |= {
        "params_min": query.params_min,
        "params_max": query.params_max,
        "org": query.org and query.org.lower(),
        "q": search_text(query),
    }
    return {name: value for name, value in found.items() if value is not None}


def place_conditions(query: RatingQuery, *besides: str) -> ColumnElement[bool]:
    """The same for `rating_counts`, as far as its places can tell."""
    counted = rating_counts.c
    chosen = [
        counted[name] == value
        for name in PLACES
        if name not in besides and (value := place_filter(query, name)) is not None
    ]
    if not query.development:
        if query.edition is None:
            chosen.append(counted.development == 0)
        elif "edition" in besides:
            chosen.append(or_(counted.development == 0, counted.edition == query.edition))
    return and_(True, *chosen)


def place_filter(query: RatingQuery, name: str) -> str | int | None:
    """What a query wants of one column of a place; None: anything."""
    if name == "best":
        return 1 if query.configurations == "best" else None
    if name == "development":
        return None
    value = getattr(query, name)
    return None if value is None or value == "any" else str(value)


def counted_filters(query: RatingQuery) -> dict[str, str]:
    """Filters that are counted inside of every place, each for itself: field and value."""
    found = {name: getattr(query, name) for name in COUNTED_FIELDS}
    return {name: str(value) for name, value in found.items() if value is not None}


def has_free_filters(query: RatingQuery) -> bool:
    """Whether a query has filters that nobody counts: a part of a name, a range, an organisation."""
    return any(
        value is not None for value in (search_text(query), query.params_min, query.params_max, query.org)
    )


def search_text(query: RatingQuery) -> str | None:
    """The part of a model id that is looked for, in small letters; None: any."""
    return None if query.q is None or not query.q.strip() else query.q.strip().lower()


def filtered(query: RatingQuery) -> set[str]:
    """The names of the filters that are set."""
    return {name for name, _ in _conditions(query)}


def is_open(what: Openness) -> ColumnElement[bool]:
    """Whether this is known to be open."""
    named = OPEN_COLUMNS if what == "all" else (what,)
    return and_(True, *(OPEN_COLUMNS[name] == 1 for name in named))


def _conditions(query: RatingQuery, said: Said = _as_it_is) -> Iterator[tuple[str, ColumnElement[bool]]]:
    for name in FACETS:
        value = getattr(query, name)
        if value is not None and value != "any":
            yield name, ratings.c[name] == said(name, str(value))
    if query.openness is not None:
        yield "openness", is_open(query.openness)
    if query.org is not None:
        yield "org", ratings.c.org == said("org", query.org.lower())
    if (text := search_text(query)) is not None:
        # Not LIKE: that has signs of its own to escape, and ends at a NUL.
        yield "q", func.instr(ratings.c.model_lower, said("q", text)) > 0
    if query.params_min is not None:
        yield "params", ratings.c.params >= said("params_min", query.params_min)
    if query.params_max is not None:
        yield "params", ratings.c.params <= said("params_max", query.params_max)
    if query.configurations == "best":
        yield "configurations", ratings.c.best == 1
    if not query.development and query.edition is None:
        yield "development", ratings.c.development == 0
