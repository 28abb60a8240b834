"""Tasks in which one pass of a model gives the answer: `forward`."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import torch

from runners.bench.blocks import Row
from runners.bench.engines.transformers import Loaded
from runners.bench.tasks.answer import Answer
from runners.bench.tasks.pipeline import TaskPipeline, to_device
from runners.bench.tasks.together import Side, alike, joined, pad_of
from runners.bench.wire import Load


class Encoder(TaskPipeline):
    """A model whose prepared row is the mapping that its `forward` takes."""

    phases: tuple[str, ...] = ("preprocess", "forward")
    _tokenizer: Any = None
    """Of a model that reads text; it says how a batch is padded."""

    def __init__(self, load: Load, rows: Sequence[Row], loaded: Loaded) -> None:
        """
        Raises:
            LoadingFailed: a row is not what the task reads.
        """
        self._model = loaded.model
        self._dtype = next(p.dtype for p in loaded.model.parameters() if p.is_floating_point())
        self.architecture, self.dtype = loaded.architecture, loaded.dtype
        self.kept_fp32, self.params = loaded.kept_fp32, loaded.params
        super().__init__(load, rows, loaded.model)

    def forward(self, prepared: Any) -> Any:
        """The model's output for a prepared row."""
        return self._model(**to_device(prepared, self._device, self._dtype))

    def together(self, several: Sequence[Any]) -> dict[str, Any]:
        """The mappings of alike rows as one batch."""
        side: Side = "left" if getattr(self._tokenizer, "padding_side", "right") == "left" else "right"
        return joined(several, side, pad_of(self._tokenizer))

    def alike(self, prepared: Any) -> Hashable:
        return alike(prepared)

    def read(self, prepared: Any) -> Answer:
        ids = prepared.get("input_ids")
        return Answer(0 if ids is None else int(ids.shape[-1]))


class Classifier(Encoder):
    """A model that puts one of its labels on a row."""

    def __init__(self, load: Load, rows: Sequence[Row], loaded: Loaded) -> None:
        names = loaded.model.config.id2label
        self.labels = tuple(str(names[number]) for number in sorted(names))
        super().__init__(load, rows, loaded)

    def answer(self, phase: str, prepared: Any) -> Answer:
        return self._chosen(prepared, self.forward(prepared).logits[0].float())

    def answers(self, phase: str, several: Sequence[Any]) -> list[Answer]:
        logits = self.forward(self.together(several)).logits.float()
        return [self._chosen(prepared, own) for prepared, own in zip(several, logits, strict=True)]

    def _chosen(self, prepared: Any, logits: torch.Tensor) -> Answer:
        best = int(logits.argmax().item())
        usable = bool(torch.isfinite(logits).all().item())
        return Answer(self.read(prepared).tokens_in, usable=usable, raw=self.labels[best])
