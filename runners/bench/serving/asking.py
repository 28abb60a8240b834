"""What is asked of a server: each query of the block as a request of the OpenAI API (METHOD §2)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leaderboard.domain import Conversation, Plan, Task
from runners.bench.blocks import Row
from runners.bench.families import PLAIN, chat_template

COMPLETIONS, CHAT = "/v1/completions", "/v1/chat/completions"


def endpoint(task: Task, folder: Path) -> str:
    """A conversation is asked as one, by the model's own template; a text is continued."""
    return CHAT if task.reasoning and chat_template(folder) else COMPLETIONS


def tokenizer_of(folder: Path) -> str | None:
    """The model's own tokenizer as a file; None where it is of another kind."""
    path = folder / "tokenizer.json"
    return str(path) if path.is_file() else None


def bodies(
    plan: Plan, task: Task, name: str, folder: Path, rows: Sequence[Row], told: Conversation
) -> list[dict[str, Any]]:
    """One body a query: greedy, streamed, usage asked for, as long as the task says.

    Args:
        name: what the server calls the model.
        told: how the model is told to reason, or not to.
    """
    shared: dict[str, Any] = {
        "model": name,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0,
        "seed": plan.seed % (1 << 31),
        "max_tokens": plan.output_tokens,
    }
    if task.output.exact:
        # The first end of sequence does not stop it: everybody writes the same length.
        shared["ignore_eos"] = True
    cut = _Cut(tokenizer_of(folder), plan.max_input_tokens)
    texts = [cut(" ".join(str(cell) for cell in row)) for row in rows]
    if endpoint(task, folder) == CHAT:
        return [shared | _chat(text, told) for text in texts]
    plain = PLAIN if task.reasoning else "{question}"
    return [shared | {"prompt": plain.format(question=text)} for text in texts]


def _chat(text: str, told: Conversation) -> dict[str, Any]:
    system = [] if told.system is None else [{"role": "system", "content": told.system}]
    asked: dict[str, Any] = {"messages": [*system, {"role": "user", "content": text}]}
    if told.template:
        asked["chat_template_kwargs"] = told.template
    if told.prefix:
        asked["messages"].append({"role": "assistant", "content": told.prefix})
        asked |= {"add_generation_prompt": False, "continue_final_message": True}
    return asked


class _Cut:
    """Cuts a text to the task's longest input, in the model's own tokens."""

    def __init__(self, tokenizer: str | None, most: int | None) -> None:
        self._most, self._own = most, None
        if tokenizer is not None and most is not None:
            from tokenizers import Tokenizer

            self._own = Tokenizer.from_file(tokenizer)

    def __call__(self, text: str) -> str:
        if self._own is None or self._most is None:
            return text
        found = self._own.encode(text)
        special = sum(found.special_tokens_mask)
        if len(found.ids) <= self._most:
            return text
        kept = [
            span for span, extra in zip(found.offsets, found.special_tokens_mask, strict=True) if not extra
        ]
        return text[: kept[self._most - special - 1][1]]
