"""How open a model is, in words and in cells: its weights, its data, its licence."""

from __future__ import annotations

from typing import Final, Literal

from leaderboard.domain import Rating

State = Literal["open", "closed", "unknown"]

_PARTS: Final = (("weights", "W"), ("data", "D"), ("licence", "L"))
_WORDS: Final[dict[State, str]] = {"open": "open", "closed": "not open", "unknown": "not known"}


def cells(row: Rating) -> list[tuple[str, State]]:
    """Weights, data and licence, in this order: the letter of each, and what is known of it.

    Where nothing is known the letter gives way to a question mark.
    """
    return [
        ("?" if state == "unknown" else letter, state)
        for (_, letter), state in zip(_PARTS, _states(row), strict=True)
    ]


def text(row: Rating) -> str:
    """`weights open, data not known, licence open`."""
    return ", ".join(f"{name} {_WORDS[state]}" for (name, _), state in zip(_PARTS, _states(row), strict=True))


def known(row: Rating) -> bool:
    """Whether anything is known about it at all."""
    return any(state != "unknown" for state in _states(row))


def _states(row: Rating) -> list[State]:
    told = (row.weights_open, row.data_open, row.licence_open)
    return ["unknown" if one is None else "open" if one else "closed" for one in told]
