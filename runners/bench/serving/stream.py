"""A streamed answer of the OpenAI API (server-sent events), piece by piece."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx2


class Incompatible(Exception):
    """What came is no streamed completion of the OpenAI API; the message shows it."""


class Piece(NamedTuple):
    """One event of a stream."""

    text: str | None
    """What it adds to the answer, which may be empty where a token is half a character; None: nothing."""
    usage: tuple[int, int] | None
    """Tokens read and written, where it tells them."""
    finish: str
    """Why the answer ends here; empty: it does not."""
    tokens_so_far: int | None
    """Tokens written until here, where the server counts as it goes."""


async def read_stream(response: httpx2.Response) -> AsyncIterator[Piece]:
    """The pieces of an answer, as they come.

    Raises:
        Incompatible: another kind of answer.
        httpx2.RemoteProtocolError: the connection was closed before the stream said that it had ended.
    """
    kind = response.headers.get("content-type", "nothing").partition(";")[0].strip()
    if kind != "text/event-stream":
        shown = " ".join((await response.aread()).decode(errors="replace").split())[:80]
        raise Incompatible(f"it answered with {kind} and not with an event stream: {shown!r}")
    async for line in response.aiter_lines():
        name, _, value = line.partition(":")
        if name != "data":
            continue
        value = value.strip()
        if value == "[DONE]":
            return
        yield _piece(value)
    raise httpx2.RemoteProtocolError("the stream ended without [DONE]")


def _piece(value: str) -> Piece:
    try:
        event: Any = json.loads(value)
        if isinstance(event, dict) and "error" in event:
            raise Incompatible(f"it told an error: {value[:120]}")
        choices, told = event["choices"], event.get("usage")
        usage = None if told is None else (int(told["prompt_tokens"]), int(told["completion_tokens"]))
        if not choices:
            return Piece(None, usage, "", None)
        finish = choices[0].get("finish_reason") or ""
        text = _text(choices[0])
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise Incompatible(f"an event is no completion ({type(error).__name__}): {value[:120]!r}") from error
    # The last event may only say why it is the last.
    adds = text is not None and (bool(text) or not finish)
    return Piece(text if adds else None, usage, finish, None if usage is None else usage[1])


def _text(choice: dict[str, Any]) -> str | None:
    """What a choice adds: its text, or, in a chat, what the model says or thinks; None: only its role."""
    if "text" in choice:
        return str(choice["text"])
    delta = choice["delta"]
    said = [delta.get(name) for name in ("reasoning", "reasoning_content", "content")]
    if all(part is None for part in said) or ("role" in delta and not any(said)):
        return None
    return "".join(part for part in said if part)
