"""Each check fails for exactly what it checks, and says how to mend it."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.domain import Fault, Finding, Outcome, Severity, Unpinned, rejections
from submissions import checks, fitting
from submissions.faults import fault_of_code
from tests import builders

SIMILARITY = catalogue.task("sentence-similarity")
GENERATION = catalogue.task("text-generation")
T4 = catalogue.hardware("t4-16gb")


def judge(**facts: Any) -> list[Finding]:
    return checks.check_model(builders.facts(**facts), SIMILARITY, T4, "fp16")


def test_a_good_model_passes_every_check() -> None:
    findings = judge()
    assert len(findings) == 11
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
        ({"missing_weights": ("model-00002-of-00002.safetensors",)}, "weights-complete", "missing files"),
        ({"empty_weights": ("model.safetensors",)}, "weights-complete", "Upload them again"),
        ({"fetched_files": 2001}, "download-size", "not needed"),
        ({"fetched_bytes": 400 * 10**9}, "download-size", "not needed"),
        ({"largest_file_bytes": 61 * 10**9}, "download-size", "small shards"),
        ({"model_type": "perceptron"}, "known-architecture", "transformers carries it"),
        ({"model_type": None, "architectures": ("PerceptronModel",)}, "known-architecture", "config.json"),
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
    bare = judge(
        architectures=(),
        model_type=None,
        params=None,
        fetched_files=0,
        index_unread="model.safetensors.index.json",
    )
    hidden = [f.name for f in bare if f.outcome is Outcome.UNVERIFIABLE]
    assert hidden == [
        "weights-complete",
        "download-size",
        "known-architecture",
        "fits-the-task",
        "fits-the-card",
    ]


def test_the_memory_formula_is_shown() -> None:
    finding = fitting.fits_the_card(builders.facts(params=7_000_000_000), T4, "fp32")
    assert (
        "7,000,000,000 parameters × 4 bytes (fp32) = 28.00 GB of weights; "
        "NVIDIA T4 16 GB has room for 14 GB (16 GB × 0.875)" in finding.message
    )
    assert finding.evidence["room_gb"] == 14


def test_a_causal_model_generates_text_and_an_encoder_does_not() -> None:
    assert fitting.fits_the_task(builders.facts(architectures=("LlamaForCausalLM",)), GENERATION).outcome is (
        Outcome.PASSED
    )
    assert fitting.fits_the_task(builders.facts(architectures=("BertModel",)), GENERATION).rejects


def test_a_class_spelt_otherwise_may_load_by_its_type() -> None:
    finding = fitting.known_architecture(
        builders.facts(model_type="llama", architectures=("LLaMAForCausalLM",))
    )
    assert finding.outcome is Outcome.UNVERIFIABLE


def test_a_pipeline_of_diffusers_is_known() -> None:
    facts = builders.facts(model_type=None, architectures=("StableDiffusionPipeline",))
    assert fitting.known_architecture(facts).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("fields", "first"),
    [
        ({"architectures": ("LlamaForCausalLM",), "pipeline_tag": "text-generation"}, "text-generation"),
        ({"architectures": ("BertModel",), "library": "sentence-transformers"}, "sentence-similarity"),
        ({"architectures": ("StableDiffusionPipeline",), "library": "diffusers"}, "image-generation"),
        (
            {"architectures": ("BartForConditionalGeneration",), "pipeline_tag": "summarization"},
            "summarization",
        ),
    ],
)
def test_the_tasks_a_model_was_made_for_come_first(fields: dict[str, Any], first: str) -> None:
    facts = builders.facts(**{"pipeline_tag": None, "library": "transformers", **fields})
    assert fitting.fitting_tasks(facts)[0].id == first


def test_a_task_it_was_not_made_for_is_answered_with_those_it_was() -> None:
    finding = fitting.fits_the_task(builders.facts(architectures=("BertForQuestionAnswering",)), GENERATION)
    assert "question answering" in finding.remedy
    assert fitting.fitting_tasks(builders.facts(architectures=("UnheardOf",))) == []


def test_a_gated_model_passes_for_the_account_that_was_let_in() -> None:
    gated = builders.facts(gated=True)
    assert "without an account" in checks.not_gated(gated).message
    assert "Grant access to starwatt-fetch" in checks.not_gated(gated, "starwatt-fetch").remedy
    let_in = builders.facts(gated=True, access=True)
    assert checks.not_gated(let_in, "starwatt-fetch").outcome is Outcome.PASSED
    # What was seen with an account says nothing for runners that have none.
    assert checks.not_gated(let_in).rejects


@pytest.mark.parametrize(
    ("facts", "precision", "refused"),
    [
        ({}, "fp16", False),
        ({}, "int4", True),
        ({"quantised": "int4"}, "int4", False),
        ({"quantised": "int4"}, "fp16", True),
        ({"quantised_oddly": "It is quantised in a way that is not measured here (aqlm)."}, "fp16", True),
    ],
)
def test_a_quantised_checkpoint_is_its_own_precision(
    facts: dict[str, Any], precision: Any, refused: bool
) -> None:
    finding = fitting.precision_as_stored(builders.facts(**facts), precision)
    assert finding.rejects is refused
    assert bool(finding.remedy) is refused


def test_packed_weights_are_weighed_by_their_files() -> None:
    facts = builders.facts(params=500_000_000, quantised="int4", weights_bytes=15 * 10**9)
    finding = fitting.fits_the_card(facts, T4, "int4")
    assert finding.rejects
    assert "15.00 GB as they are stored" in finding.message


def test_the_commit_is_said() -> None:
    finding = checks.is_at_commit(builders.facts(), "v1.0")
    assert builders.sha() in finding.message
    assert "v1.0" in finding.message


def test_an_official_run_of_unpinned_queries_is_flagged_before_it_is_asked_for() -> None:
    official = builders.plan(hardware="t4-16gb", profile=catalogue.profile("official"))
    assert official.dataset.revision is None
    finding = checks.queries_pinned(official)
    assert (finding.outcome, finding.severity) == (Outcome.FAILED, Severity.FLAG)
    assert "run again" in finding.remedy
    assert checks.queries_pinned(builders.plan()).outcome is Outcome.PASSED
    assert fault_of_code(Unpinned.code) is Fault.OURS
