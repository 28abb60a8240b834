"""Speech recognition: up to thirty seconds of audio to text (METHOD §2)."""

from __future__ import annotations

import io
from collections.abc import Hashable, Sequence
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
from runners.bench.tasks.together import alike, joined
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
        return _heard(self._written(phase, prepared.tensors)[0], prepared)

    def answers(self, phase: str, several: Sequence[Prepared]) -> list[Answer]:
        rows = self._written(phase, joined([one.tensors for one in several], "right", 0))
        return [_heard(self._alone(row), one) for row, one in zip(rows, several, strict=True)]

    def alike(self, prepared: Prepared) -> Hashable:
        return alike(prepared.tensors)

    def _written(self, phase: str, tensors: dict[str, Any]) -> list[list[int]]:
        written: Any = self._model.generate(
            **to_device(tensors, self._device, self._dtype),
            **self._told,
            do_sample=False,
            num_beams=1,
            max_new_tokens=self._lengths[phase],
        )
        rows: list[list[int]] = written.tolist()
        return rows

    def _alone(self, row: list[int]) -> list[int]:
        """A row as it is without the padding that the longer ones of its batch brought."""
        end = len(row)
        while end and row[end - 1] == self._own.pad_token_id:
            end -= 1
        return row[:end]


class SpellingListener(_Listener, Encoder):
    """One pass that spells (wav2vec 2.0 …): `preprocess`, and `generate`, which needs no decoding loop."""

    phases: tuple[str, ...] = ("preprocess", "generate")

    def __init__(self, load: Load, rows: Sequence[Row]) -> None:
        self.listen_with(load.folder)
        self._tokenizer = load_tokenizer(load.folder)
        super().__init__(load, rows, load_model(AutoModelForCTC, load))

    def answer(self, phase: str, prepared: Prepared) -> Answer:
        return _spelt(self.forward(prepared.tensors).logits[0].float(), prepared)

    def answers(self, phase: str, several: Sequence[Prepared]) -> list[Answer]:
        sounds = [one.tensors["input_values"][0] for one in several]
        # The ear knows whether its model was trained to be told what is padding.
        batch = dict(self._ear.pad({"input_values": sounds}, padding=True, return_tensors="pt"))
        logits = self.forward(batch).logits.float()
        lengths = self._model._get_feat_extract_output_lengths(torch.tensor([len(one) for one in sounds]))
        return [
            _spelt(own[: int(frames)], one) for own, frames, one in zip(logits, lengths, several, strict=True)
        ]

    def alike(self, prepared: Prepared) -> Hashable:
        return tuple(sorted(prepared.tensors))

    def tell(self, raw: Any) -> str:
        return str(self._tokenizer.decode(raw)).strip()


def _heard(new: list[int], prepared: Prepared) -> Answer:
    return Answer(tokens_out=max(1, len(new)), audio_s=prepared.seconds, raw=new)


def _spelt(logits: torch.Tensor, prepared: Prepared) -> Answer:
    usable = bool(torch.isfinite(logits).all().item())
    # It writes letters and no tokens, all in one pass: there are none to count or to budget.
    return Answer(usable=usable, audio_s=prepared.seconds, raw=logits.argmax(-1).tolist())


def Task(load: Load, rows: Sequence[Row]) -> WritingListener | SpellingListener:  # noqa: N802
    """The listener that fits the checkpoint's architecture."""
    architectures = AutoConfig.from_pretrained(load.folder, **LOCAL).architectures or []
    spells = any(name.endswith("ForCTC") for name in architectures)
    return SpellingListener(load, rows) if spells else WritingListener(load, rows)
