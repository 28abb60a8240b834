"""Extractive question answering: the span of a text that answers a question, or none (METHOD §2)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import torch
from transformers import AutoModelForQuestionAnswering

from runners.bench.blocks import Row
from runners.bench.engines import LoadingFailed
from runners.bench.engines.loading import check_context
from runners.bench.engines.transformers import load_model, load_tokenizer
from runners.bench.tasks.answer import Answer
from runners.bench.tasks.encoding import Encoder
from runners.bench.tasks.pipeline import text_of
from runners.bench.tasks.together import alike
from runners.bench.wire import Load

LONGEST_SPAN = 30
"""Tokens of an answer, as SQuAD's own scripts have it."""


class Prepared(NamedTuple):
    """A question with the part of its context that fits."""

    tensors: dict[str, torch.Tensor]
    context: str
    offsets: list[tuple[int, int]]
    """Of each token, where it lies in the context; (0, 0) for all others."""
    first: int
    last: int
    """First and last token of the context."""


class Task(Encoder):
    """Phases: `preprocess` (question and context → token ids) and `forward` (→ span)."""

    inputs = 2

    def __init__(self, load: Load, rows: Sequence[Row]) -> None:
        if load.max_input_tokens is None:
            raise LoadingFailed("data", "A plan for question answering says how many tokens go in.")
        self._cap = load.max_input_tokens
        self._tokenizer = load_tokenizer(load.folder)
        if not self._tokenizer.is_fast:
            raise LoadingFailed("load", "The model's tokenizer cannot tell where a token lies in the text.")
        loaded = load_model(AutoModelForQuestionAnswering, load)
        super().__init__(load, rows, loaded)
        check_context(loaded.model.config, self.longest_input, 0)

    def prepare(self, row: Row) -> Prepared:
        question, context = text_of(row)
        try:
            told = self._tokenizer(
                question,
                context,
                truncation="only_second",
                max_length=self._cap,
                return_offsets_mapping=True,
                return_tensors="pt",
            )
        except Exception as error:
            # The tokenizers library raises a bare Exception when the question alone is too long.
            raise LoadingFailed("data", f"A question leaves no room for its context ({error}).") from error
        offsets = [(int(begin), int(end)) for begin, end in told.pop("offset_mapping")[0].tolist()]
        places = [place for place, part in enumerate(told.sequence_ids(0)) if part == 1]
        if not places:
            raise LoadingFailed("data", "A question leaves no room for its context.")
        return Prepared(dict(told), context, offsets, places[0], places[-1])

    def read(self, prepared: Prepared) -> Answer:
        return Answer(int(prepared.tensors["input_ids"].shape[-1]))

    def answer(self, phase: str, prepared: Prepared) -> Answer:
        out = self.forward(prepared.tensors)
        return _span(prepared, out.start_logits[0].float(), out.end_logits[0].float())

    def answers(self, phase: str, several: Sequence[Prepared]) -> list[Answer]:
        batch = self.together([prepared.tensors for prepared in several])
        out, found = self.forward(batch), []
        for row, prepared in enumerate(several):
            tokens = len(prepared.offsets)
            left = int(batch["input_ids"].shape[-1]) - tokens
            own = slice(left, None) if self._tokenizer.padding_side == "left" else slice(0, tokens)
            found.append(
                _span(prepared, out.start_logits[row, own].float(), out.end_logits[row, own].float())
            )
        return found

    def alike(self, prepared: Prepared) -> Hashable:
        return alike(prepared.tensors)


def _span(prepared: Prepared, begins: torch.Tensor, ends: torch.Tensor) -> Answer:
    """The likeliest span by where each token's logits let it begin and end.

    Args:
        begins, ends: of the row's own tokens, shape (tokens,).
    """
    tokens = len(prepared.offsets)
    inside = torch.zeros(tokens, dtype=torch.bool, device=begins.device)
    inside[prepared.first : prepared.last + 1] = True
    # Every pair of a beginning and an end inside the context, no longer than a span may be.
    scores = begins[:, None] + ends[None, :]
    band = torch.ones_like(scores, dtype=torch.bool).triu().tril(LONGEST_SPAN - 1)
    scores = scores.masked_fill(~(band & inside[:, None] & inside[None, :]), -torch.inf)
    best = int(scores.argmax().item())
    begin, end = divmod(best, tokens)
    score, none = float(scores[begin, end]), float(begins[0] + ends[0])
    span = prepared.context[prepared.offsets[begin][0] : prepared.offsets[end][1]]
    usable = bool(torch.isfinite(begins).all().item() and torch.isfinite(ends).all().item())
    return Answer(tokens, usable=usable, raw="" if none > score else span)
