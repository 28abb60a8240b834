"""Tiny models on the disk, loaded in this process as the child would."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import soundfile
from PIL import Image

from leaderboard.domain import Device
from runners.bench.blocks import Row
from runners.bench.tasks import Pipeline, open_pipeline
from runners.bench.wire import Load
from tests.fakes.hub.tiny import DISHONEST, HONEST
from tests.runners.conftest import write_files

_MADE = {model.repo_id.split("/")[1]: model for model in (*HONEST, *DISHONEST)}


@cache
def folder(name: str) -> Path:
    """A tiny model's files; made once for a test session."""
    return write_files(Path(mkdtemp(prefix="tiny-")), _MADE[name].build())


def opened(task: str, name: str, rows: list[Row], **fields: Any) -> Pipeline:
    """Its pipeline for a task with a block of rows."""
    return open_pipeline(task, load_of(folder(name), **fields), rows)


def load_of(model: Path, **fields: Any) -> Load:
    """What the parent would ask for."""
    asked: dict[str, Any] = {
        "device": Device.CPU,
        "precision": "fp32",
        "max_input_tokens": 128,
        "output_tokens": 6,
        "scored_tokens": 9,
        **fields,
    }
    return Load(folder=str(model), queries="not read here", **asked)


def picture(seed: int = 1, size: tuple[int, int] = (64, 48)) -> bytes:
    """An image of noise, as PNG; size is width, height."""
    draw = np.random.default_rng(seed)
    out = io.BytesIO()
    Image.fromarray(draw.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)).save(out, "PNG")
    return out.getvalue()


def recording(seconds: float, rate_hz: int = 16000, channels: int = 1) -> bytes:
    """A tone, as WAV."""
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate_hz)) / rate_hz)
    out = io.BytesIO()
    soundfile.write(out, np.repeat(tone[:, None], channels, axis=1), rate_hz, format="WAV")
    return out.getvalue()
