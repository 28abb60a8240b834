"""What went wrong in the child, under the name by which the parent hears of it."""

from __future__ import annotations

from typing import Literal

from leaderboard.domain import StarwattError
from runners.bench import wire
from runners.bench.engines import LoadingFailed


def failure_of(error: Exception, stage: Literal["load", "run"]) -> wire.Failure:
    """What went wrong, in one line and under its name."""
    text = str(error).strip()
    first = f"{type(error).__name__}: {text.splitlines()[0][:400] if text else 'no message'}"
    if isinstance(error, LoadingFailed):
        return wire.Failure.model_validate({"cause": error.cause, "message": text})
    if _is_out_of_memory(error, text):
        return wire.Failure(cause="out-of-memory", message=first)
    if isinstance(error, StarwattError):
        return wire.Failure(cause="message", message=str(error))
    return wire.Failure(cause=stage, message=first)


_FULL = ("out of memory", "can't allocate memory", "not enough memory", "ALLOC_FAILED")
"""What PyTorch, its allocators and CUDA's libraries say when memory ends, under other names."""


def _is_out_of_memory(error: Exception, text: str) -> bool:
    # torch.OutOfMemoryError is a RuntimeError; its name is enough, and torch may not be imported yet.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in text for words in _FULL)
