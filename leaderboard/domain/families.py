"""What a family of models wants of whoever runs it: how it is told to reason, how many steps it takes.

Declared in the catalogue from the makers' own words, and never guessed from a name (METHOD §2).
"""

from __future__ import annotations

from typing import Any, get_args

from pydantic import Field

from leaderboard.domain.tasks import ReasoningMode
from leaderboard.domain.units import Positive
from leaderboard.domain.words import KebabId, Word


class Conversation(Word):
    """How a question is put to a model that converses."""

    template: dict[str, Any] = Field(default_factory=dict)
    """Arguments of the model's chat template."""
    system: str | None = None
    """The system prompt; None: none."""
    prefix: str = ""
    """What the model's answer begins with, in its own place."""


class ReasoningFamily(Word):
    """One row of `catalogue/reasoning/`: how models of a kind are told whether, or how hard, to reason."""

    id: KebabId
    title: str
    model_types: tuple[str, ...] = ()
    """`model_type` of the config; empty: any."""
    template_has: str
    """A text that the chat template of every model of the family has, and of no other."""
    modes: dict[ReasoningMode, Conversation] = Field(min_length=1)
    """What it can be told. A model that cannot be told to be brief has no `off`."""
    source: str
    """Where its makers say so."""
    snippet: str
    """Python that has a model of the family answer with the least reasoning that it can be told to."""
    models: tuple[str, ...] = ()
    """Models known to be of the family, organisation/name on the Hub: for readers of figures that others
    published, where there are no files to look at."""

    @property
    def least(self) -> ReasoningMode:
        """The least reasoning that it can be told to: off, where it can."""
        return next(mode for mode in get_args(ReasoningMode) if mode in self.modes)

    def takes(self, model_type: str, template: str) -> bool:
        """Whether a model with this type and chat template is of the family."""
        return (not self.model_types or model_type in self.model_types) and self.template_has in template


class DiffusionFamily(Word):
    """One row of `catalogue/diffusion/`: steps and guidance that the makers of these models recommend, where
    they are not their pipeline's own."""

    id: KebabId
    models: tuple[str, ...] = Field(min_length=1)
    """organisation/name on the Hub."""
    steps: Positive
    guidance: float = Field(ge=0)
    """Guidance scale; 0: without."""
    source: str
