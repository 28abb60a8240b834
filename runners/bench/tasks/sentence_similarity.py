"""Sentence similarity: two sentences → two vectors → their cosine. One query is one pair (METHOD §2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import torch

from runners.bench.blocks import Row
from runners.bench.engines import LoadingFailed
from runners.bench.engines.loading import check_context
from runners.bench.engines.sentence_transformers import load_encoder
from runners.bench.tasks.answer import Answer
from runners.bench.tasks.pipeline import TaskPipeline, text_of, to_device
from runners.bench.tasks.together import Side, joined, pad_of
from runners.bench.wire import Load


class Task(TaskPipeline):
    """Phases: `preprocess` (both sentences → token ids) and `forward` (one batch of both → cosine)."""

    phases: tuple[str, ...] = ("preprocess", "forward")
    inputs = 2

    def __init__(self, load: Load, rows: Sequence[Row]) -> None:
        if load.max_input_tokens is None:
            raise LoadingFailed("data", "A plan for sentence similarity says how many tokens go in.")
        encoder = load_encoder(load)
        self.architecture, self.dtype = encoder.architecture, encoder.dtype
        self.unused_weights = encoder.unused_weights
        self._sentences: Any = encoder.model
        self._sentences.max_seq_length = load.max_input_tokens
        super().__init__(load, rows, encoder.model)
        if encoder.config is not None:
            widest = max(int(features["input_ids"].shape[-1]) for features in self._prepared)
            self.longest_input = widest
            check_context(encoder.config, widest, 0)

    def prepare(self, row: Row) -> dict[str, Any]:
        features: dict[str, Any] = self._sentences.preprocess(text_of(row))
        return features

    def read(self, prepared: Any) -> Answer:
        """Tokens of both sentences, padding left out."""
        mask = prepared.get("attention_mask")
        return Answer(int(mask.sum()) if mask is not None else int(prepared["input_ids"].numel()))

    def answer(self, phase: str, prepared: Any) -> Answer:
        return self._alike(self._vectors(prepared), prepared)

    def answers(self, phase: str, several: Sequence[Any]) -> list[Answer]:
        vectors = self._vectors(self._joined(several))
        return [
            self._alike(vectors[2 * place : 2 * place + 2], prepared)
            for place, prepared in enumerate(several)
        ]

    def _vectors(self, features: dict[str, Any]) -> torch.Tensor:
        """Of each sentence; shape (sentences, dimensions)."""
        # Copied to the device, also because the modules add their results to the mapping they are given.
        found: torch.Tensor = self._sentences(to_device(features, self._device))["sentence_embedding"]
        return found.float()

    def _alike(self, vectors: torch.Tensor, prepared: Any) -> Answer:
        cosine = torch.nn.functional.cosine_similarity(vectors[0], vectors[1], dim=0).item()
        return Answer(self.read(prepared).tokens_in, usable=math.isfinite(cosine), raw=cosine)

    def _joined(self, several: Sequence[Any]) -> dict[str, Any]:
        """The pairs as one batch of sentences, each pair's two beside each other."""
        if "attention_mask" not in several[0]:
            return _in_a_row(several)
        sentences = [
            {name: value[row : row + 1] for name, value in pair.items() if isinstance(value, torch.Tensor)}
            for pair in several
            for row in (0, 1)
        ]
        tokenizer = self._sentences.tokenizer
        side: Side = "left" if tokenizer.padding_side == "left" else "right"
        return {**several[0], **joined(sentences, side, pad_of(tokenizer))}


def _in_a_row(several: Sequence[Any]) -> dict[str, Any]:
    """Sentences without padding: their tokens in one row, and where each one's begin."""
    begins = [0, *accumulate(int(pair["input_ids"].shape[0]) for pair in several)]
    offsets = [pair["offsets"] + begin for pair, begin in zip(several, begins, strict=False)]
    ids = torch.cat([pair["input_ids"] for pair in several])
    return {**several[0], "input_ids": ids, "offsets": torch.cat(offsets)}
