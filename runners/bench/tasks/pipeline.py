"""What every task has in common: a block of queries, prepared once, and phases that run on them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import Any, ClassVar

import torch

from runners.bench.blocks import Row
from runners.bench.engines import LoadingFailed
from runners.bench.engines.device import OnDevice
from runners.bench.tasks.answer import Answer
from runners.bench.wire import Load


class TaskPipeline(OnDevice, ABC):
    """A task is how a row is prepared, how a prepared row is answered, and how an answer is told.

    `preprocess` prepares a row and throws it away; the other phases answer rows that were prepared before,
    so that no phase pays for another.
    """

    phases: tuple[str, ...]
    inputs: ClassVar[int] = 1
    """Input columns of a row."""
    scoring: str | None = None
    """What `answer` calls a labelled row's pass; None: the phase after `preprocess`."""
    kept_fp32: tuple[str, ...] = ()
    unused_weights: tuple[str, ...] = ()
    params: int | None = None
    labels: tuple[str, ...] = ()
    steps: int | None = None
    resolution: str | None = None
    architecture: str
    dtype: str

    def __init__(self, load: Load, rows: Sequence[Row], *modules: torch.nn.Module) -> None:
        """Called by a task when its model is loaded.

        Raises:
            LoadingFailed: a row is not what the task reads.
        """
        super().__init__(load.device, *modules)
        self._rows = [self._checked(row) for row in rows]
        self._prepared = [self.prepare(row) for row in self._rows]
        self.longest_input = max(self.read(prepared).tokens_in for prepared in self._prepared)

    def _checked(self, row: Row) -> Row:
        if len(row) != self.inputs:
            raise LoadingFailed("data", f"A query of this task has {self.inputs} inputs, not {len(row)}.")
        return row

    def run(self, phase: str, query: int) -> Answer:
        if phase == "preprocess":
            return self.read(self.prepare(self._rows[query]))
        with torch.inference_mode():
            return self.answer(phase, self._prepared[query])

    def run_together(self, phase: str, queries: Sequence[int]) -> list[Answer]:
        if phase == "preprocess" or len(queries) == 1:
            return [self.run(phase, query) for query in queries]
        prepared = [self._prepared[query] for query in queries]
        groups: dict[Hashable, list[int]] = {}
        for place, one in enumerate(prepared):
            groups.setdefault(self.alike(one), []).append(place)
        found: dict[int, Answer] = {}
        with torch.inference_mode():
            for places in groups.values():
                together = [prepared[place] for place in places]
                answers = (
                    self.answers(phase, together) if len(places) > 1 else [self.answer(phase, *together)]
                )
                found.update(zip(places, answers, strict=True))
        return [found[place] for place in range(len(queries))]

    def output(self, row: Row) -> Any:
        with torch.inference_mode():
            answer = self.answer(self.scoring or self.phases[1], self.prepare(self._checked(row)))
        return self.tell(answer.raw)

    # What a task says of itself.

    @abstractmethod
    def prepare(self, row: Row) -> Any:
        """A row as the model takes it, on the host.

        Raises:
            LoadingFailed: it cannot be: nothing to read, an image that does not decode.
        """

    def read(self, prepared: Any) -> Answer:
        """What preparing came to: tokens, seconds of audio."""
        return Answer()

    @abstractmethod
    def answer(self, phase: str, prepared: Any) -> Answer:
        """A prepared row through the model, by a phase of the task but `preprocess`."""

    @abstractmethod
    def answers(self, phase: str, several: Sequence[Any]) -> list[Answer]:
        """Prepared rows that are alike through the model in one batch: each answered as if it were alone."""

    def alike(self, prepared: Any) -> Hashable:
        """What rows must have in common to be one batch; others are batches of their own. All are alike
        unless a task knows better."""
        return None

    def tell(self, raw: Any) -> Any:
        """An answer in the form in which it is scored."""
        return raw


def text_of(row: Row) -> list[str]:
    """A row whose cells are texts.

    Raises:
        LoadingFailed: one of them is not.
    """
    if not all(isinstance(cell, str) for cell in row):
        raise LoadingFailed("data", "The task reads text, and its data set has something else.")
    return [str(cell) for cell in row]


def bytes_of(row: Row) -> bytes:
    """A row whose only cell is an image or a recording.

    Raises:
        LoadingFailed: it is not.
    """
    cell = row[0]
    if not isinstance(cell, bytes):
        raise LoadingFailed("data", "The task reads images or audio, and its data set has something else.")
    return cell


def to_device(values: Any, device: torch.device, dtype: torch.dtype | None = None) -> dict[str, Any]:
    """The tensors of a mapping on a device; numbers with a fraction in the model's dtype, others as they
    are."""
    return {
        name: value.to(device, dtype if value.is_floating_point() else None)
        if isinstance(value, torch.Tensor)
        else value
        for name, value in values.items()
    }
