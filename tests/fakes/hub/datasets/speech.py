"""Data sets of speech: clips that a package ships with their words, strung together to make more of them."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Sequence
from functools import cache
from itertools import permutations
from typing import Any

import numpy as np
import pyarrow as pa

from ..data_carriers import folder
from .repository import DataSet, typed

PACKAGE = "pytest-audioeval"
CLIPS = ("counting", "hello_world", "quick_brown_fox")
RATE_HZ = 16_000
LONGEST_SECONDS = 30
PAUSE = np.zeros(int(0.4 * RATE_HZ))
ENERGY_ROWS = 32
# Speeds as (up, down) of the resampling: as spoken, a tenth slower, a tenth faster.
AS_SPOKEN, SLOWER, FASTER = SPEEDS = ((1, 1), (10, 9), (10, 11))


@cache
def _clip(name: str) -> tuple[Any, str]:
    """The samples at 16 kHz and the words of a clip; `PackageGone` if the package cannot be had."""
    import soundfile

    audio = folder(PACKAGE) / "pytest_audioeval/samples/audio/en" / f"{name}.wav"
    samples, rate_hz = soundfile.read(audio)
    if rate_hz != RATE_HZ or samples.ndim != 1:
        raise ValueError(f"{audio} is not what was pinned: {rate_hz} Hz, {samples.ndim} channels")
    return samples, audio.with_suffix(".txt").read_text("utf-8").strip()


def spoken(names: Sequence[str], speed: tuple[int, int] = AS_SPOKEN) -> tuple[Any, str]:
    """Clips one after the other, at most 30 s with short pauses, and their words in LibriSpeech's way."""
    from scipy.signal import resample_poly

    pieces: list[Any] = []
    words: list[str] = []
    for name in names:
        samples, text = _clip(name)
        piece = resample_poly(samples, *speed) if speed != AS_SPOKEN else samples
        if sum(map(len, [*pieces, PAUSE, piece])) > LONGEST_SECONDS * RATE_HZ:
            break
        pieces += [PAUSE, piece] if pieces else [piece]
        words += re.findall(r"[\w']+", text.upper())
    return np.concatenate(pieces), " ".join(words)


def _flac(samples: Any, name: str) -> dict[str, bytes | str]:
    """Samples as the `Audio` feature holds them."""
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(samples, -1, 1), RATE_HZ, format="FLAC", subtype="PCM_16")
    return {"bytes": buffer.getvalue(), "path": f"{name}.flac"}


def long_speech() -> pa.Table:
    """Sound only, from a few seconds to the longest."""
    from datasets import Audio, Features

    draw = random.Random("speech")
    rows = []
    for row in range(ENERGY_ROWS):
        names = draw.choices(CLIPS, k=2 + row % 12)
        samples, _ = spoken(names, draw.choice(SPEEDS))
        rows.append({"audio": _flac(samples, f"{row:04d}")})
    return typed(rows, Features({"audio": Audio(sampling_rate=RATE_HZ)}))


def transcribed() -> pa.Table:
    """Every order of one, two and three clips, and the short ones at other speeds too, with their words."""
    from datasets import Audio, Features, Value

    orders = [order for count in (1, 2, 3) for order in permutations(CLIPS, count)]
    asked = [(order, AS_SPOKEN) for order in orders]
    asked += [(order, SLOWER) for order in orders if len(order) == 1]
    asked += [(order, FASTER) for order in orders if len(order) == 2]
    rows = []
    for row, (order, speed) in enumerate(asked):
        samples, words = spoken(order, speed)
        rows.append({"audio": _flac(samples, f"{row:04d}"), "text": words, "id": f"{row:04d}"})
    text = Value("string")
    return typed(rows, Features({"audio": Audio(sampling_rate=RATE_HZ), "text": text, "id": text}))


DATA_SETS = (
    DataSet("AIEnergyScore/ASR", long_speech),
    DataSet("openslr/librispeech_asr", transcribed, config="clean", split="test"),
)
