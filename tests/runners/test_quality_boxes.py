"""COCO's mAP of boxes, against hand-made values and COCO's own summary."""

from __future__ import annotations

import contextlib
import io
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from runners.bench.quality import NotScorable, score

Box = tuple[float, float, float, float]


def told(label: str, box: Box, sure: float = 0.9) -> dict[str, Any]:
    return {"label": label, "score": sure, "box": list(box)}


def true(*objects: tuple[str, Box]) -> tuple[dict[str, Any]]:
    return ({"bbox": [list(box) for _, box in objects], "category": [name for name, _ in objects]},)


CAT, DOG = ("cat", (10.0, 10.0, 60.0, 60.0)), ("dog", (100.0, 20.0, 180.0, 90.0))


def test_perfect_and_empty_detections() -> None:
    labels = [true(CAT, DOG), true(DOG), true()]
    perfect = score("mAP", [[told(*CAT), told(*DOG)], [told(*DOG)], []], labels)
    assert perfect.value == pytest.approx(1)
    assert perfect.beside == {"AP50": pytest.approx(1)}
    assert (perfect.correct, perfect.rows) == (None, 3)
    nothing = score("mAP", [[], [], []], labels)
    assert (nothing.value, nothing.beside) == (0, {"AP50": 0})


def test_half_the_categories_half_the_score() -> None:
    assert score("mAP", [[told(*CAT)]], [true(CAT, DOG)]).value == pytest.approx(0.5)


def test_a_loose_box_counts_up_to_its_overlap() -> None:
    # 50 × 50 against 50 × 36: an overlap of 0.72 meets 0.50, 0.55, 0.60, 0.65 and 0.70, five of ten.
    found = score("mAP", [[told("cat", (10, 10, 60, 46))]], [true(CAT)])
    assert found.value == pytest.approx(0.5)
    assert found.beside["AP50"] == pytest.approx(1)


def test_a_surer_wrong_box_halves_the_precision() -> None:
    wrong = told("cat", (300, 300, 400, 400), 0.99)
    assert score("mAP", [[wrong, told(*CAT, 0.5)]], [true(CAT)]).value == pytest.approx(0.5)


def test_names_match_but_for_case_and_separators_and_others_are_passed_over() -> None:
    labels = [true(("dining table", (0, 0, 50, 50)))]
    outputs = [[told("Dining_Table", (0, 0, 50, 50)), told("N/A", (0, 0, 9, 9), 1.0)]]
    assert score("mAP", outputs, labels).value == pytest.approx(1)


def test_it_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    score("mAP", [[told(*CAT)]], [true(CAT)])
    assert capfd.readouterr() == ("", "")


def scene(luck: random.Random) -> tuple[list[Any], list[Any]]:
    """Eight images of three categories; what is told is jittered, wrong or missing. No two are as sure."""
    outputs, labels = [], []
    for _ in range(8):
        objects: list[tuple[str, Box]] = []
        for _ in range(luck.randint(0, 4)):
            x, y = luck.uniform(0, 200), luck.uniform(0, 200)
            objects.append((luck.choice("abc"), (x, y, x + luck.uniform(5, 150), y + luck.uniform(5, 150))))
        labels.append(true(*objects))
        outputs.append(
            [
                told(
                    name if luck.random() < 0.8 else luck.choice("abcd"),
                    (box[0] + luck.gauss(0, 4), box[1] + luck.gauss(0, 4), box[2], box[3]),
                    luck.random(),
                )
                for name, box in objects
                if luck.random() < 0.9
            ]
        )
    return outputs, [*labels[:-1], true(("a", (0, 0, 30, 30)))]


