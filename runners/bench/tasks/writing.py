"""Tasks in which a model writes: `generate` to the task's budget, and `prefill`, a pass of one new token."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import torch

from runners.bench.blocks import Row
from runners.bench.engines import LoadingFailed
from runners.bench.engines.transformers import Loaded, ends, greedy
from runners.bench.tasks.answer import Answer
from runners.bench.tasks.pipeline import TaskPipeline, to_device
from runners.bench.tasks.together import Side, alike, joined, pad_of
from runners.bench.wire import Load


class Writer(TaskPipeline):
    """A model with `generate`, greedy.

    A prepared row is the mapping that `generate` takes. What was written before it writes (the prompt of a
    decoder, the start token of an encoder-decoder) is not counted.
    """

    phases: tuple[str, ...] = ("preprocess", "generate", "prefill")
    scoring = "score"
    exact = False
    """Whether it writes on past the end of a sequence, until the budget is full."""
    silence = False
    """Whether writing nothing can be an answer."""
    side: Side = "left"
    """Where a batch is padded: what goes on writing at the right of its prompt is padded on the left."""

    def __init__(self, load: Load, rows: Sequence[Row], loaded: Loaded, tokenizer: Any) -> None:
        """
        Args:
            tokenizer: decodes what was written.

        Raises:
            LoadingFailed: the plan has no budget, or a row is not what the task reads.
        """
        if load.output_tokens is None:
            raise LoadingFailed("data", "A plan for a task that writes says how many tokens come out.")
        self._model, self._tokenizer = loaded.model, tokenizer
        self._dtype = next(p.dtype for p in loaded.model.parameters() if p.is_floating_point())
        self.architecture, self.dtype = loaded.architecture, loaded.dtype
        self.kept_fp32, self.params = loaded.kept_fp32, loaded.params
        super().__init__(load, rows, loaded.model)
        self._budget = self.budget(load.output_tokens)
        self._lengths = {
            "generate": self._budget,
            "prefill": 1,
            "score": self.budget(load.scored_tokens or load.output_tokens),
        }
        self._configs = {
            phase: greedy(
                self._model,
                at_least=tokens if self.exact or phase == "prefill" else None,
                at_most=tokens,
            )
            for phase, tokens in self._lengths.items()
        }
        self._ends = ends(self._configs["generate"])
        # The model's own config would be merged into ours, with its sampling and its beams.
        self._model.generation_config = self._configs["generate"]

    def budget(self, tokens: int) -> int:
        """Tokens it may write, where the architecture allows fewer than the plan.

        Raises:
            LoadingFailed: its context does not hold the task.
        """
        return tokens

    def read(self, prepared: Any) -> Answer:
        ids = prepared.get("input_ids")
        return Answer(0 if ids is None else int(ids.shape[-1]))

    def answer(self, phase: str, prepared: Any) -> Answer:
        written = self._model.generate(
            **to_device(prepared, self._device, self._dtype), generation_config=self._configs[phase]
        )
        return self._said(phase, prepared, written[0, self.begun(prepared) :].tolist())

    def answers(self, phase: str, several: Sequence[Any]) -> list[Answer]:
        batch = joined(several, self.side, pad_of(self._tokenizer, self._configs[phase].pad_token_id))
        written = self._model.generate(
            **to_device(batch, self._device, self._dtype), generation_config=self._configs[phase]
        )
        rows = written[:, self.begun(batch) :].tolist()
        return [
            self._said(phase, prepared, self.until_end(row))
            for prepared, row in zip(several, rows, strict=True)
        ]

    def alike(self, prepared: Any) -> Hashable:
        return alike(prepared)

    def until_end(self, row: list[int]) -> list[int]:
        """What one row of a batch wrote: up to its end, after which it is padded for the others' sake."""
        end = next((place for place, token in enumerate(row) if token in self._ends), len(row))
        return row[: end + 1]

    def _said(self, phase: str, prepared: Any, new: list[int]) -> Answer:
        said = any(token not in self._ends for token in new)
        whole = len(new) == self._budget if self.exact and phase == "generate" else True
        read = self.read(prepared)
        return Answer(read.tokens_in, len(new), whole and (said or self.silence), read.audio_s, new)

    def begun(self, prepared: Any) -> int:
        """Tokens of the model's output that it did not write: a decoder's whole prompt."""
        return int(prepared["input_ids"].shape[-1])

    def tell(self, raw: Any) -> str:
        return str(self._tokenizer.decode(raw, skip_special_tokens=True)).strip()


def as_prompt(ids: list[int]) -> dict[str, torch.Tensor]:
    """Token ids as a decoder's prompt."""
    tensor = torch.tensor([ids])
    return {"input_ids": tensor, "attention_mask": torch.ones_like(tensor)}
