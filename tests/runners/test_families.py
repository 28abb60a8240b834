"""What a model's family wants, found by what its files say and by no name."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from leaderboard import catalogue
from leaderboard.domain import Conversation, Plan, Refused
from runners.bench.families import chat_template, diffusion_family, reasoning_family, told_to_reason
from tests import builders


def model(folder: Path, model_type: str, template: str | None, *, inside: bool = False) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    if template is not None and inside:
        (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": template}))
    elif template is not None:
        (folder / "chat_template.jinja").write_text(template)
    return folder


def plan(reasoning: str) -> Plan:
    made = catalogue.make_plan(builders.model_ref(), task="reasoning", hardware="cpu")
    return made.model_copy(update={"reasoning": reasoning})


SWITCH = "{% if enable_thinking is defined and enable_thinking is false %}{% endif %}"


@pytest.mark.parametrize(
    ("model_type", "template", "family"),
    [
        ("qwen3", SWITCH, "qwen3"),
        ("qwen3_moe", SWITCH, "qwen3"),
        # A Qwen3 that has no switch is none of the family: its later instruct models do not reason at all.
        ("qwen3", "{{ messages }}", None),
        ("gpt_oss", "{{ reasoning_effort }}", "gpt-oss"),
        ("granite", "{% if thinking %}", "granite"),
        ("anything", "{% if '/no_think' in system %}", "smollm3"),
        ("qwen2", "{{ '<think>\\n' }}", "always-thinking"),
        ("llama", "{{ messages }}", None),
        ("llama", None, None),
    ],
)
def test_the_family_is_in_the_type_and_the_template(
    tmp_path: Path, model_type: str, template: str | None, family: str | None
) -> None:
    for inside in (False, True):
        found = reasoning_family(model(tmp_path / str(inside), model_type, template, inside=inside))
        assert (found.id if found else None) == family


def test_each_family_is_told_in_its_own_way(tmp_path: Path) -> None:
    qwen = model(tmp_path / "qwen", "qwen3", SWITCH)
    on = told_to_reason(plan("on"), qwen)
    assert (on.chat.template, on.family) == ({"enable_thinking": True}, "qwen3")
    assert on.off == Conversation(template={"enable_thinking": False})
    # Off is held to nothing.
    assert told_to_reason(plan("off"), qwen).off is None
    smol = model(tmp_path / "smol", "smollm3", "/no_think")
    assert told_to_reason(plan("off"), smol).chat == Conversation(system="/no_think")
    thinker = model(tmp_path / "thinker", "llama", "<think>\\n")
    assert told_to_reason(plan("off"), thinker).chat.prefix.endswith("</think>\n\n")
    assert told_to_reason(plan("on"), thinker).chat == Conversation()


def test_what_a_family_cannot_be_told_is_refused(tmp_path: Path) -> None:
    qwen = model(tmp_path / "qwen", "qwen3", SWITCH)
    with pytest.raises(Refused, match="Qwen3 cannot be told to reason 'low'") as caught:
        told_to_reason(plan("low"), qwen)
    assert caught.value.remedy == "It has off, on."
    oss = model(tmp_path / "oss", "gpt_oss", "reasoning_effort")
    with pytest.raises(Refused, match="cannot be told to reason 'off'"):
        told_to_reason(plan("off"), oss)
    plain = model(tmp_path / "plain", "llama", "{{ messages }}")
    assert told_to_reason(plan("off"), plain) == (Conversation(), None, None)
    with pytest.raises(Refused, match="is not declared"):
        told_to_reason(plan("on"), plain)


def test_a_folder_without_files_has_no_template(tmp_path: Path) -> None:
    assert chat_template(tmp_path) == ""
    (tmp_path / "tokenizer_config.json").write_text("[")
    assert chat_template(tmp_path) == ""
    named = [{"name": "tool_use", "template": "a"}, {"name": "default", "template": "b"}]
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": named}))
    assert chat_template(tmp_path) == "b"


def test_steps_are_their_makers_own() -> None:
    turbo = diffusion_family("stabilityai/sdxl-turbo")
    assert turbo is not None
    assert (turbo.steps, turbo.guidance) == (1, 0)
    assert diffusion_family("stabilityai/stable-diffusion-2-1") is None
    every = [model for family in catalogue.diffusion_families().values() for model in family.models]
    assert len(every) == len(set(every))


def test_each_family_tells_readers_what_the_harness_does() -> None:
    """A snippet is Python, and says what its family's least mode says."""
    for family in catalogue.reasoning_families().values():
        ast.parse(family.snippet)
        chat = family.modes[family.least]
        assert all(name in family.snippet for name in chat.template)
        assert all(str(value).lower() in family.snippet.lower() for value in chat.template.values())
        assert chat.system is None or chat.system in family.snippet
        assert chat.prefix.replace("\n", "\\n") in family.snippet
        assert family.source and family.least in ("off", "low")


def test_a_family_is_found_by_whole_names_alone() -> None:
    found = catalogue.reasoning_family("Qwen/Qwen3-0.6B")
    assert found is not None and "enable_thinking=False" in found.snippet
    assert catalogue.reasoning_family("someone/Qwen3-0.6B") is None
    assert catalogue.reasoning_family("Qwen/Qwen3-0.6B-Base") is None
    # What a run found in the files goes before any name.
    told = catalogue.reasoning_family("someone/tuned", "smollm3")
    assert told is not None and told.id == "smollm3"
    named = [model for family in catalogue.reasoning_families().values() for model in family.models]
    assert len(named) == len(set(named))
