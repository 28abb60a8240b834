"""ViewState ⇄ query string: the only state of the board, so that every view is a permalink (DESIGN §5).

The same names are the parameters of `GET /api/v1/ratings`, so a view and its export are one query.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, Literal, Self, get_args
from urllib.parse import quote_plus

from pydantic import Field, model_validator

from leaderboard.board import query_values as values
from leaderboard.board.query_values import params_text as params_text
from leaderboard.board.query_values import read_params as read_params
from leaderboard.domain import BadInput, KebabId, Provenance, Word
from leaderboard.record import RatingQuery
from leaderboard.record.query import Openness as Openness
from leaderboard.record.query import Order as Order
from leaderboard.record.query import Sort as Sort

Reasoning = Literal["off", "on", "low", "medium", "high", "any"]


class ViewState(Word):
    """What a reader chose. A field that is None was left to the board's defaults."""

    task: KebabId | None = None
    hardware: KebabId | None = None
    model_class: Literal["A", "B", "C"] | None = None
    protocol: KebabId | None = None
    edition: KebabId | None = None
    reasoning: Reasoning | None = None
    """`any` asks for every way of reasoning; None: the board shows off, where a cell has it."""
    provenance: Provenance | None = None
    q: str | None = Field(default=None, min_length=1, max_length=values.MAX_SEARCH)
    params_min: int | None = Field(default=None, ge=1, le=values.MAX_PARAMS)
    params_max: int | None = Field(default=None, ge=1, le=values.MAX_PARAMS)
    licence: str | None = None
    precision: str | None = None
    library: str | None = None
    openness: Openness | None = None
    """What must be known to be open; `all`: weights, data and licence."""
    configurations: Literal["best", "all"] = "best"
    sort: Sort = "energy"
    order: Order = "asc"
    columns: tuple[str, ...] | None = None
    """Keys of the columns to show, in the board's order; None: those that have something to show."""
    after: str | None = Field(default=None, min_length=1, max_length=values.MAX_CURSOR)
    """Cursor of the page; empty for the first."""

    @model_validator(mode="after")
    def _range_runs_upwards(self) -> Self:
        if self.params_min and self.params_max and self.params_min > self.params_max:
            raise ValueError("params_min is above params_max")
        return self

    @classmethod
    def from_query(cls, items: Iterable[tuple[str, str]]) -> Self:
        """The state that a query string asks for. Names that are not ours, and empty values, are passed over.

        Raises:
            BadInput: a value that no view can have; the remedy says what would do.
        """
        given: dict[str, Any] = {}
        for name, value in items:
            text = value.strip()
            if name in _READERS and text:
                found = _READERS[name](name, text)
                # A form sends one value for each box that is ticked.
                given[name] = values.in_order({*given.get(name, ()), *found}) if name == "columns" else found
        low, high = given.get("params_min"), given.get("params_max")
        if low is not None and high is not None and low > high:
            raise BadInput(
                f"The range of parameters runs backwards: from {params_text(low)} to {params_text(high)}.",
                "Exchange params_min and params_max.",
            )
        return cls(**given)

    def pairs(self) -> list[tuple[str, str]]:
        """What differs from the defaults, in a fixed order: the canonical spelling of the view."""
        fields = vars(self)
        return [
            (name, _written(name, fields[name])) for name, default in _DEFAULTS if fields[name] != default
        ]

    @property
    def query(self) -> str:
        """The canonical query string, without the question mark."""
        return "&".join(f"{name}={_quoted(value)}" for name, value in self.pairs())

    @property
    def href(self) -> str:
        """The address of the view on the board."""
        query = self.query
        return f"/?{query}" if query else "/"

    def changed(self, **changes: Any) -> Self:
        """This view with other choices, on its first page unless `after` is among them."""
        return self.model_copy(update={"after": None, **changes})

    def rating_query(self, limit: int = 50, development: bool = False) -> RatingQuery:
        """The question to the record."""
        return RatingQuery(
            task=self.task,
            hardware=self.hardware,
            model_class=self.model_class,
            protocol=self.protocol,
            edition=self.edition,
            reasoning=self.reasoning,
            provenance=self.provenance,
            q=self.q,
            params_min=self.params_min,
            params_max=self.params_max,
            licence=self.licence,
            precision=self.precision,
            library=self.library,
            openness=self.openness,
            configurations=self.configurations,
            development=development,
            sort=self.sort,
            order=self.order,
            limit=limit,
            after=self.after,
        )


_DEFAULTS: Final = tuple((name, field.default) for name, field in ViewState.model_fields.items())


@lru_cache(maxsize=1024)
def _quoted(value: str) -> str:
    # A page has forty addresses that say nearly the same.
    return quote_plus(value, safe=",")


def _written(name: str, value: Any) -> str:
    if name == "columns":
        return ",".join(value)
    return params_text(value) if name.startswith("params_") else str(value)


_READERS: Final[Mapping[str, Any]] = {
    "task": values.read_id,
    "hardware": values.read_id,
    "model_class": values.read_class,
    "protocol": values.read_id,
    "edition": values.read_id,
    "reasoning": values.chooser(get_args(Reasoning)),
    "provenance": values.chooser(tuple(provenance.value for provenance in Provenance)),
    "q": values.read_search,
    "params_min": values.read_params,
    "params_max": values.read_params,
    "licence": values.read_word,
    "precision": values.read_word,
    "library": values.read_word,
    "openness": values.chooser(get_args(Openness)),
    "configurations": values.chooser(("best", "all")),
    "sort": values.read_sort,
    "order": values.chooser(("asc", "desc")),
    "columns": values.read_columns,
    "after": values.read_cursor,
}
PARAMETERS: Final = tuple(_READERS)
"""Names a query string may hold."""
