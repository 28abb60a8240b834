"""How reasoning is switched off, and what it costs to leave it on: for the pages of models that reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leaderboard import catalogue
from leaderboard.domain import Conversation, Edition, Rating, ReasoningFamily, ReasoningMode, Run
from leaderboard.reasoning import counterpart

_FROM_LEAST: tuple[ReasoningMode, ...] = ("off", "low", "on", "medium", "high")


@dataclass(frozen=True)
class Factor:
    """One row that reasons beside a row of the same model that reasons less, or not at all."""

    more: Rating
    less: Rating
    """The row with reasoning off where there is one, else the one of the same place that takes least."""

    @property
    def times(self) -> float:
        """Energy of the one over energy of the other; below one where reasoning took less."""
        return self.more.energy_wh_per_1000 / self.less.energy_wh_per_1000

    @property
    def one_task(self) -> bool:
        """Whether both are rows of one task; if not, their source sets the two tasks beside each other."""
        return self.more.task == self.less.task


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


def factors(rows: Sequence[Rating], editions: Mapping[str, Edition]) -> list[Factor]:
    """Each rated row with reasoning beside what it would take with less of it, as the board pairs them."""
    found = []
    for row in rows:
        if row.reasoning == "off" or not row.best:
            continue
        edition = editions.get(row.edition)
        other = counterpart(row, rows, edition.reasoning_beside if edition else None)
        less = other.row if other else _least(row, rows)
        if less is not None:
            found.append(Factor(row, less))
    return found


def _least(row: Rating, rows: Sequence[Rating]) -> Rating | None:
    """Of a model that has no row without reasoning: its row of the same place that takes less than this."""
    same = [
        other
        for other in rows
        if other.best
        and other.energy_wh_per_1000 < row.energy_wh_per_1000
        and other.reasoning != row.reasoning
        and _place(other) == _place(row)
    ]
    return min(same, key=lambda other: other.energy_wh_per_1000, default=None)


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
    return row.edition, row.task, row.hardware, row.protocol, row.revision, row.precision
