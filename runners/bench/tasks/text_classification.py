"""Text classification: one label on a text, cut to the task's length (METHOD §2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transformers import AutoModelForSequenceClassification

from runners.bench.blocks import Row
from runners.bench.engines import LoadingFailed
from runners.bench.engines.loading import check_context
from runners.bench.engines.transformers import load_model, load_tokenizer
from runners.bench.tasks.encoding import Classifier
from runners.bench.tasks.pipeline import text_of
from runners.bench.tasks.together import pad_of
from runners.bench.wire import Load


class Task(Classifier):
    """Phases: `preprocess` (text → token ids) and `forward` (token ids → label)."""

    def __init__(self, load: Load, rows: Sequence[Row]) -> None:
        if load.max_input_tokens is None:
            raise LoadingFailed("data", "A plan for text classification says how many tokens go in.")
        self._cap = load.max_input_tokens
        self._tokenizer = load_tokenizer(load.folder)
        loaded = load_model(AutoModelForSequenceClassification, load)
        super().__init__(load, rows, loaded)
        check_context(loaded.model.config, self.longest_input, 0)
        # A decoder with a head looks at a row's last token, which it finds by what is not padding.
        config = loaded.model.config
        if load.batch > 1 and getattr(config, "pad_token_id", None) is None:
            config.pad_token_id = pad_of(self._tokenizer, _first(getattr(config, "eos_token_id", None)))

    def prepare(self, row: Row) -> Any:
        return dict(
            self._tokenizer(text_of(row)[0], truncation=True, max_length=self._cap, return_tensors="pt")
        )


def _first(ids: Any) -> Any:
    return ids[0] if isinstance(ids, list) else ids
