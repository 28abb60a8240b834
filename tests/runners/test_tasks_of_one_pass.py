"""Tasks in which one pass gives the answer: labels, spans, boxes, images."""

from __future__ import annotations

from pathlib import Path

import pytest

from runners.bench.blocks import Row
from runners.bench.tasks import LoadingFailed
from tests.runners.tiny_models import folder, opened, picture

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def test_a_text_gets_one_of_the_models_labels() -> None:
    pipeline = opened("text-classification", "distilbert-emotions-tiny", [("What a day! " * 200,)])
    answer = pipeline.run("forward", 0)
    assert answer.tokens_in == pipeline.longest_input == 128
    assert answer.raw in pipeline.labels
    assert len(pipeline.labels) > 2
    assert pipeline.output(("What a day!",)) in pipeline.labels


def test_an_image_gets_one_of_the_models_labels() -> None:
    pipeline = opened("image-classification", "vit-tiny", [(picture(size=(200, 100)),), (picture(2),)])
    assert pipeline.longest_input == 0
    assert {pipeline.run("forward", query).raw for query in (0, 1)} <= set(pipeline.labels)


def test_an_answer_is_a_span_of_the_context_or_none() -> None:
    rows: list[Row] = [
        ("Who sleeps?", "The cat sleeps on the mat. " * 60),
        ("Where?", "On the mat."),
    ]
    pipeline = opened("question-answering", "bert-answers-tiny", rows)
    assert pipeline.longest_input == 128
    for query, (_, context) in enumerate(rows):
        span = pipeline.run("forward", query).raw
        assert span in str(context)
        assert "Who" not in span


def test_a_question_that_leaves_no_room_is_named() -> None:
    with pytest.raises(LoadingFailed, match="leaves no room") as caught:
        opened("question-answering", "bert-answers-tiny", [("Who? " * 300, "The cat.")])
    assert caught.value.cause == "data"


def test_boxes_lie_in_the_image_as_it_was_published() -> None:
    pipeline = opened("object-detection", "yolos-tiny", [(picture(size=(320, 200)),)])
    boxes = pipeline.run("forward", 0).raw
    assert 0 < len(boxes) <= 100
    assert [box["score"] for box in boxes] == sorted((box["score"] for box in boxes), reverse=True)
    assert max(box["box"][2] for box in boxes) > 64, "in pixels of the image and not of the model"
    assert {box["label"] for box in boxes} <= set(pipeline.labels)


@pytest.mark.parametrize(("asked", "steps"), [(None, 50), (3, 3)])
def test_an_image_has_the_models_size_and_steps(asked: int | None, steps: int) -> None:
    judge = str(folder("clip-vit-base-patch16"))
    pipeline = opened(
        "image-generation",
        "stable-diffusion-tiny",
        [("a cat " * 90,)],
        max_input_tokens=77,
        steps=asked,
        judge=judge,
    )
    assert (pipeline.steps, pipeline.resolution) == (steps, "64 × 64")
    answer = pipeline.run("call", 0)
    assert answer.tokens_in == 77
    assert answer.usable
    cosine = pipeline.tell(answer.raw)
    assert -1 <= cosine <= 1
    # The same prompt begins with the same noise each time.
    assert pipeline.tell(pipeline.run("call", 0).raw) == pytest.approx(cosine, abs=1e-4)


def test_images_without_a_judge_cannot_be_scored() -> None:
    pipeline = opened("image-generation", "stable-diffusion-tiny", [("a cat",)], max_input_tokens=77, steps=1)
    with pytest.raises(LoadingFailed, match="no model that judges"):
        pipeline.tell(pipeline.run("call", 0).raw)


def test_a_part_of_a_pipeline_without_a_tensor_is_named(tmp_path: Path) -> None:
    import shutil

    from safetensors.torch import load_file, save_file

    from runners.bench.tasks import open_pipeline
    from tests.runners.tiny_models import load_of

    broken = shutil.copytree(folder("stable-diffusion-tiny"), tmp_path / "broken")
    weights = next((broken / "unet").glob("*.safetensors"))
    tensors = load_file(weights)
    lost = sorted(tensors)[0]
    del tensors[lost]
    save_file(tensors, weights, metadata={"format": "pt"})
    with pytest.raises(LoadingFailed, match=f"missing: {lost}") as caught:
        open_pipeline("image-generation", load_of(broken, max_input_tokens=77), [("a cat",)])
    assert caught.value.cause == "weights"
