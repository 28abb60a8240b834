"""What writes tokens: a tiny model of transformers, or a counter that needs none."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

EOS = 2
"""The tiny models' own."""


class Engine(Protocol):
    """Reads texts, and writes one token more for every sequence of a batch."""

    def encode(self, text: str) -> list[int]: ...
    def decode(self, token: int) -> str: ...
    def step(self, batch: Sequence[Sequence[int]]) -> list[int]: ...


class TinyModel:
    """A causal language model on the CPU. Each step is one pass of the whole batch, padded on the left."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self._torch = torch
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._model: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True).eval()

    def encode(self, text: str) -> list[int]:
        return [int(token) for token in self._tokenizer(text)["input_ids"]]

    def decode(self, token: int) -> str:
        return str(self._tokenizer.decode([token]))

    def step(self, batch: Sequence[Sequence[int]]) -> list[int]:
        torch = self._torch
        longest = max(len(tokens) for tokens in batch)
        ids = torch.zeros(len(batch), longest, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, longest - len(tokens) :] = torch.tensor(tokens)
            mask[row, longest - len(tokens) :] = 1
        places = (mask.cumsum(-1) - 1).clamp(min=0)
        with torch.inference_mode():
            told = self._model(ids, attention_mask=mask, position_ids=places, logits_to_keep=1)
        return [int(token) for token in told.logits[:, -1].argmax(-1)]


class Counting:
    """Writes numbers, one a step, each step taking so long: for tests of what a server says."""

    def __init__(self, step_s: float = 0.0) -> None:
        self._step_s = step_s

    def encode(self, text: str) -> list[int]:
        return [3 + len(word) for word in text.split()]

    def decode(self, token: int) -> str:
        return f" {token}"

    def step(self, batch: Sequence[Sequence[int]]) -> list[int]:
        if self._step_s:
            time.sleep(self._step_s)
        return [3 + len(tokens) % 90 for tokens in batch]
