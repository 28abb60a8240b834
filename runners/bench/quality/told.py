"""Reading what another process told, and the labels it is held against: the right kind of value or a reason.

Whatever is not what a metric expects ends the scoring with a sentence, not with an error of Python's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from runners.bench.quality.figures import NotScorable

TEXT_LIMIT = 100_000
"""Characters of one text that are looked at: more than any task's budget of tokens writes."""


def text(value: Any, row: int, what: str = "output", limit: int = TEXT_LIMIT, end: bool = False) -> str:
    """A text, cut to `limit` characters.

    Args:
        row: index of the row, for the reason.
        what: "output" or "label", for the reason.
        end: keep the end of a text that is too long, not its beginning.

    Raises:
        NotScorable: it is no text.
    """
    if not isinstance(value, str):
        raise wrong(value, row, what, "a text")
    cut = value[-limit:] if end else value[:limit]
    # Half a surrogate pair is valid JSON and no valid text; libraries that encode would stumble.
    return cut.encode("utf-8", "replace").decode("utf-8")


def number(value: Any, row: int, what: str = "output") -> float:
    """A finite number.

    Raises:
        NotScorable: it is no number, not finite, or too large for one.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(value, row, what, "a number")
    try:
        read = float(value)
    except OverflowError:
        read = math.inf
    if not math.isfinite(read):
        raise NotScorable(f"The {what} of row {row + 1} is not a finite number.")
    return read


def fields(value: Any, row: int, names: Sequence[str], what: str = "output") -> list[Any]:
    """The values of an object's fields, in the order of their names.

    Raises:
        NotScorable: it is no object, or lacks one of them.
    """
    if not isinstance(value, Mapping) or not all(name in value for name in names):
        raise wrong(value, row, what, f"an object with {' and '.join(names)}")
    return [value[name] for name in names]


def items(value: Any, row: int, what: str = "output") -> Sequence[Any]:
    """A list.

    Raises:
        NotScorable: it is none.
    """
    if not isinstance(value, list | tuple):
        raise wrong(value, row, what, "a list")
    return value


def label(cells: Sequence[Any], row: int) -> Any:
    """The first label cell of a row.

    Raises:
        NotScorable: the row has none.
    """
    if not cells:
        raise NotScorable(f"Row {row + 1} has no label.")
    return cells[0]


def wrong(value: Any, row: int, what: str, wanted: str) -> NotScorable:
    """The reason that a value is not of the kind a metric scores."""
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (type(None), "empty"),
        (bool, "true or false"),
        ((int, float), "a number"),
        (str, "a text"),
        (Mapping, "another object"),
        ((list, tuple), "a list"),
    )
    is_a = next((words for kind, words in kinds if isinstance(value, kind)), "of an unknown kind")
    return NotScorable(f"The {what} of row {row + 1} is {is_a}, not {wanted}.")
