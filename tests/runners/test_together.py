"""Batches: each query answered as if it had been alone, whatever its neighbours are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from leaderboard.domain import Conversation
from runners.bench.blocks import Row
from runners.bench.child import groups
from runners.bench.tasks import Answer, Pipeline, open_pipeline
from tests.runners.tiny_models import load_of, opened, picture, recording

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

LINES = [
    "The cat.",
    "A dog that is called Max does not sleep at all, and barks at every cat on the mat.",
    "Once upon a time there was a king who",
    "Rain. " * 100,
    "What",
]
TEXTS: list[Row] = [(line,) for line in LINES]
PAIRS: list[Row] = [(line, other) for line, other in zip(LINES, reversed(LINES), strict=True)]
QUESTIONS: list[Row] = [("Who sleeps?", line) for line in LINES]
IMAGES: list[Row] = [(picture(seed, size),) for seed, size in enumerate([(64, 48), (90, 40), (64, 48)], 1)]
SOUNDS: list[Row] = [(recording(seconds),) for seconds in (0.5, 1.3, 0.8)]


def alike(one: Any, other: Any) -> bool:
    """Whether two answers are the same but for the last digits of their numbers."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == pytest.approx(other, abs=1e-3)) if isinstance(one, float) else bool(one == other)


def check(pipeline: Pipeline, phase: str, queries: list[int]) -> list[Answer]:
    together = pipeline.run_together(phase, queries)
    alone = [pipeline.run(phase, query) for query in queries]
    for one, other in zip(together, alone, strict=True):
        assert (one.tokens_in, one.tokens_out, one.usable) == (
            other.tokens_in,
            other.tokens_out,
            other.usable,
        )
        assert one.audio_s == other.audio_s
        assert alike(one.raw, other.raw)
    return together


@pytest.mark.parametrize(
    ("task", "name", "rows", "fields"),
    [
        ("text-generation", "qwen3-thinking-tiny", TEXTS, {}),
        ("text-generation", "llama-no-think-tiny", TEXTS, {}),
        ("reasoning", "qwen3-thinking-tiny", TEXTS, {"chat": Conversation(), "output_tokens": 12}),
        ("summarization", "bart-tiny", TEXTS, {}),
        ("summarization", "t5-tiny", TEXTS, {}),
        ("automatic-speech-recognition", "whisper-tiny", SOUNDS, {}),
        ("image-captioning", "blip-tiny", IMAGES, {}),
        ("image-captioning", "vit-gpt2-tiny", IMAGES, {}),
    ],
)
def test_what_is_written_together_is_what_is_written_alone(
    task: str, name: str, rows: list[Row], fields: dict[str, Any]
) -> None:
    pipeline = opened(task, name, rows, batch=4, **fields)
    every = list(range(len(rows)))
    found = check(pipeline, "generate", every[::-1])
    assert all(1 <= answer.tokens_out <= fields.get("output_tokens", 6) for answer in found)
    if task == "text-generation":
        assert {answer.tokens_out for answer in found} == {6}, "exactly as budgeted, every one of them"
        # Texts are cut to the task's length in a batch too.
        assert max(answer.tokens_in for answer in found) == 128
    assert {answer.tokens_out for answer in check(pipeline, "prefill", every)} == {1}
    assert check(pipeline, "preprocess", every)


@pytest.mark.parametrize(
    ("task", "name", "rows"),
    [
        ("text-classification", "distilbert-emotions-tiny", TEXTS),
        ("question-answering", "bert-answers-tiny", QUESTIONS),
        ("image-classification", "vit-tiny", IMAGES),
        ("object-detection", "yolos-tiny", IMAGES),
    ],
)
def test_what_is_found_together_is_what_is_found_alone(task: str, name: str, rows: list[Row]) -> None:
    pipeline = opened(task, name, rows, batch=4)
    check(pipeline, "forward", list(range(len(rows))))
    check(pipeline, "forward", [1, 0])


def test_pairs_are_compared_together_as_alone(encoder: Path) -> None:
    load = load_of(encoder, batch=4)
    check(open_pipeline("sentence-similarity", load, PAIRS), "forward", [4, 0, 1, 3])


def test_letters_are_spelt_together_as_alone() -> None:
    pipeline = opened("automatic-speech-recognition", "wav2vec2-tiny", SOUNDS, batch=4)
    together = pipeline.run_together("generate", [0, 1, 2])
    for query, answer in enumerate(together):
        alone = pipeline.run("generate", query)
        assert len(answer.raw) == len(alone.raw), "padding is no sound"
        assert (answer.audio_s, answer.usable) == (alone.audio_s, True)


def test_images_are_made_together_as_alone() -> None:
    import numpy as np

    rows: list[Row] = [("a cat",), ("a dog on a mat",), ("rain",)]
    pipeline = opened("image-generation", "stable-diffusion-tiny", rows, batch=4, steps=2)
    for query, answer in enumerate(pipeline.run_together("call", [0, 1, 2])):
        alone = pipeline.run("call", query)
        assert answer.tokens_in == alone.tokens_in
        near = np.asarray(answer.raw.image, dtype=int) - np.asarray(alone.raw.image, dtype=int)
        assert abs(near).max() <= 2, "the same noise, whatever the batch"
        assert answer.raw.text == alone.raw.text


def test_the_last_batch_has_what_is_left() -> None:
    assert [list(group) for group in groups(range(7), 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [list(group) for group in groups([4, 2], 8)] == [[4, 2]]
