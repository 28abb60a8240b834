"""Mean average precision of boxes, as COCO defines it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any

from runners.bench.quality.figures import NotScorable, Score
from runners.bench.quality.labels import plain
from runners.bench.quality.told import fields, items, label, number, text

_EDGE = 40_000.0
"""Pixels from the origin beyond which nothing is: no image is larger, and COCO would pass over boxes of more
than 1e10 square pixels in silence."""
_BEST = 100
"""Boxes of one image and category that count, the surest first; COCO's own number."""

_Box = tuple[str, list[float]]
"""Category and (x, y, width, height) in pixels."""


def mean_average_precision(outputs: Sequence[Any], labels: Sequence[Sequence[Any]]) -> Score:
    """COCO's mAP: precision averaged over recalls, over overlaps of 0.50 to 0.95, over categories; 0 to 1.

    Over the categories that the labels hold; boxes of other categories are not looked at. "AP50" beside it is
    the same at an overlap of 0.50 alone. The labels say nothing of COCO's crowd regions, so these count as
    objects, for every model alike.

    Args:
        outputs: a list of {"label": category's name, "score": number, "box": [x0, y0, x1, y1]} a row, pixels
            of the image as the data set has it; empty where nothing was seen.
        labels: ({"bbox": [[x0, y0, x1, y1], …], "category": [name, …]},) a row.

    Raises:
        NotScorable: an output or a label is of another kind, or no row holds an object.
    """
    truth = [
        {"image_id": row, "category": category, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
        for row, cells in enumerate(labels)
        for category, box in _objects(label(cells, row), row)
        if box[2] * box[3] > 0
    ]
    seen = [
        {"image_id": row, "category": category, "bbox": box, "area": box[2] * box[3], "score": sure}
        for row, output in enumerate(outputs)
        for category, box, sure in _detections(output, row)
    ]
    if not truth:
        raise NotScorable("No row's label holds an object.")
    ids = {name: at for at, name in enumerate(sorted({str(one["category"]) for one in truth}), start=1)}
    seen = [one for one in seen if one["category"] in ids]
    for boxes in (truth, seen):
        for at, one in enumerate(boxes, start=1):
            one["id"], one["category_id"] = at, ids[str(one.pop("category"))]
    mean, half = _precision(len(outputs), sorted(ids.values()), truth, seen)
    return Score(value=mean, beside={"AP50": half}, rows=len(outputs))


def _precision(
    images: int, categories: list[int], truth: list[dict[str, Any]], seen: list[dict[str, Any]]
) -> tuple[float, float]:
    """Mean precision over all overlaps, and at 0.50."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def indexed(boxes: list[dict[str, Any]]) -> Any:
        coco = COCO()
        coco.dataset = {
            "images": [{"id": image} for image in range(images)],
            "categories": [{"id": category} for category in categories],
            "annotations": boxes,
        }
        coco.createIndex()
        return coco

    # It reports its progress by print.
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(indexed(truth), indexed(seen), "bbox")
        # Only what the figure is made of: objects of any size. COCO's summary prints eleven more.
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.params.maxDets = [_BEST]
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"]
    # Overlap × recall × category …; every category has an object, so that no entry is −1 ("none").
    return float(precision.mean()), float(precision[0].mean())


def _objects(cell: Any, row: int) -> list[_Box]:
    boxes, names = (items(part, row, "label") for part in fields(cell, row, ("bbox", "category"), "label"))
    if len(boxes) != len(names):
        raise NotScorable(f"The label of row {row + 1} has {len(boxes)} boxes and {len(names)} categories.")
    return [
        (plain(text(name, row, "label")), _extent(box, row, "label"))
        for box, name in zip(boxes, names, strict=True)
    ]


def _detections(output: Any, row: int) -> list[tuple[str, list[float], float]]:
    found = []
    for one in items(output, row):
        name, sure, box = fields(one, row, ("label", "score", "box"))
        found.append((plain(text(name, row)), _extent(box, row, "output"), number(sure, row)))
    return found


def _extent(box: Any, row: int, what: str) -> list[float]:
    """Corners as origin and size; a box turned inside out has none and meets no object."""
    corners = [min(_EDGE, max(-_EDGE, number(corner, row, what))) for corner in items(box, row, what)]
    if len(corners) != 4:
        raise NotScorable(f"A box of the {what} of row {row + 1} has {len(corners)} corners' numbers, not 4.")
    x0, y0, x1, y1 = corners
    return [x0, y0, max(0.0, x1 - x0), max(0.0, y1 - y0)]
