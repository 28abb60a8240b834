"""Reasoning: a question put to a model as a conversation, answered to the end of sequence (METHOD §2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from leaderboard.domain import Conversation
from runners.bench.blocks import Row
from runners.bench.engines import LoadingFailed
from runners.bench.engines.loading import check_context, context_of
from runners.bench.engines.transformers import load_model, load_tokenizer
from runners.bench.families import PLAIN
from runners.bench.tasks.pipeline import text_of
from runners.bench.tasks.writing import Writer, as_prompt
from runners.bench.wire import Load


class Task(Writer):
    """Phases: `preprocess` (question → conversation → token ids), `generate` (to EOS), `prefill`."""

    def __init__(self, load: Load, rows: Sequence[Row]) -> None:
        if load.max_input_tokens is None:
            raise LoadingFailed("data", "A plan for reasoning says how many tokens go in.")
        self._cap, self._chat = load.max_input_tokens, load.chat or Conversation()
        self._tokenizer = load_tokenizer(load.folder)
        if load.chat_off is not None:
            self._check_switch(rows, load.chat_off)
        super().__init__(load, rows, load_model(AutoModelForCausalLM, load), self._tokenizer)

    def _check_switch(self, rows: Sequence[Row], off: Conversation) -> None:
        """A way to reason that changes not one token is no way to reason.

        Raises:
            LoadingFailed: every conversation is the same with reasoning off.
        """
        if all(self._tokens(row, self._chat) == self._tokens(row, off) for row in rows):
            raise LoadingFailed(
                "reasoning",
                "With reasoning off the conversation is the same, token for token: the switch does nothing.",
            )

    def budget(self, tokens: int) -> int:
        """To the end of sequence; a context that ends before the cap ends the answer too."""
        config = self._model.config.get_text_config()
        check_context(config, self.longest_input, 1)
        context = context_of(config)
        return tokens if context is None else min(tokens, context - self.longest_input)

    def prepare(self, row: Row) -> dict[str, torch.Tensor]:
        ids = self._tokens(row, self._chat)
        if not ids:
            raise LoadingFailed("data", "The tokenizer makes no token of one of the task's questions.")
        return as_prompt(ids)

    def _tokens(self, row: Row, chat: Conversation) -> list[int]:
        tokenizer = self._tokenizer
        question = text_of(row)[0]
        cut: list[int] = tokenizer(question, add_special_tokens=False)["input_ids"]
        if len(cut) > self._cap:
            question = tokenizer.decode(cut[: self._cap])
        if tokenizer.chat_template is None:
            asked: list[int] = tokenizer(PLAIN.format(question=question) + chat.prefix)["input_ids"]
            return asked
        system = [] if chat.system is None else [{"role": "system", "content": chat.system}]
        messages = [*system, {"role": "user", "content": question}]
        text = tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, **chat.template
        )
        # The template has written the special tokens already.
        ids: Any = tokenizer(text + chat.prefix, add_special_tokens=False)["input_ids"]
        return [int(token) for token in ids]
