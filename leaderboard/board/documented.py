"""What the API's own document says that is the same everywhere: the shape of an error, a file as answer."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Response

from leaderboard.domain import Finding, Word


class ErrorDetail(Word):
    """What went wrong, in words."""

    code: str
    """Which kind of error: `bad_input`, `not_found`, `refused` …"""
    message: str
    """What happened, and why."""
    remedy: str
    """What to do about it; may be empty."""
    findings: tuple[Finding, ...] | None = None
    """Every check, where checks refused it."""
    known: tuple[str, ...] | None = None
    """The names there are, where a name is not known."""
    problems: tuple[dict[str, str], ...] | None = None
    """`where` and `message` of each field that cannot be read."""


class ErrorBody(Word):
    """Every answer that is not a success."""

    error: ErrorDetail


RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": ErrorBody, "description": "The request cannot be served, and why"},
    503: {"model": ErrorBody, "description": "Trouble outside; `Retry-After` says when to try again"},
}
"""What any address of the API may answer besides its own."""


def file_of(media: str) -> dict[str, Any]:
    """What a route that answers with a file says of it in the API's document."""
    answer = {
        "description": "The file",
        "content": {media: {"schema": {"type": "string", "format": "binary"}}},
    }
    return {"response_class": Response, "responses": {200: answer}}
