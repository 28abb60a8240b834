"""Image captioning: what an image shows, in at most n tokens (METHOD §2)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import AutoModelForImageTextToText, AutoProcessor

from runners.bench.blocks import Row
from runners.bench.engines.transformers import LOCAL, load_image_processor, load_model, load_tokenizer
from runners.bench.tasks.pictures import picture_of
from runners.bench.tasks.writing import Writer
from runners.bench.wire import Load

REQUEST = "Describe this image in one sentence."
"""What models are asked that answer requests; models made for captions are shown the image alone."""


class Task(Writer):
    """Phases: `preprocess` (bytes → pixels, and the request), `generate` (to EOS), `prefill`."""

    def __init__(self, load: Load, rows: Sequence[Row]) -> None:
        loaded = load_model(AutoModelForImageTextToText, load)
        tokenizer = load_tokenizer(load.folder)
        self._processor = self._request = None
        if (Path(load.folder) / "processor_config.json").is_file() or tokenizer.chat_template:
            processor = AutoProcessor.from_pretrained(load.folder, backend="pil", **LOCAL)
            if getattr(processor, "chat_template", None):
                self._processor = processor
                content = [{"type": "image"}, {"type": "text", "text": REQUEST}]
                self._request = processor.apply_chat_template(
                    [{"role": "user", "content": content}], add_generation_prompt=True
                )
        self._eye: Any = load_image_processor(load.folder) if self._processor is None else None
        super().__init__(load, rows, loaded, tokenizer)

    def prepare(self, row: Row) -> Any:
        image = picture_of(row)
        if self._processor is None:
            return {"pixel_values": self._eye(image, return_tensors="pt")["pixel_values"]}
        return dict(self._processor(images=image, text=self._request, return_tensors="pt"))

    def begun(self, prepared: Any) -> int:
        # Without a request a decoder begins with its start token alone.
        return super().begun(prepared) if "input_ids" in prepared else 1