def coco_summary(outputs: list[Any], labels: list[Any]) -> tuple[float, float]:
    """mAP and AP50 as COCO's own evaluation prints them."""
    truth = [
        {"image_id": row, "category_id": "abc".index(name), "bbox": [x0, y0, x1 - x0, y1 - y0]}
        for row, (cell,) in enumerate(labels)
        for name, (x0, y0, x1, y1) in zip(cell["category"], cell["bbox"], strict=True)
    ]
    for at, one in enumerate(truth, start=1):
        box: Any = one["bbox"]
        one.update(id=at, area=box[2] * box[3], iscrowd=0)
    seen = [
        {
            "image_id": row,
            "category_id": "abc".index(one["label"]),
            "bbox": [*one["box"][:2], one["box"][2] - one["box"][0], one["box"][3] - one["box"][1]],
            "score": one["score"],
        }
        for row, output in enumerate(outputs)
        for one in output
        if one["label"] in "abc"
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": row} for row in range(len(labels))],
            "categories": [{"id": at} for at in range(3)],
            "annotations": truth,
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(seen), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[0]), float(evaluation.stats[1])


@pytest.mark.parametrize("seed", range(4))
def test_it_is_what_coco_summarises(seed: int) -> None:
    outputs, labels = scene(random.Random(seed))
    found = score("mAP", outputs, labels)
    assert (found.value, found.beside["AP50"]) == pytest.approx(coco_summary(outputs, labels))
    assert 0.05 < found.value < 0.95


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000))
def test_it_keeps_its_range_in_any_order(seed: int) -> None:
    luck = random.Random(seed)
    outputs, labels = scene(luck)
    found = score("mAP", outputs, labels)
    assert 0 <= found.value <= found.beside["AP50"] + 1e-9 <= 1 + 2e-9
    order = luck.sample(range(8), 8)
    shuffled = score("mAP", [outputs[row] for row in order], [labels[row] for row in order])
    assert shuffled.value == pytest.approx(found.value)


@pytest.mark.parametrize(
    "box",
    [(60, 60, 10, 10), (10, 10, 10, 10), (-1e308, -1e308, 1e308, 1e308), (0, 0, 10**300, 1)],
)
def test_boxes_that_no_image_has_are_wrong_boxes(box: Box) -> None:
    labels = [true(CAT, ("cat", (5, 5, 5, 5)))]
    assert score("mAP", [[told("cat", box, 0.99)]], labels).value == 0
    # A wrong box costs precision; it is not passed over.
    assert score("mAP", [[told("cat", box, 0.99), told(*CAT)]], labels).value == pytest.approx(0.5)


def test_a_flood_of_boxes_is_scored() -> None:
    flood = [told("cat", (0, 0, at + 1, 5), 0.1) for at in range(20_000)]
    assert score("mAP", [[*flood, told(*CAT)]], [true(CAT)]).value == pytest.approx(1)


@pytest.mark.parametrize(
    ("output", "cell", "reason"),
    [
        ("cat", {"bbox": [], "category": []}, "output of row 1 is a text, not a list"),
        ([{"label": "cat"}], {"bbox": [], "category": []}, "not an object with label and score and box"),
        ([told("cat", (0, 0, float("nan"), 1))], {"bbox": [], "category": []}, "not a finite number"),
        ([told("cat", (0, 0, 1, 1), float("inf"))], {"bbox": [], "category": []}, "not a finite number"),
        ([{"label": "a", "score": 1, "box": [1, 2, 3]}], {"bbox": [], "category": []}, "3 corners"),
        ([{"label": 1, "score": 1, "box": [1, 2, 3, 4]}], {"bbox": [], "category": []}, "not a text"),
        ([], {"bbox": [[0, 0, 1, 1]], "category": []}, "1 boxes and 0 categories"),
        ([], {"bbox": [], "category": []}, "holds an object"),
        ([], {"bbox": [[0, 0, 1, 1]], "category": [3]}, "label of row 1 is a number, not a text"),
    ],
)
def test_what_is_no_detection_is_refused(output: object, cell: object, reason: str) -> None:
    with pytest.raises(NotScorable, match=reason):
        score("mAP", [output], [(cell,)])
