"""Object detection: labelled boxes round the things in an image (METHOD §2)."""

from __future__ import annotations

import inspect
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import torch
from transformers import AutoModelForObjectDetection

from runners.bench.blocks import Row
from runners.bench.engines.transformers import load_image_processor, load_model
from runners.bench.tasks.answer import Answer
from runners.bench.tasks.encoding import Encoder
from runners.bench.tasks.pictures import picture_of
from runners.bench.tasks.together import alike
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
        self._masks = "pixel_mask" in inspect.signature(loaded.model.forward).parameters
        super().__init__(load, rows, loaded)

    def prepare(self, row: Row) -> Prepared:
        image = picture_of(row)
        return Prepared(dict(self._processor(image, return_tensors="pt")), image.height, image.width)

    def read(self, prepared: Prepared) -> Answer:
        return Answer()

    def answer(self, phase: str, prepared: Prepared) -> Answer:
        return self._found([prepared], self.forward(prepared.tensors))[0]

    def answers(self, phase: str, several: Sequence[Prepared]) -> list[Answer]:
        height = max(one.tensors["pixel_values"].shape[-2] for one in several)
        width = max(one.tensors["pixel_values"].shape[-1] for one in several)
        batch = self.together([_enlarged(one.tensors, height, width) for one in several])
        return self._found(several, self.forward(batch))

    def alike(self, prepared: Prepared) -> Hashable:
        # A model with a mask knows padding from image; any other would put its boxes elsewhere.
        return None if self._masks and "pixel_mask" in prepared.tensors else alike(prepared.tensors)

    def _found(self, several: Sequence[Prepared], out: Any) -> list[Answer]:
        out.logits, out.pred_boxes = out.logits.float(), out.pred_boxes.float()
        sizes = [(prepared.height, prepared.width) for prepared in several]
        told = self._processor.post_process_object_detection(out, threshold=THRESHOLD, target_sizes=sizes)
        finite = [
            bool(torch.isfinite(logits).all().item() and torch.isfinite(boxes).all().item())
            for logits, boxes in zip(out.logits, out.pred_boxes, strict=True)
        ]
        return [
            self._boxes(found) if usable else Answer(usable=False, raw=[])
            for found, usable in zip(told, finite, strict=True)
        ]

    def _boxes(self, found: dict[str, torch.Tensor]) -> Answer:
        best = found["scores"].argsort(descending=True)[:MOST_BOXES]
        columns: list[Any] = [found[name][best].tolist() for name in ("labels", "scores", "boxes")]
        boxes = [
            {"label": self._names.get(label, str(label)), "score": score, "box": box}
            for label, score, box in zip(*columns, strict=True)
        ]
        return Answer(raw=boxes)


def _enlarged(tensors: dict[str, torch.Tensor], height: int, width: int) -> dict[str, torch.Tensor]:
    """An image and its mask with room at the right and below, in which there is nothing to see."""
    grown = {}
    for name, value in tensors.items():
        room = (0, width - value.shape[-1], 0, height - value.shape[-2])
        grown[name] = torch.nn.functional.pad(value, room)
    return grown
