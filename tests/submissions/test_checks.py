"""Each check fails for exactly what it checks, and says how to mend it."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.domain import Finding, Outcome, rejections
from submissions import checks
from tests import builders

SIMILARITY = catalogue.task("sentence-similarity")
GENERATION = catalogue.task("text-generation")
T4 = catalogue.hardware("t4-16gb")


def judge(**facts: Any) -> list[Finding]:
    return checks.check_model(builders.facts(**facts), SIMILARITY, T4, "fp16")


def test_a_good_model_passes_every_check() -> None:
    findings = judge()
    assert len(findings) == 7
    assert {finding.outcome for finding in findings} == {Outcome.PASSED}


@pytest.mark.parametrize(
    ("facts", "name", "remedy"),
    [
        ({"private": True}, "public", "public"),
        ({"gated": True}, "not-gated", "gating off"),
        ({"safetensors": False}, "safetensors", "save_pretrained"),
        ({"weights_bytes": 10**12}, "safetensors", "smaller model"),
        ({"remote_code": True}, "no-remote-code", "auto_map"),
        ({"architectures": ("ViTForImageClassification",)}, "fits-the-task", "Choose the task"),
        ({"params": 10_000_000_000}, "fits-the-card", "more memory"),
    ],
)
def test_exactly_one_check_fails(facts: dict[str, Any], name: str, remedy: str) -> None:
    no = rejections(judge(**facts))
    assert [finding.name for finding in no] == [name]
    assert remedy in no[0].remedy


def test_a_missing_licence_is_noted_and_forbids_nothing() -> None:
    findings = judge(licence=None)
    assert rejections(findings) == []
    assert [finding.name for finding in findings if finding.outcome is Outcome.FAILED] == ["licence"]


def test_what_the_hub_does_not_say_is_unverifiable_not_passed() -> None:
    hidden = [f.name for f in judge(architectures=(), params=None) if f.outcome is Outcome.UNVERIFIABLE]
    assert hidden == ["fits-the-task", "fits-the-card"]


def test_the_memory_formula_is_shown() -> None:
    finding = checks.fits_the_card(builders.facts(params=7_000_000_000), T4, "fp32")
    assert (
        "7,000,000,000 parameters × 4 bytes (fp32) = 28.00 GB of weights; NVIDIA T4 16 GB has room for 14"
        in finding.message
    )
    assert finding.evidence["room_gb"] == 14


def test_a_causal_model_generates_text_and_an_encoder_does_not() -> None:
    assert checks.fits_the_task(builders.facts(architectures=("LlamaForCausalLM",)), GENERATION).outcome is (
        Outcome.PASSED
    )
    assert checks.fits_the_task(builders.facts(architectures=("BertModel",)), GENERATION).rejects
