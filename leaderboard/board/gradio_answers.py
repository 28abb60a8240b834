"""What Gradio's functions answer: JSON as text, because MCP would show Python otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from leaderboard.board.errors import error_body
from leaderboard.domain import StarwattError


def as_json(make: Callable[[], Any]) -> str:
    """The answer as JSON; an error in the API's own shape, because a caller reads nothing else."""
    try:
        return json.dumps(make(), ensure_ascii=False, allow_nan=False)
    except StarwattError as error:
        return json.dumps(error_body(error), ensure_ascii=False)
