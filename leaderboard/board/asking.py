"""What a query string asks of the pages beside the board, and of their twins for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Request

from leaderboard.board.places import PLACE, address
from leaderboard.domain import BadInput

_LONGEST_NAME = 200


def model_names(items: Sequence[tuple[str, str]], parameter: str) -> list[str]:
    """Models that a query string names, each once, in their order.

    Raises:
        BadInput: no model can have such a name.
    """
    names = list(dict.fromkeys(value.strip() for name, value in items if name == parameter and value.strip()))
    for name in names:
        if len(name) > _LONGEST_NAME or not name.isprintable():
            raise BadInput(
                "A model's name is too long or holds control characters.",
                f"Write it as the board shows it, org/name, at most {_LONGEST_NAME} characters.",
            )
    return names


def documented(*own: str) -> dict[str, Any]:
    """What the API's document says of a twin's parameters: its own, and the place's."""
    return {
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
            for name in (*own, *PLACE)
        ]
    }


def programs_items(request: Request, *own: str) -> list[tuple[str, str]]:
    """What a program asks a twin: a misspelt factor must not be passed over, or the figure would be another.

    Raises:
        BadInput: a parameter that the twin does not know.
    """
    items = [pair for pair in request.query_params.multi_items() if pair[1].strip()]
    # Names with two underscores in front are the hosting's own.
    unknown = sorted({name for name, _ in items if not name.startswith("__")} - {*own, *PLACE})
    if unknown:
        raise BadInput(f"There is no parameter {unknown[0][:40]!r}.", f"Known: {', '.join((*own, *PLACE))}.")
    return items


def asked_without_gaps(request: Request) -> tuple[list[tuple[str, str]], str | None]:
    """What a page was asked; and where to go instead, where there were empty fields.

    A form without JavaScript sends those too: the address is told without them.
    """
    items = request.query_params.multi_items()
    full = [pair for pair in items if pair[1].strip()]
    return full, address(request.url.path, full) if len(full) < len(items) else None
