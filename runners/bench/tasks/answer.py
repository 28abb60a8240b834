"""What one query came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """One query through one phase."""

    tokens_in: int = 0
    tokens_out: int = 0
    usable: bool = True
    """Whether there is an answer: finite numbers, or text as long as it should be."""
    audio_s: float = 0.0
    """Seconds of audio it heard."""
    raw: Any = None
    """The answer itself, on the host, as `Pipeline.tell` takes it."""
