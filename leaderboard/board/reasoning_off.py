"""How reasoning is switched off, and what it costs to leave it on: for the pages of models that reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard import catalogue
from leaderboard.domain import Conversation, Rating, ReasoningFamily, ReasoningMode, Run

_FROM_LEAST: tuple[ReasoningMode, ...] = ("off", "low", "on", "medium", "high")


@dataclass(frozen=True)
class Factor:
    """One row with reasoning on beside the row of the same place without."""

    on: Rating
    off: Rating

    @property
    def times(self) -> float:
        """Energy with reasoning over energy without."""
        return self.on.energy_wh_per_1000 / self.off.energy_wh_per_1000


@dataclass(frozen=True)
class Switch:
    """How the models of one family are told to reason as little as they can."""

    title: str
    known_by: str
    """What the chat template of every model of the family has."""
    mode: ReasoningMode
    """`off`; another where the family has no off."""
    snippet: str
    """Python, for transformers."""
    source: str


def factors(rows: Sequence[Rating]) -> list[Factor]:
    """Each row with reasoning beside the one without, of the same place and precision."""
    off = {_place(row): row for row in rows if row.best and row.reasoning == "off"}
    return [
        Factor(row, off[_place(row)])
        for row in rows
        if row.best and row.reasoning != "off" and _place(row) in off
    ]


def switches(rows: Sequence[Rating], runs: Sequence[Run]) -> list[Switch]:
    """How to switch reasoning off, for a model that is known to reason.

    Its own family where a run found it by its chat template; else every family, because a name tells nothing.
    Empty for a model of which nothing says that it reasons.
    """
    families = catalogue.reasoning_families()
    own = {run.model.reasoning_family for run in runs if run.model.reasoning_family in families}
    if not own and all(row.reasoning == "off" for row in rows):
        return []
    return [switch(family) for family in families.values() if not own or family.id in own]


def switch(family: ReasoningFamily) -> Switch:
    """The least that a family can be told to reason, as a snippet."""
    mode = next(mode for mode in _FROM_LEAST if mode in family.modes)
    return Switch(family.title, family.template_has, mode, _snippet(family.modes[mode]), family.source)


def _snippet(told: Conversation) -> str:
    messages = '[{"role": "user", "content": question}]'
    if told.system is not None:
        messages = f'[{{"role": "system", "content": {told.system!r}}},\n            {messages[1:]}'
    arguments = "".join(f", {name}={value!r}" for name, value in told.template.items())
    lines = [
        f"messages = {messages}",
        "text = tokenizer.apply_chat_template(",
        f"    messages, tokenize=False, add_generation_prompt=True{arguments}",
        ")",
    ]
    if told.prefix:
        lines.append(f"text += {told.prefix!r}")
    return "\n".join(lines)


def _place(row: Rating) -> tuple[str | None, ...]:
    # METHOD §2: reasoning is a matter of the task `reasoning` alone, whose rows tell both ways.
    return row.edition, row.task, row.hardware, row.protocol, row.precision
