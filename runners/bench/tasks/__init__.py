"""Pipelines: how a task's queries go through a model, phase by phase. They run in the child alone."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Protocol, get_args

from leaderboard.domain import UnknownName
from leaderboard.domain.tasks import Engine
from runners.bench.blocks import Row
from runners.bench.engines import LoadingFailed
from runners.bench.tasks.answer import Answer
from runners.bench.wire import Load

__all__ = ["ENGINES", "Answer", "LoadingFailed", "Pipeline", "module_of", "open_pipeline"]

ENGINES: tuple[str, ...] = get_args(Engine)
"""Engines that a task's YAML may name: one module here each, its class `Task`."""


class Pipeline(Protocol):
    """A loaded model with the block of queries, ready to run any phase of its task on any of them."""

    architecture: str
    dtype: str
    """dtype found on the loaded parameters, without "torch."."""
    kept_fp32: tuple[str, ...]
    phases: tuple[str, ...]
    longest_input: int
    """Tokens of the longest input of the block, after truncation; 0 where tokens are not the measure."""
    unused_weights: tuple[str, ...]
    params: int | None
    labels: tuple[str, ...]
    """Names of the labels it chooses among."""
    steps: int | None
    resolution: str | None

    def run(self, phase: str, query: int) -> Answer:
        """One query of the block through one phase; the answer has reached the host when it returns."""
        ...

    def run_together(self, phase: str, queries: Sequence[int]) -> list[Answer]:
        """Several queries of the block in one batch; each one's answer as if it had been alone."""
        ...

    def tell(self, raw: Any) -> Any:
        """An answer's `raw` in the form in which quality is scored (`runners.bench.quality`)."""
        ...

    def output(self, row: Row) -> Any:
        """The same for a labelled row that is not of the block."""
        ...

    def synchronise(self) -> None:
        """Wait until the device has nothing left to do."""
        ...

    def gpu_uuids(self) -> tuple[str, ...]:
        """UUIDs of the GPUs that hold parameters."""
        ...

    def peak_memory_bytes(self) -> int:
        """Most memory held on the device, bytes."""
        ...


def module_of(engine: str) -> str:
    """The module of an engine. Each brings its own heavy imports, and a child needs one of them.

    Raises:
        UnknownName: no such engine.
    """
    if engine not in ENGINES:
        raise UnknownName("engine", engine, ENGINES)
    return f"{__name__}.{engine.replace('-', '_')}"


def open_pipeline(engine: str, load: Load, rows: Sequence[Row]) -> Pipeline:
    """Load a model for a task's engine, with the block of queries.

    Raises:
        UnknownName: no such engine.
        LoadingFailed: weights, dtype or context do not fit, or the queries do not.
    """
    pipeline: Pipeline = importlib.import_module(module_of(engine)).Task(load, rows)
    return pipeline
