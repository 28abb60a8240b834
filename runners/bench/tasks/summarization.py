"""Summarization: an article, cut to the task's length, to a summary of at most n tokens (METHOD §2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transformers import AutoModelForSeq2SeqLM

from runners.bench.blocks import Row
from runners.bench.engines import LoadingFailed
from runners.bench.engines.loading import check_context
from runners.bench.engines.transformers import load_model, load_tokenizer
from runners.bench.tasks.pipeline import text_of
from runners.bench.tasks.writing import Writer
from runners.bench.wire import Load


class Task(Writer):
    """Phases: `preprocess` (text → token ids), `generate` (encoder, then decoder to EOS), `prefill`."""

    side = "right"

    def __init__(self, load: Load, rows: Sequence[Row]) -> None:
        if load.max_input_tokens is None:
            raise LoadingFailed("data", "A plan for summarization says how many tokens go in.")
        self._cap = load.max_input_tokens
        loaded = load_model(AutoModelForSeq2SeqLM, load)
        self._prefix = _prefix(loaded.model.config)
        super().__init__(load, rows, loaded, load_tokenizer(load.folder))

    def budget(self, tokens: int) -> int:
        # Encoder and decoder have positions of their own.
        check_context(self._model.config, self.longest_input, 0)
        check_context(self._model.config, 0, tokens)
        return tokens

    def prepare(self, row: Row) -> Any:
        text = self._prefix + text_of(row)[0]
        return dict(self._tokenizer(text, truncation=True, max_length=self._cap, return_tensors="pt"))

    def begun(self, prepared: Any) -> int:
        return 1


def _prefix(config: Any) -> str:
    """What the checkpoint says goes before an article ("summarize: " for T5)."""
    params = getattr(config, "task_specific_params", None)
    told = params.get("summarization") if isinstance(params, dict) else None
    prefix = told.get("prefix") if isinstance(told, dict) else None
    return prefix if isinstance(prefix, str) else ""
