"""Families of models: the least reasoning one can be told to, and which models are of it."""

from __future__ import annotations

import pytest

from leaderboard.domain.families import Conversation, ReasoningFamily


def family(*modes: str, **fields: object) -> ReasoningFamily:
    return ReasoningFamily.model_validate(
        {
            "id": "thinker",
            "title": "Thinker",
            "template_has": "enable_thinking",
            "modes": {mode: Conversation() for mode in modes},
            "source": "its makers",
            "snippet": "",
            **fields,
        }
    )


def test_the_least_reasoning_is_off_where_a_family_can_be_told_so() -> None:
    assert family("on", "off").least == "off"
    assert family("high", "low").least == "low", "it cannot be told to be silent"


@pytest.mark.parametrize(
    ("types", "model_type", "template", "taken"),
    [
        ((), "any", "… enable_thinking …", True),
        (("qwen3",), "qwen3", "… enable_thinking …", True),
        (("qwen3",), "llama", "… enable_thinking …", False),
        ((), "any", "nothing of the kind", False),
    ],
)
def test_type_and_template_decide_never_the_name(
    types: tuple[str, ...], model_type: str, template: str, taken: bool
) -> None:
    assert family("off", model_types=types).takes(model_type, template) is taken
