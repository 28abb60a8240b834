"""What a model's family wants of the harness, looked up by what its files say (METHOD §2)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from leaderboard import catalogue
from leaderboard.domain import Conversation, DiffusionFamily, Plan, ReasoningFamily, Refused

PLAIN = "Question: {question}\nAnswer:"
"""How a model without a chat template is asked."""


class Told(NamedTuple):
    """How a model is told to reason, or not to."""

    chat: Conversation
    off: Conversation | None
    """The same model with reasoning off, to which the switch is held; None where there is nothing to hold."""
    family: str | None


def told_to_reason(plan: Plan, folder: Path) -> Told:
    """How the model in a folder is told what the plan wants.

    Raises:
        Refused: its family cannot be told that, or is not declared and should reason.
    """
    family = reasoning_family(folder)
    if family is None:
        if plan.reasoning == "off":
            return Told(Conversation(), None, None)
        raise Refused(
            f"How {plan.model.repo_id} is told to reason is not declared: its chat template is of no family "
            "in the catalogue.",
            "Measure it with reasoning off, or add its family to catalogue/reasoning.",
        )
    if plan.reasoning not in family.modes:
        modes = ", ".join(family.modes)
        raise Refused(
            f"A model of the family {family.title} cannot be told to reason {plan.reasoning!r}.",
            f"It has {modes}.",
        )
    chat, off = family.modes[plan.reasoning], family.modes.get("off")
    return Told(chat, None if plan.reasoning == "off" else off, family.id)


def reasoning_family(folder: Path) -> ReasoningFamily | None:
    """The family whose type and chat template a model has."""
    model_type, template = str(_read(folder / "config.json").get("model_type", "")), chat_template(folder)
    every = catalogue.reasoning_families().values()
    return next((family for family in every if family.takes(model_type, template)), None)


def chat_template(folder: Path) -> str:
    """The chat template as it was published; empty where there is none."""
    alone = folder / "chat_template.jinja"
    if alone.is_file():
        return alone.read_text(encoding="utf-8", errors="replace")
    told = _read(folder / "tokenizer_config.json").get("chat_template")
    if isinstance(told, list):
        told = next((one.get("template") for one in told if one.get("name") == "default"), None)
    return told if isinstance(told, str) else ""


def diffusion_family(repo_id: str) -> DiffusionFamily | None:
    """What the makers of an image model recommend; None: their pipeline's own numbers."""
    every = catalogue.diffusion_families().values()
    return next((family for family in every if repo_id in family.models), None)


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
