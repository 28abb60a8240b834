"""Text generation: continue a text, greedily, by exactly as many tokens as the task says (METHOD §2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from runners.bench.blocks import Row
from runners.bench.engines import LoadingFailed
from runners.bench.engines.loading import check_context
from runners.bench.engines.transformers import load_model, load_tokenizer
from runners.bench.tasks.pipeline import text_of
from runners.bench.tasks.writing import Writer, as_prompt
from runners.bench.wire import Load


class Task(Writer):
    """Phases: `preprocess` (text → token ids), `generate` (token ids → exactly n more), `prefill`."""

    exact = True

    def __init__(self, load: Load, rows: Sequence[Row]) -> None:
        if load.max_input_tokens is None:
            raise LoadingFailed("data", "A plan for text generation says how many tokens go in.")
        self._cap = load.max_input_tokens
        super().__init__(load, rows, load_model(AutoModelForCausalLM, load), load_tokenizer(load.folder))

    def _checked(self, row: Row) -> Row:
        # A data set may have its text in several columns; together they are the prompt.
        return (" ".join(text_of(row)),)

    def budget(self, tokens: int) -> int:
        check_context(self._model.config.get_text_config(), self.longest_input, tokens)
        return tokens

    def prepare(self, row: Row) -> dict[str, torch.Tensor]:
        ids: list[int] = self._tokenizer(row[0], truncation=True, max_length=self._cap)["input_ids"]
        if not ids:
            raise LoadingFailed("data", "The tokenizer makes no token of one of the task's texts.")
        return as_prompt(ids)

    def output(self, row: Row) -> dict[str, float]:
        """How well it foretells a text: −Σ log₂ p of its tokens, and the bytes that they stand for.

        The text is cut to the task's longest input. Its first token has the sequence's beginning before it.
        """
        text = text_of(row)[0]
        told = self._tokenizer(text, truncation=True, max_length=self._cap, add_special_tokens=False)
        ids: list[int] = told["input_ids"]
        begin = self._tokenizer.bos_token_id
        if begin is None:
            begin = next(iter(self._ends), None)
        before = [] if begin is None else [begin]
        tensor = torch.tensor([[*before, *ids]], device=self._device)
        with torch.inference_mode():
            logits = self._model(tensor).logits[0, :-1].float()
        scored = tensor[0, 1:]
        nats = -torch.log_softmax(logits, -1).gather(1, scored[:, None]).sum().item()
        if not math.isfinite(nats):
            raise LoadingFailed("run", "The model gives a text no finite probability.")
        return {"bits": nats / math.log(2), "bytes": len(self._text(text, ids, bool(before)).encode())}

    def _text(self, text: str, ids: list[int], whole: bool) -> str:
        """The part of the text that the scored tokens stand for."""
        if whole and len(ids) < self._cap:
            return text
        scored: Any = ids if whole else ids[1:]
        return str(self._tokenizer.decode(scored, skip_special_tokens=True))
