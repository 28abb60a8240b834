"""Tasks in which a model writes: budgets, ends, prompts, what is told for scoring."""

from __future__ import annotations

import math

import pytest

from leaderboard.domain import Conversation
from runners.bench.blocks import Row
from runners.bench.tasks import LoadingFailed
from tests.runners.tiny_models import folder, load_of, opened, picture, recording

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

ARTICLE: list[Row] = [("A cat sleeps on a mat. " * 40,)]
QUESTION: list[Row] = [("Tom has three apples and eats one. How many are left?",)]


@pytest.mark.parametrize("name", ["bart-tiny", "t5-tiny"])
def test_a_summary_ends_by_itself_or_at_its_budget(name: str) -> None:
    pipeline = opened("summarization", name, ARTICLE)
    assert pipeline.phases == ("preprocess", "generate", "prefill")
    read, written, first = (pipeline.run(phase, 0) for phase in pipeline.phases)
    # The article is cut to the task's length, and both phases read the same.
    assert (read.tokens_in, written.tokens_in, first.tokens_in) == (128, 128, 128)
    assert read.tokens_out == 0
    assert 1 <= written.tokens_out <= 6
    assert first.tokens_out == 1
    assert written.usable
    assert isinstance(pipeline.tell(written.raw), str)
    # A labelled row is answered with the task's whole budget, however short the plan's.
    assert len(str(pipeline.output(ARTICLE[0]))) >= len(pipeline.tell(written.raw))


def test_modules_that_the_library_keeps_in_fp32_are_told() -> None:
    pipeline = opened("summarization", "t5-tiny", ARTICLE, precision="fp16")
    assert (pipeline.dtype, pipeline.kept_fp32) == ("float16", ("wo",))
    assert pipeline.run("generate", 0).usable
    assert opened("summarization", "t5-tiny", ARTICLE).kept_fp32 == ()


def test_a_text_is_foretold_in_bits_per_byte() -> None:
    pipeline = opened("text-generation", "qwen3-thinking-tiny", [("Once upon a time",)])
    told = pipeline.output(("The cat sat on the mat",))
    assert told["bytes"] == len("The cat sat on the mat")
    # Random weights know nothing: a uniform guess among the vocabulary costs log₂ of its size a token.
    tokens = len(told_tokens("The cat sat on the mat"))
    assert told["bits"] > 0.5 * tokens * math.log2(1024)
    # A text that is cut to the task's length is scored by the part that was read.
    long = pipeline.output(("The cat sat on the mat. " * 60,))
    assert long["bytes"] < 24 * 60


def told_tokens(text: str) -> list[int]:
    from transformers import AutoTokenizer

    ids: list[int] = AutoTokenizer.from_pretrained(folder("qwen3-thinking-tiny"))(text)["input_ids"]
    return ids


@pytest.mark.parametrize(
    ("name", "on", "off"),
    [
        (
            "qwen3-thinking-tiny",
            Conversation(template={"enable_thinking": True}),
            Conversation(template={"enable_thinking": False}),
        ),
        ("llama-no-think-tiny", Conversation(system="/think"), Conversation(system="/no_think")),
        ("llama-always-thinks-tiny", Conversation(), Conversation(prefix="Enough.\n</think>\n\n")),
    ],
)
def test_a_model_is_told_to_reason_as_its_family_is(name: str, on: Conversation, off: Conversation) -> None:
    thinking = opened("reasoning", name, QUESTION, chat=on, chat_off=off)
    quiet = opened("reasoning", name, QUESTION, chat=off)
    # To be told not to think takes words: an empty thought, or one that is over.
    assert quiet.run("preprocess", 0).tokens_in > thinking.run("preprocess", 0).tokens_in
    assert 1 <= thinking.run("generate", 0).tokens_out <= 6


def test_a_model_without_a_template_is_asked_plainly(tmp_path_factory: pytest.TempPathFactory) -> None:
    import shutil

    from runners.bench.tasks import open_pipeline

    bare = shutil.copytree(folder("qwen3-thinking-tiny"), tmp_path_factory.mktemp("bare") / "model")
    (bare / "chat_template.jinja").unlink()
    pipeline = open_pipeline("reasoning", load_of(bare), QUESTION)
    assert pipeline.run("generate", 0).usable


def test_an_answer_ends_where_the_context_does() -> None:
    pipeline = opened("reasoning", "qwen3-thinking-tiny", QUESTION, output_tokens=100_000)
    assert pipeline.run("prefill", 0).tokens_out == 1


def test_speech_is_cut_to_thirty_seconds_and_counted() -> None:
    rows: list[Row] = [(recording(2.0, rate_hz=8000, channels=2),), (recording(31.0),)]
    for name in ("whisper-tiny", "wav2vec2-tiny"):
        pipeline = opened("automatic-speech-recognition", name, rows)
        short, long = (pipeline.run("preprocess", query) for query in (0, 1))
        assert short.audio_s == pytest.approx(2.0, abs=0.01)
        assert long.audio_s == pytest.approx(30.0, abs=0.01)
        heard = pipeline.run("generate", 0)
        assert heard.audio_s == short.audio_s
        assert heard.tokens_out <= 6
        assert isinstance(pipeline.tell(heard.raw), str)
    assert pipeline.phases == ("preprocess", "generate"), "one pass has no prefill"


@pytest.mark.parametrize("name", ["blip-tiny", "vit-gpt2-tiny"])
def test_a_caption_is_written_for_an_image_alone(name: str) -> None:
    pipeline = opened("image-captioning", name, [(picture(),)])
    written = pipeline.run("generate", 0)
    assert (written.tokens_in, written.usable) == (0, True)
    assert 1 <= written.tokens_out <= 6
    assert pipeline.run("prefill", 0).tokens_out == 1
    assert pipeline.tell(written.raw)


@pytest.mark.parametrize(
    ("task", "name", "rows"),
    [
        ("image-captioning", "blip-tiny", [("no image",)]),
        ("image-captioning", "blip-tiny", [(b"no image",)]),
        ("image-captioning", "blip-tiny", [(picture()[:200],)]),
        ("automatic-speech-recognition", "whisper-tiny", [(b"no sound",)]),
        ("automatic-speech-recognition", "whisper-tiny", [(recording(0.0),)]),
        ("summarization", "bart-tiny", [(b"bytes",)]),
        ("summarization", "bart-tiny", [("two", "texts")]),
    ],
)
def test_queries_that_are_not_the_tasks_are_named(task: str, name: str, rows: list[Row]) -> None:
    with pytest.raises(LoadingFailed) as caught:
        opened(task, name, rows)
    assert caught.value.cause == "data"
