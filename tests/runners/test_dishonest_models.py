"""Models that are not what they say: each is found out before it has a figure."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from leaderboard import catalogue
from leaderboard.domain import Conversation, Refused
from runners.bench import weights
from runners.bench.blocks import Row
from runners.bench.tasks import LoadingFailed, open_pipeline
from tests.runners.tiny_models import folder, load_of, opened

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

TEXT: list[Row] = [("Once upon a time there was a king.",)]


@pytest.mark.parametrize(
    ("task", "name", "found"),
    [
        ("text-generation", "bart-as-generator-tiny", r"missing: lm_head\.weight"),
        ("text-classification", "bert-no-head-tiny", r"missing: classifier\.bias, classifier\.weight"),
        ("text-generation", "llama-left-over-tiny", r"unexpected: model\.layers\.2\.mlp\.up_proj"),
    ],
)
def test_weights_that_are_not_the_architectures(task: str, name: str, found: str) -> None:
    with pytest.raises(LoadingFailed, match=found) as caught:
        opened(task, name, TEXT)
    assert caught.value.cause == "weights"


def test_another_architecture_than_the_tasks_is_refused_unloaded() -> None:
    with pytest.raises(Refused, match="BartForConditionalGeneration; this task needs"):
        weights.inspect(folder("bart-tiny"), catalogue.task("text-generation").architectures)


def test_a_head_that_is_not_the_published_one(tmp_path: Path) -> None:
    """Its config names another class of the same family: the weights fit, the model does not."""
    other = shutil.copytree(folder("distilbert-sentiment-tiny"), tmp_path / "other")
    config = json.loads((other / "config.json").read_text())
    published = {"architectures": ["DistilBertForTokenClassificationForSequenceClassification"]}
    (other / "config.json").write_text(json.dumps(config | published))
    with pytest.raises(LoadingFailed, match="its head would not be its own"):
        open_pipeline("text-classification", load_of(other), TEXT)


def test_a_model_that_stops_at_once_has_no_answer() -> None:
    answer = opened("summarization", "bart-silent-tiny", TEXT).run("generate", 0)
    assert (answer.tokens_out, answer.usable) == (1, False)


def test_a_generator_that_would_stop_at_once_writes_its_budget_and_foretells_nothing() -> None:
    pipeline = opened("text-generation", "phi-silent-tiny", TEXT)
    assert pipeline.run("generate", 0).tokens_out == 6
    told = pipeline.output(TEXT[0])
    floor = catalogue.task("text-generation").quality.floor
    assert floor is not None
    assert told["bits"] / told["bytes"] > floor


def test_a_switch_that_changes_nothing() -> None:
    on, off = (Conversation(template={"enable_thinking": value}) for value in (True, False))
    with pytest.raises(LoadingFailed, match="the switch does nothing") as caught:
        opened("reasoning", "qwen3-dead-switch-tiny", TEXT, chat=on, chat_off=off)
    assert caught.value.cause == "reasoning"
    assert opened("reasoning", "qwen3-thinking-tiny", TEXT, chat=on, chat_off=off)


def test_a_dtype_that_did_not_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class that keeps a module in another dtype without saying so."""
    import torch
    from transformers import LlamaForCausalLM

    def half(self: LlamaForCausalLM) -> LlamaForCausalLM:
        self.lm_head.to(torch.float16)
        return self

    loaded = LlamaForCausalLM.from_pretrained

    def careless(*args: object, **settings: object) -> object:
        model, info = loaded(*args, **settings)
        return half(model), info

    monkeypatch.setattr(LlamaForCausalLM, "from_pretrained", careless)
    with pytest.raises(LoadingFailed, match="asks for bfloat16; the model was loaded as float16") as caught:
        opened("text-generation", "llama-no-think-tiny", TEXT, precision="bf16")
    assert caught.value.cause == "dtype"


def test_plan_and_checkpoint_have_one_precision() -> None:
    half, whole = weights.inspect(folder("llama-tiny-fp8"), ()), weights.inspect(folder("t5-tiny"), ())
    assert (half.precision, whole.precision) == ("fp8", None)
    weights.check_precision(half, "fp8")
    weights.check_precision(whole, "bf16")
    with pytest.raises(Refused, match="quantised to fp8; the plan says bf16"):
        weights.check_precision(half, "bf16")
    with pytest.raises(Refused, match="says int8, and the checkpoint is not quantised"):
        weights.check_precision(whole, "int8")


@pytest.mark.parametrize("precision", ["int8", "int4"])
def test_integers_are_found_on_the_loaded_model(precision: str) -> None:
    name = {"int8": "llama-tiny-bnb8", "int4": "llama-tiny-bnb4"}[precision]
    pipeline = opened("text-generation", name, TEXT, precision=precision)
    assert pipeline.dtype == precision
    # Two of four bits lie in one byte of the file; the model counts them as two.
    assert pipeline.params == 557_696
    assert pipeline.run("generate", 0).tokens_out == 6


def test_experts_that_rest_are_not_active() -> None:
    found = weights.inspect(folder("qwen3-moe-tiny"), ())
    assert found.active_params is not None
    assert found.params / 2 < found.active_params < found.params
    assert weights.inspect(folder("llama-no-think-tiny"), ()).active_params is None


def test_a_pipeline_with_code_of_its_own_is_refused(tmp_path: Path) -> None:
    own = shutil.copytree(folder("stable-diffusion-tiny"), tmp_path / "own")
    index = json.loads((own / "model_index.json").read_text())
    for changed, found in (
        ({"_class_name": ["pipeline.py", "Mine"]}, "class is code from its repository"),
        ({"unet": ["my.module", "UNet"]}, "is of 'my.module', which is never loaded"),
    ):
        (own / "model_index.json").write_text(json.dumps(index | changed))
        with pytest.raises(Refused, match=found):
            weights.inspect(own, catalogue.task("image-generation").architectures)
