"""Speech recognition: up to thirty seconds of audio to text (METHOD §2)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from scipy.signal import resample_poly
from transformers import AutoConfig, AutoFeatureExtractor, AutoModelForCTC, AutoModelForSpeechSeq2Seq

from runners.bench.blocks import Row
from runners.bench.engines import LoadingFailed
from runners.bench.engines.transformers import LOCAL, load_model, load_tokenizer
from runners.bench.tasks.answer import Answer
from runners.bench.tasks.encoding import Encoder
from runners.bench.tasks.pipeline import bytes_of, to_device
from runners.bench.tasks.writing import Writer
from runners.bench.wire import Load

LONGEST_S = 30.0
"""Audio beyond it is cut (METHOD §2)."""
PROMPT = 4
"""Tokens that tell Whisper language and task, which are of its text length too."""


class Prepared(NamedTuple):
    """What a recording sounds like to the model."""

    tensors: dict[str, torch.Tensor]
    seconds: float


def sound_of(row: Row, rate_hz: int) -> NDArray[np.float32]:
    """The recording in a row: one channel at the model's rate, at most thirty seconds, shape (samples,).

    Raises:
        LoadingFailed: it does not decode, or has no length.
    """
    try:
        samples, own_hz = soundfile.read(io.BytesIO(bytes_of(row)), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError, TypeError) as error:
        raise LoadingFailed("data", f"A recording of the data set does not decode ({error}).") from error
    mono = samples.mean(axis=1)[: int(LONGEST_S * own_hz)]
    if not len(mono):
        raise LoadingFailed("data", "A recording of the data set has no length.")
    if own_hz != rate_hz:
        common = int(np.gcd(own_hz, rate_hz))
        mono = resample_poly(mono, rate_hz // common, own_hz // common)
    return np.ascontiguousarray(mono, dtype=np.float32)


class _Listener:
    """The ear of both families."""

    def listen_with(self, folder: str) -> None:
        self._ear = AutoFeatureExtractor.from_pretrained(folder, **LOCAL)

    def prepare(self, row: Row) -> Prepared:
        rate_hz = int(self._ear.sampling_rate)
        sound = sound_of(row, rate_hz)
        tensors = self._ear(sound, sampling_rate=rate_hz, return_tensors="pt")
        return Prepared(dict(tensors), len(sound) / rate_hz)

    def read(self, prepared: Prepared) -> Answer:
        return Answer(audio_s=prepared.seconds)


class WritingListener(_Listener, Writer):
    """Encoder and decoder (Whisper …): `preprocess`, `generate` to EOS, `prefill`."""

    # Nothing may have been said; a transcript of nothing everywhere is caught by its word error rate.
    silence = True

    def __init__(self, load: Load, rows: Sequence[Row]) -> None:
        self.listen_with(load.folder)
        loaded = load_model(AutoModelForSpeechSeq2Seq, load)
        own = loaded.model.generation_config
        self._own = own
        self._told = {"language": "en", "task": "transcribe"} if getattr(own, "is_multilingual", 0) else {}
        super().__init__(load, rows, loaded, load_tokenizer(load.folder))
        # Its own config holds what it must not say and how a transcript begins; how it chooses is ours.
        self._model.generation_config = own

    def budget(self, tokens: int) -> int:
        most = getattr(self._model.config, "max_target_positions", None)
        return tokens if most is None else min(tokens, int(most) - PROMPT)

    def answer(self, phase: str, prepared: Prepared) -> Answer:
        written = self._model.generate(
            **to_device(prepared.tensors, self._device, self._dtype),
            **self._told,
            do_sample=False,
            num_beams=1,
            max_new_tokens=self._lengths[phase],
        )
        new = written[0].tolist()
        return Answer(tokens_out=max(1, len(new)), audio_s=prepared.seconds, raw=new)


class SpellingListener(_Listener, Encoder):
    """One pass that spells (wav2vec 2.0 …): `preprocess`, and `generate`, which needs no decoding loop."""

    phases: tuple[str, ...] = ("preprocess", "generate")

    def __init__(self, load: Load, rows: Sequence[Row]) -> None:
        self.listen_with(load.folder)
        self._tokenizer = load_tokenizer(load.folder)
        super().__init__(load, rows, load_model(AutoModelForCTC, load))

    def answer(self, phase: str, prepared: Prepared) -> Answer:
        logits = self.forward(prepared.tensors).logits[0].float()
        usable = bool(torch.isfinite(logits).all().item())
        # It writes letters and no tokens, all in one pass: there are none to count or to budget.
        return Answer(usable=usable, audio_s=prepared.seconds, raw=logits.argmax(-1).tolist())

    def tell(self, raw: Any) -> str:
        return str(self._tokenizer.decode(raw)).strip()


def Task(load: Load, rows: Sequence[Row]) -> WritingListener | SpellingListener:  # noqa: N802
    """The listener that fits the checkpoint's architecture."""
    architectures = AutoConfig.from_pretrained(load.folder, **LOCAL).architectures or []
    spells = any(name.endswith("ForCTC") for name in architectures)
    return SpellingListener(load, rows) if spells else WritingListener(load, rows)
