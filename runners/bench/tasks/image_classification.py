"""Image classification: one label on an image, scaled to the model's own size (METHOD §2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transformers import AutoModelForImageClassification

from runners.bench.blocks import Row
from runners.bench.engines.transformers import load_image_processor, load_model
from runners.bench.tasks.encoding import Classifier
from runners.bench.tasks.pictures import picture_of
from runners.bench.wire import Load


class Task(Classifier):
    """Phases: `preprocess` (bytes → pixels of the model's size) and `forward` (pixels → label)."""

    def __init__(self, load: Load, rows: Sequence[Row]) -> None:
        self._processor = load_image_processor(load.folder)
        super().__init__(load, rows, load_model(AutoModelForImageClassification, load))

    def prepare(self, row: Row) -> Any:
        return {"pixel_values": self._processor(picture_of(row), return_tensors="pt")["pixel_values"]}
