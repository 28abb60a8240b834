"""Image generation: a prompt to one image, at the model's native size and steps (METHOD §2)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image

from runners.bench.blocks import Row
from runners.bench.engines import LoadingFailed
from runners.bench.engines.diffusers import load_pipeline
from runners.bench.tasks.answer import Answer
from runners.bench.tasks.judging import ClipJudge
from runners.bench.tasks.pipeline import TaskPipeline, text_of
from runners.bench.wire import Load


class Prompt(NamedTuple):
    """A prompt that fits, and the noise that its image begins with."""

    text: str
    tokens: int
    seed: int
    """Drawn from the text, so that every model begins each prompt with the same noise."""


class Painted(NamedTuple):
    """An image with what it was to show."""

    image: Image.Image
    text: str


class Task(TaskPipeline):
    """Phases: `preprocess` (prompt → tokens, to see that it fits) and `call` (prompt → image on the host)."""

    phases: tuple[str, ...] = ("preprocess", "call")

    def __init__(self, load: Load, rows: Sequence[Row]) -> None:
        if load.max_input_tokens is None:
            raise LoadingFailed("data", "A plan for image generation says how many tokens go in.")
        loaded = load_pipeline(load)
        self._cap, self._pipe = load.max_input_tokens, loaded.pipe
        self.architecture, self.dtype, self.kept_fp32 = loaded.architecture, loaded.dtype, loaded.kept_fp32
        self.steps = load.steps or loaded.steps
        self._settings: dict[str, Any] = {"num_inference_steps": self.steps}
        if load.guidance is not None:
            self._settings["guidance_scale"] = load.guidance
        self._judge_folder = load.judge
        self._judge: ClipJudge | None = None
        super().__init__(load, rows, *loaded.modules)
        # The first image tells the native size, which is the pipeline's own business.
        size = self._paint(self._prepared[0]).size
        self.resolution = f"{size[0]} × {size[1]}"

    def prepare(self, row: Row) -> Prompt:
        text = text_of(row)[0]
        tokenizer = self._pipe.tokenizer
        ids = tokenizer(text, truncation=True, max_length=self._cap)["input_ids"]
        short = str(tokenizer.decode(ids, skip_special_tokens=True)) if len(ids) >= self._cap else text
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
        return Prompt(short, len(ids), seed)

    def read(self, prepared: Prompt) -> Answer:
        return Answer(prepared.tokens)

    def answer(self, phase: str, prepared: Prompt) -> Answer:
        return _usable(self._paint(prepared), prepared)

    def answers(self, phase: str, several: Sequence[Prompt]) -> list[Answer]:
        noise = [torch.Generator(device="cpu").manual_seed(prompt.seed) for prompt in several]
        texts = [prompt.text for prompt in several]
        images = self._pipe(texts, generator=noise, **self._settings).images
        return [_usable(image, prompt) for image, prompt in zip(images, several, strict=True)]

    def _paint(self, prompt: Prompt) -> Image.Image:
        noise = torch.Generator(device="cpu").manual_seed(prompt.seed)
        with torch.inference_mode():
            image: Image.Image = self._pipe(prompt.text, generator=noise, **self._settings).images[0]
        return image

    def tell(self, raw: Painted) -> float:
        """How well the image fits its prompt: the judge's cosine."""
        if self._judge_folder is None:
            raise LoadingFailed("data", "There is no model that judges images.")
        if self._judge is None:
            # Not before the last window: it would take memory from the model.
            self._judge = ClipJudge(self._judge_folder, self._device)
        return self._judge.score(raw.image, raw.text)


def _usable(image: Image.Image, prompt: Prompt) -> Answer:
    # What overflows in half precision comes out as one colour.
    low, high = np.asarray(image).min(), np.asarray(image).max()
    return Answer(prompt.tokens, usable=bool(low < high), raw=Painted(image, prompt.text))
