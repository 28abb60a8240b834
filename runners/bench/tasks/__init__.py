"""Pipelines: how a task's queries go through a model, phase by phase. They run in the child alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from leaderboard.domain import UnknownName
from runners.bench.wire import Load

__all__ = ["ENGINES", "Answer", "LoadingFailed", "Pipeline", "open_pipeline"]

ENGINES = ("sentence-similarity", "text-generation")
"""Engines that a task's YAML may name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one query came to."""

    tokens_in: int
    tokens_out: int
    usable: bool
    """Whether there is an answer: finite vectors, or text as long as it should be."""
    audio_s: float = 0.0
    """Seconds of audio it heard."""


class LoadingFailed(Exception):
    """The model cannot stand for what the plan says; `cause` is a word of `wire.Failure`."""

    def __init__(self, cause: str, message: str) -> None:
        super().__init__(message)
        self.cause = cause


class Pipeline(Protocol):
    """A loaded model with the block of queries, ready to run any phase of its task on any of them."""

    architecture: str
    dtype: str
    """dtype found on the loaded parameters, without "torch."."""
    phases: tuple[str, ...]
    longest_input: int
    """Tokens of the longest input of the block, after truncation."""
    unused_weights: tuple[str, ...]

    def run(self, phase: str, query: int) -> Answer:
        """One query of the block through one phase; the answer has reached the host when it returns."""
        ...

    def synchronise(self) -> None:
        """Wait until the device has nothing left to do."""
        ...

    def gpu_uuids(self) -> tuple[str, ...]:
        """UUIDs of the GPUs that hold parameters."""
        ...

    def peak_memory_bytes(self) -> int:
        """Most memory held on the device, bytes; 0 where it cannot be seen."""
        ...


def open_pipeline(engine: str, load: Load, rows: Sequence[Sequence[str]]) -> Pipeline:
    """Load a model for a task's engine, with the block of queries.

    Raises:
        UnknownName: no such engine.
        LoadingFailed: weights, dtype or context do not fit.
    """
    # Each engine brings its own heavy imports, and a child needs one of them.
    if engine == "text-generation":
        from runners.bench.tasks.text_generation import TextGeneration

        return TextGeneration(load, rows)
    if engine == "sentence-similarity":
        from runners.bench.tasks.sentence_similarity import SentenceSimilarity

        return SentenceSimilarity(load, rows)
    raise UnknownName("engine", engine, ENGINES)
