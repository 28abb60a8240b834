"""Object detection: labelled boxes round the things in an image (METHOD §2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from transformers import AutoModelForObjectDetection

from runners.bench.blocks import Row
from runners.bench.engines.transformers import load_image_processor, load_model
from runners.bench.tasks.answer import Answer
from runners.bench.tasks.encoding import Encoder
from runners.bench.tasks.pictures import picture_of
from runners.bench.wire import Load

THRESHOLD = 0.01
MOST_BOXES = 100
"""COCO's metric looks at the hundred best boxes of an image, however doubtful."""


class Prepared(NamedTuple):
    """An image in the model's size, and the size it had."""

    tensors: dict[str, torch.Tensor]
    height: int
    width: int


class Task(Encoder):
    """Phases: `preprocess` (bytes → pixels of the model's size) and `forward` (pixels → boxes)."""

    def __init__(self, load: Load, rows: Sequence[Row]) -> None:
        self._processor = load_image_processor(load.folder)
        loaded = load_model(AutoModelForObjectDetection, load)
        names = loaded.model.config.id2label
        self._names = {int(number): str(name) for number, name in names.items()}
        self.labels = tuple(self._names.values())
        super().__init__(load, rows, loaded)

    def prepare(self, row: Row) -> Prepared:
        image = picture_of(row)
        return Prepared(dict(self._processor(image, return_tensors="pt")), image.height, image.width)

    def read(self, prepared: Prepared) -> Answer:
        return Answer()

    def answer(self, phase: str, prepared: Prepared) -> Answer:
        out = self.forward(prepared.tensors)
        out.logits, out.pred_boxes = out.logits.float(), out.pred_boxes.float()
        usable = bool(torch.isfinite(out.logits).all().item() and torch.isfinite(out.pred_boxes).all().item())
        if not usable:
            return Answer(usable=False, raw=[])
        found = self._processor.post_process_object_detection(
            out, threshold=THRESHOLD, target_sizes=[(prepared.height, prepared.width)]
        )[0]
        best = found["scores"].argsort(descending=True)[:MOST_BOXES]
        columns: list[Any] = [found[name][best].tolist() for name in ("labels", "scores", "boxes")]
        boxes = [
            {"label": self._names.get(label, str(label)), "score": score, "box": box}
            for label, score, box in zip(*columns, strict=True)
        ]
        return Answer(raw=boxes)
