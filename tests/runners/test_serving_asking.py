"""What is asked of a server: greedy, streamed, cut to the task's length, and told to reason or not."""

from __future__ import annotations

from pathlib import Path

from leaderboard import catalogue
from leaderboard.domain import Conversation
from runners.bench.serving.asking import CHAT, COMPLETIONS, bodies, endpoint
from runners.bench.serving.steps import open_at_most, serving_steps, steady_s
from runners.bench.serving.vllm import flags_of
from tests import builders
from tests.runners.conftest import make_plan

NONE = Conversation()


def test_a_text_is_continued_as_far_as_the_task_says(generator: Path) -> None:
    plan = make_plan("text-generation", protocol="serving-b64", max_input_tokens=6, output_tokens=9)
    task = catalogue.task("text-generation")
    assert endpoint(task, generator) == COMPLETIONS
    long = "Once upon a time there was a king who had three daughters and a very small dog"
    short, cut = bodies(plan, task, "org/model", generator, [("Once",), (long,)], NONE)
    assert short["prompt"] == "Once"
    assert long.startswith(cut["prompt"])
    assert 0 < len(cut["prompt"]) < len(long)
    assert (cut["model"], cut["temperature"], cut["stream"], cut["max_tokens"]) == ("org/model", 0, True, 9)
    assert cut["ignore_eos"] is True
    assert cut["stream_options"] == {"include_usage": True}


def test_a_question_is_put_as_a_conversation_where_the_model_has_a_template(generator: Path) -> None:
    task = catalogue.task("reasoning")
    plan = make_plan("reasoning", protocol="serving-b64")
    told = Conversation(template={"enable_thinking": False}, system="Be brief.", prefix="<think>")
    assert endpoint(task, generator) == CHAT
    (asked,) = bodies(plan, task, "m", generator, [("How many?",)], told)
    assert [one["role"] for one in asked["messages"]] == ["system", "user", "assistant"]
    assert asked["chat_template_kwargs"] == {"enable_thinking": False}
    assert asked["continue_final_message"] is True
    # To the end of sequence: it may stop by itself.
    assert "ignore_eos" not in asked


def test_a_model_without_a_template_is_asked_in_plain_words(tmp_path: Path) -> None:
    task = catalogue.task("reasoning")
    assert endpoint(task, tmp_path) == COMPLETIONS
    plan = make_plan("reasoning", protocol="serving-b64")
    (asked,) = bodies(plan, task, "m", tmp_path, [("How many?",)], NONE)
    assert asked["prompt"] == "Question: How many?\nAnswer:"


def test_the_server_is_started_with_everything_pinned() -> None:
    plan = make_plan("text-generation", protocol="serving-b64")
    flags = " ".join(flags_of(plan, 16))
    for flag in ("--max-num-seqs 16", "--no-enable-prefix-caching", "--dtype float32", "--seed 0"):
        assert flag in flags
    assert "--load-format safetensors" in flags
    half = plan.model_copy(update={"model": builders.model_ref(precision="bf16")})
    assert "--dtype bfloat16" in " ".join(flags_of(half, 16))


def test_steps_and_lengths() -> None:
    plan = make_plan("text-generation", protocol="serving-b64", profile=catalogue.profile("official"))
    assert steady_s(plan) == 30
    assert steady_s(plan.model_copy(update={"profile": catalogue.profile("quick")})) == 1
    steps = serving_steps(plan, 2, 64, [1, 8], sees_idle=True)
    kinds = [step.kind for step in steps]
    assert kinds.count("load") == 2 + 2
    assert kinds.count("load of requests") == 2 * 3 + 2
    assert steps[0].kind == "idle"
    assert open_at_most(64) > 64
