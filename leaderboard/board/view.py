"""ViewState ⇄ query string: the only state of the board, so that every view is a permalink (DESIGN §5).

The same names are the parameters of `GET /api/v1/ratings`, so a view and its export are one query.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, Literal, Self, get_args
from urllib.parse import urlencode

from pydantic import Field, model_validator

from leaderboard.domain import (
    BadInput,
    KebabId,
    ModelClass,
    Provenance,
    Word,
)
from leaderboard.record import RatingQuery

Sort = Literal["model", "energy", "stars", "quality", "params", "measured_at", "task"]
Order = Literal["asc", "desc"]

Reasoning = Literal["off", "on", "low", "medium", "high", "any"]

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_WORD = re.compile(r"[\w.+-]{1,64}")
_PARAMS = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*([kmbt]?)", re.IGNORECASE)
_FACTORS: Final = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
_MAX_PARAMS: Final = 10**15
_MAX_SEARCH: Final = 100
_MAX_CURSOR: Final = 1000

# The names of the API's columns mean the same sort.
_SORT_ALIASES: Final = {"energy_wh_per_1000": "energy"}


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
    q: str | None = Field(default=None, min_length=1, max_length=_MAX_SEARCH)
    params_min: int | None = Field(default=None, ge=1, le=_MAX_PARAMS)
    params_max: int | None = Field(default=None, ge=1, le=_MAX_PARAMS)
    licence: str | None = None
    precision: str | None = None
    configurations: Literal["best", "all"] = "best"
    sort: Sort = "energy"
    order: Order = "asc"
    after: str | None = Field(default=None, min_length=1, max_length=_MAX_CURSOR)
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
                given[name] = _READERS[name](name, text)
        low, high = given.get("params_min"), given.get("params_max")
        if low is not None and high is not None and low > high:
            raise BadInput(
                f"The range of parameters runs backwards: from {params_text(low)} to {params_text(high)}.",
                "Exchange params_min and params_max.",
            )
        return cls(**given)

    def pairs(self) -> list[tuple[str, str]]:
        """What differs from the defaults, in a fixed order: the canonical spelling of the view."""
        found = []
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value != field.default:
                found.append((name, params_text(value) if name.startswith("params_") else str(value)))
        return found

    @property
    def query(self) -> str:
        """The canonical query string, without the question mark."""
        return urlencode(self.pairs())

    @property
    def href(self) -> str:
        """The address of the view on the board."""
        return f"/?{self.query}" if self.query else "/"

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
            configurations=self.configurations,
            development=development,
            sort=self.sort,
            order=self.order,
            limit=limit,
            after=self.after,
        )


def params_text(params: int) -> str:
    """A number of parameters as people write it in a field; nothing is rounded: 7500000000 → 7.5B."""
    for letter, factor in (("T", 10**12), ("B", 10**9), ("M", 10**6)):
        if params >= factor and params % (factor // 1000) == 0:
            return f"{(Decimal(params) / factor).normalize():f}{letter}"
    return str(params)


def read_params(name: str, text: str) -> int:
    """`7.5B`, `350M` or plain digits → parameters.

    Raises:
        BadInput: not a number of parameters.
    """
    match = _PARAMS.fullmatch(text)
    number = Decimal(match[1]) * _FACTORS[match[2].lower()] if match else Decimal(0)
    if not 1 <= number <= _MAX_PARAMS:
        raise BadInput(
            f"{name} is {_shown(text)}, which is no number of parameters.",
            "Write a number above zero, as in 350M or 7.5B.",
        )
    return int(number)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _read_id(name: str, text: str) -> str:
    if len(text) > 64 or not _ID.fullmatch(text):
        raise BadInput(
            f"{name} is {_shown(text)}, which is not an id.",
            "Ids are small letters, digits and dashes, as in text-generation.",
        )
    return text


def _read_choice(name: str, text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise BadInput(f"{name} is {_shown(text)}.", f"It may be {', '.join(choices)}.")
    return text


def _read_class(name: str, text: str) -> str:
    return _read_choice(name, text.upper(), tuple(value for value in get_args(ModelClass) if value))


def _read_sort(name: str, text: str) -> str:
    return _read_choice(name, _SORT_ALIASES.get(text, text), get_args(Sort))


def _read_search(_: str, text: str) -> str:
    if len(text) > _MAX_SEARCH or not text.isprintable():
        raise BadInput(
            "The search text is too long or holds control characters.",
            f"Search for a part of a model's name, at most {_MAX_SEARCH} characters.",
        )
    return text


def _read_word(name: str, text: str) -> str:
    if not _WORD.fullmatch(text):
        raise BadInput(f"{name} is {_shown(text)}.", "Write it as the board does: apache-2.0, or bf16.")
    return text


def _read_cursor(_: str, text: str) -> str:
    if len(text) > _MAX_CURSOR or not text.isascii() or not text.isprintable():
        raise BadInput("This page's cursor is damaged.", "Go to the first page and follow its links.")
    return text


def _chooser(choices: tuple[str, ...]) -> Any:
    return lambda name, text: _read_choice(name, text, choices)


_READERS: Final[Mapping[str, Any]] = {
    "task": _read_id,
    "hardware": _read_id,
    "model_class": _read_class,
    "protocol": _read_id,
    "edition": _read_id,
    "reasoning": _chooser(get_args(Reasoning)),
    "provenance": _chooser(tuple(provenance.value for provenance in Provenance)),
    "q": _read_search,
    "params_min": read_params,
    "params_max": read_params,
    "licence": _read_word,
    "precision": _read_word,
    "configurations": _chooser(("best", "all")),
    "sort": _read_sort,
    "order": _chooser(("asc", "desc")),
    "after": _read_cursor,
}
PARAMETERS: Final = tuple(_READERS)
"""Names a query string may hold."""
