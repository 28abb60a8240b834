"""What single values of a query string mean: each reader gives the value, or says why it is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final, get_args

from leaderboard.board.columns import KEYS
from leaderboard.domain import BadInput, ModelClass
from leaderboard.record.query import Sort

Reader = Callable[[str, str], object]
"""Takes a parameter's name and its text."""

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_WORD = re.compile(r"[\w.+-]{1,64}")
_PARAMS = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*([kmbt]?)", re.IGNORECASE)
_FACTORS: Final = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
MAX_PARAMS: Final = 10**15
MAX_SEARCH: Final = 100
MAX_CURSOR: Final = 1000

# The names of the API's columns mean the same sort.
_SORT_ALIASES: Final = {"energy_wh_per_1000": "energy"}


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
    if not 1 <= number <= MAX_PARAMS:
        raise BadInput(
            f"{name} is {_shown(text)}, which is no number of parameters.",
            "Write a number above zero, as in 350M or 7.5B.",
        )
    return int(number)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def read_id(name: str, text: str) -> str:
    """A kebab-case id. Raises BadInput."""
    if len(text) > 64 or not _ID.fullmatch(text):
        raise BadInput(
            f"{name} is {_shown(text)}, which is not an id.",
            "Ids are small letters, digits and dashes, as in text-generation.",
        )
    return text


def read_choice(name: str, text: str, choices: tuple[str, ...]) -> str:
    """One of the choices. Raises BadInput."""
    if text not in choices:
        raise BadInput(f"{name} is {_shown(text)}.", f"It may be {', '.join(choices)}.")
    return text


def read_class(name: str, text: str) -> str:
    """A size class, upper or lower case. Raises BadInput."""
    return read_choice(name, text.upper(), tuple(value for value in get_args(ModelClass) if value))


def read_sort(name: str, text: str) -> str:
    """What rows are sorted by. Raises BadInput."""
    return read_choice(name, _SORT_ALIASES.get(text, text), get_args(Sort))


def read_search(_: str, text: str) -> str:
    """A text to look for in names. Raises BadInput."""
    if len(text) > MAX_SEARCH or not text.isprintable():
        raise BadInput(
            "The search text is too long or holds control characters.",
            f"Search for a part of a model's name, at most {MAX_SEARCH} characters.",
        )
    return text


def read_word(name: str, text: str) -> str:
    """A short word: a licence, a precision, a library. Raises BadInput."""
    if not is_word(text):
        raise BadInput(f"{name} is {_shown(text)}.", "Write it as the board does: apache-2.0, or bf16.")
    return text


def is_word(text: str) -> bool:
    """Whether `read_word` takes it: what somebody else wrote may be no value of a filter."""
    return _WORD.fullmatch(text) is not None


def read_cursor(_: str, text: str) -> str:
    """A page's cursor, unread. Raises BadInput."""
    if len(text) > MAX_CURSOR or not text.isascii() or not text.isprintable():
        raise BadInput("This page's cursor is damaged.", "Go to the first page and follow its links.")
    return text


def chooser(choices: tuple[str, ...]) -> Reader:
    """A reader of one word out of a few."""
    return lambda name, text: read_choice(name, text, choices)


def read_columns(_: str, text: str) -> tuple[str, ...]:
    """Columns by their keys, split by commas: each once, in the board's order, the model always among them.

    Raises:
        BadInput: there is no such column.
    """
    asked = {key.strip() for key in text.split(",")} - {""}
    unknown = sorted(asked - set(KEYS))
    if unknown:
        raise BadInput(f"There is no column {_shown(unknown[0])}.", f"Columns are {', '.join(KEYS)}.")
    return in_order(asked)


def in_order(keys: Iterable[str]) -> tuple[str, ...]:
    """Keys of columns in the board's order, with the model, which no table is without."""
    chosen = {*keys, KEYS[0]}
    return tuple(key for key in KEYS if key in chosen)
