"""What a reader asks of `/right-size` ⇄ its query string; the API and the assistant's tool ask the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, Self
from urllib.parse import urlencode

from pydantic import Field

from leaderboard.board.view import ViewState
from leaderboard.domain import BadInput, KebabId, Word
from leaderboard.right_size import Load, Need

_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,12})?", re.ASCII)
_CHOSEN: Final = ("task", "hardware", "edition", "protocol", "reasoning", "licence")
_MOST_QUERIES: Final = 10**12
_MOST_PRICE: Final = 10**6


class AskedNeed(Word):
    """A need as it was asked for; what is None was left open."""

    task: KebabId | None = None
    hardware: KebabId | None = None
    edition: KebabId | None = None
    protocol: KebabId | None = None
    reasoning: str = "off"
    quality_min: float | None = None
    memory_gb: float | None = None
    latency_s: float | None = None
    licence: str | None = None
    unknown: str = "exclude"
    queries_per_day: int = Field(default=10_000, ge=1)
    price_per_kwh: float | None = None

    @classmethod
    def from_query(cls, items: Iterable[tuple[str, str]], others: Iterable[str] = ()) -> Self:
        """Read a query string; empty values are passed over.

        Args:
            others: names that the caller reads itself.

        Raises:
            BadInput: a name that is none of ours, or a value that no need can have.
        """
        given = {name: value.strip() for name, value in items if value.strip() and not name.startswith("__")}
        own = {name: value for name, value in given.items() if name not in others}
        for name in own:
            if name not in cls.model_fields:
                raise BadInput(
                    f"There is no parameter {name[:40]!r}.", f"Known: {', '.join([*PARAMETERS, *others])}."
                )
        view = ViewState.from_query((name, value) for name, value in own.items() if name in _CHOSEN)
        found: dict[str, Any] = {name: getattr(view, name) for name in _CHOSEN if name in own}
        if "unknown" in own:
            found["unknown"] = _unknown(own["unknown"])
        if "quality_min" in own:
            found["quality_min"] = _number(
                "quality_min", own["quality_min"], "0.25, in the task's own metric"
            )
        for name, example in (("memory_gb", "14"), ("latency_s", "0.5")):
            if name in own:
                found[name] = _number(name, own[name], f"{example}, above zero")
                if found[name] <= 0:
                    raise BadInput(
                        f"{name} is {own[name][:40]}.", "Give a number above zero, or leave it out."
                    )
        if "queries_per_day" in own:
            found["queries_per_day"] = _queries(own["queries_per_day"])
        if "price_per_kwh" in own:
            found["price_per_kwh"] = _number("price_per_kwh", own["price_per_kwh"], "0.25, in your currency")
            if not 0 <= found["price_per_kwh"] <= _MOST_PRICE:
                raise BadInput(
                    f"price_per_kwh is {own['price_per_kwh'][:40]}.", f"It may be 0 to {_MOST_PRICE:,}."
                )
        return cls(**found)

    @property
    def view(self) -> ViewState:
        """What of it the board's switches know. Reasoning is any: the need itself tells the ways apart."""
        return ViewState(
            task=self.task,
            hardware=self.hardware,
            edition=self.edition,
            protocol=self.protocol,
            reasoning="any",
        )

    @property
    def load(self) -> Load:
        return Load(queries_per_day=self.queries_per_day, price_per_kwh=self.price_per_kwh)

    def need(self, hardware: str | None, protocol: str | None) -> Need:
        """The need, with what was left open filled in."""
        own = {
            name: getattr(self, name) for name in Need.model_fields if name not in ("hardware", "protocol")
        }
        return Need(hardware=hardware, protocol=protocol, **own)

    def without(self, *needs: str) -> Self:
        """The same with these given up."""
        given_up = {name: type(self).model_fields[name].default for name in needs}
        if "reasoning" in needs:
            given_up["reasoning"] = "any"
        if "unknown" in needs:
            given_up["unknown"] = "include"
        return self.model_copy(update=given_up)

    @property
    def query(self) -> str:
        """What differs from the defaults, in a fixed order."""
        pairs = []
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value != field.default:
                pairs.append((name, plain(value) if isinstance(value, float) else str(value)))
        return urlencode(pairs)

    @property
    def href(self) -> str:
        return f"/right-size?{self.query}" if self.query else "/right-size"


PARAMETERS: Final = tuple(AskedNeed.model_fields)
"""Names a query string may hold."""


def plain(value: float) -> str:
    """A number as people type it, without an exponent or a needless zero."""
    return f"{value:.12f}".rstrip("0").rstrip(".")


def _number(name: str, text: str, example: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise BadInput(f"{name} is {text[:40]!r}, which is no number.", f"Write it as in {example}.")
    return float(text)


def _queries(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:14]) <= _MOST_QUERIES):
        raise BadInput(
            f"queries_per_day is {text[:40]!r}.",
            f"Give a whole number, 1 to {_MOST_QUERIES:,}; 10000 unless given.",
        )
    return int(text)


def _unknown(text: str) -> str:
    if text not in ("exclude", "include"):
        raise BadInput(f"unknown is {text[:40]!r}.", "It may be exclude, include.")
    return text
