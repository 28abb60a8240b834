"""Plans: the same question gives the same plan, and what does not go together is refused."""

from __future__ import annotations

from typing import Any

import pytest

import leaderboard
from leaderboard import catalogue
from leaderboard.domain import BadInput, Device, Plan, UnknownName
from tests.builders import model_ref


def plan(**changes: Any) -> Plan:
    asked = {"task": "sentence-similarity", "hardware": "cpu", **changes}
    model = asked.pop("model", model_ref())
    return catalogue.make_plan(model, **asked)


def test_a_plan_says_everything_that_decides_the_number() -> None:
    made = plan(
        model=model_ref("org/llm", precision="bf16"), task="text-generation", hardware="h100-sxm-80gb"
    )
    task = catalogue.task("text-generation")
    assert (made.task, made.task_version, made.task_hash) == (
        task.id,
        task.version,
        catalogue.task_hash(task.id),
    )
    assert (made.dataset, made.block) == (task.dataset, 256)
    assert (made.max_input_tokens, made.output_tokens) == (1024, 128)
    assert (made.hardware, made.device, made.protocol) == ("h100-sxm-80gb", Device.CUDA, "offline-b1")
    assert made.profile == catalogue.profile("official")
    assert made.harness == leaderboard.__version__
    assert (made.reasoning, made.occasion) == ("off", 0)


def test_the_hardware_class_decides_the_profile_unless_one_is_named() -> None:
    assert (plan().profile.id, plan().block) == ("quick", 16)
    assert (plan(profile="official").profile.id, plan(profile="official").block) == ("official", 1000)
    gpu = plan(model=model_ref(precision="fp16"), hardware="t4-16gb", profile="quick")
    assert (gpu.profile.id, gpu.block) == ("quick", 16)


def test_the_same_question_gives_the_same_plan() -> None:
    assert plan() == plan()
    assert plan().run_key == plan().run_key


@pytest.mark.parametrize(
    "changes",
    [
        {"occasion": 1},
        {"profile": "official"},
        {"task": "text-generation"},
        {"model": model_ref(precision="bf16")},
        {"model": model_ref("org/other")},
    ],
)
def test_another_question_gives_another_key_and_another_order(changes: dict[str, Any]) -> None:
    assert plan(**changes).run_key != plan().run_key
    assert plan(**changes).seed != plan().seed


def test_a_dry_run_on_the_cpu_is_another_plan() -> None:
    asked: dict[str, Any] = {"model": model_ref(precision="fp32"), "hardware": "t4-16gb"}
    dry = plan(**asked, device=Device.CPU)
    assert dry.device is Device.CPU
    assert dry.run_key != plan(**asked).run_key


def test_the_expected_duration_covers_at_least_what_the_profile_asks_for() -> None:
    for task in ("text-generation", "sentence-similarity"):
        for profile in catalogue.profiles().values():
            made = plan(task=task, profile=profile.id)
            what = catalogue.task(task)
            phases = len(what.phases)
            least = profile.idle_s + profile.starts * (
                2 * profile.warmup_slice_s * (profile.warmup_tolerance is not None)
                + phases * profile.windows * profile.window_s
            )
            assert least < made.expected_duration_s < 3 * least + 60
    quick, official = plan(), plan(profile="official")
    assert quick.expected_duration_s < 60 < official.expected_duration_s


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"task": "nonsense"}, "task"),
        ({"hardware": "nonsense"}, "hardware class"),
        ({"protocol": "nonsense"}, "protocol"),
        ({"profile": "nonsense"}, "profile"),
    ],
)
def test_unknown_names(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(UnknownName, match=f"There is no {what} 'nonsense'"):
        plan(**changes)


def test_a_protocol_that_is_not_run_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    later = catalogue.protocol("serving-b64").model_copy(update={"available": False})
    monkeypatch.setitem(catalogue.protocols(), later.id, later)
    with pytest.raises(BadInput, match="serving-b64 is not run yet") as caught:
        plan(protocol=later.id)
    assert "offline-b1" in caught.value.remedy


SWEEP: dict[str, Any] = {"protocol": "offline-sweep"}


def test_a_sweep_climbs_the_protocols_batches_in_the_cards_precisions() -> None:
    card = {"model": model_ref(precision="fp16"), "hardware": "t4-16gb", **SWEEP}
    made = plan(**card)
    assert made.ladder is not None
    assert made.ladder.batches == (1, 2, 4, 8, 16, 32, 64)
    assert made.ladder.precisions == ("fp32", "fp16", "int8", "int4")
    assert made.expected_duration_s > 25 * plan(model=card["model"], hardware="t4-16gb").expected_duration_s
    # A quantised checkpoint can be had in its own precision alone.
    eight = plan(**{**card, "model": model_ref(precision="int8")})
    assert eight.ladder is not None and eight.ladder.precisions == ("int8",)
    # A quick block is long enough for the largest batch, and the same for every ladder.
    quick = plan(**card, profile="quick", batches=(1, 4), precisions=("fp32",))
    assert (quick.block, quick.model.precision) == (64, "fp32")
    assert plan(**card, profile="quick").block == 64
    for one in (made, quick, eight):
        assert catalogue.plan_again(one) == one


@pytest.mark.parametrize(
    ("changes", "message", "remedy"),
    [
        ({"protocol": "offline-b1-30-steps"}, "is not for Sentence similarity", "image-generation"),
        ({"protocol": "serving-b64"}, "serving-b64 is not for Sentence similarity", "text-generation"),
        ({"batches": (1, 2)}, "offline-b1 has no ladder", "plan offline-sweep"),
        ({**SWEEP, "precisions": ("fp16",)}, "is not measured in fp16", "fp32, bf16"),
        ({**SWEEP, "batches": (2, 4)}, "batches 2, 4 are no ladder", "Begin with 1"),
        ({**SWEEP, "batches": ()}, "batches none are no ladder", "Begin with 1"),
        ({**SWEEP, "batches": (1, 3)}, "1, 3 are not all of offline-sweep", "1, 2, 4, 8"),
        ({**SWEEP, "batches": (1, 2), "profile": "official"}, "every batch, not only 1, 2", "quick"),
        ({**SWEEP, "nonce": "20261201-" + "a" * 24}, "not handed in as a bundle", "offline-b1"),
        ({"reasoning": "on"}, "measured with reasoning off, not 'on'", "Leave reasoning off"),
        ({"model": model_ref(precision="fp8")}, "is not measured in fp8", "fp32, bf16"),
        (
            {"model": model_ref(precision="bf16"), "hardware": "t4-16gb"},
            "NVIDIA T4 16 GB is not measured in bf16",
            "fp16 is its default",
        ),
        ({"device": Device.CUDA}, "has no GPU to compute on", "Leave the device out"),
        ({"occasion": -1}, "The occasion is -1", "Give 0"),
    ],
)
def test_what_does_not_go_together(changes: dict[str, Any], message: str, remedy: str) -> None:
    with pytest.raises(BadInput) as caught:
        plan(**changes)
    assert message in caught.value.message
    assert remedy in caught.value.remedy
