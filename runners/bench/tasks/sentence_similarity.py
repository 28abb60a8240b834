"""Sentence similarity: two sentences → two vectors → their cosine. One query is one pair (METHOD §2)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from transformers import modeling_utils

from runners.bench.tasks import Answer, LoadingFailed
from runners.bench.tasks.loading import OnDevice, check_context, check_dtype, check_weights, dtype_of
from runners.bench.wire import Load


class SentenceSimilarity(OnDevice):
    """Phases: `preprocess` (both sentences → token ids) and `forward` (one batch of both → cosine)."""

    phases: tuple[str, ...] = ("preprocess", "forward")

    def __init__(self, load: Load, rows: Sequence[Sequence[str]]) -> None:
        if load.max_input_tokens is None:
            raise LoadingFailed("data", "A plan for sentence similarity says how many tokens go in.")
        if any(len(row) != 2 for row in rows):
            raise LoadingFailed("data", "Every query of sentence similarity is a pair of sentences.")
        dtype = dtype_of(load.precision)
        with _loading_reports() as reports:
            model = SentenceTransformer(
                load.folder,
                device=load.device.value,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"dtype": dtype, "use_safetensors": True},
            )
        # Modules after the transformer (Dense …) come in their file's dtype, whatever was asked for.
        model.to(dtype=dtype)
        self.unused_weights = _check_reports(reports)
        self.dtype = check_dtype(model, dtype)
        inner = model.transformers_model
        self.architecture = type(inner if inner is not None else model[0]).__name__
        super().__init__(load.device, model)
        self._sentences: Any = model.eval()
        self._sentences.max_seq_length = load.max_input_tokens
        self._pairs = [list(row) for row in rows]
        self._features = [self._tokenise(pair) for pair in self._pairs]
        self._tokens = [_tokens(features) for features in self._features]
        self.longest_input = max(_width(features) for features in self._features)
        if inner is not None:
            check_context(inner.config, self.longest_input, 0)

    def run(self, phase: str, query: int) -> Answer:
        if phase == "preprocess":
            return Answer(_tokens(self._tokenise(self._pairs[query])), 0, True)
        # Copied, because the modules add their results to the mapping they are given.
        features = {name: _to(value, self._device) for name, value in self._features[query].items()}
        with torch.inference_mode():
            vectors = self._sentences(features)["sentence_embedding"].float()
            cosine = torch.nn.functional.cosine_similarity(vectors[0], vectors[1], dim=0).item()
        return Answer(self._tokens[query], 0, math.isfinite(cosine))

    def _tokenise(self, pair: list[str]) -> dict[str, Any]:
        features: dict[str, Any] = self._sentences.preprocess(pair)
        return features


def _to(value: Any, device: torch.device) -> Any:
    return value.to(device) if isinstance(value, torch.Tensor) else value


def _tokens(features: dict[str, Any]) -> int:
    """Tokens of both sentences, padding left out."""
    mask = features.get("attention_mask")
    return int(mask.sum()) if mask is not None else int(features["input_ids"].numel())


def _width(features: dict[str, Any]) -> int:
    return int(features["input_ids"].shape[-1])


def _check_reports(reports: list[Any]) -> tuple[str, ...]:
    """Fail on missing weights; weights of a head that encoders are published under are only named.

    A pooler without weights is no gap: sentence embeddings are pooled from the tokens.
    """
    unused: list[str] = []
    for report in reports:
        missing = [key for key in report.missing_keys if not key.startswith("pooler.")]
        check_weights(missing, (), report.mismatched_keys)
        unused += sorted(report.unexpected_keys)
    return tuple(unused[:10])


@contextmanager
def _loading_reports() -> Iterator[list[Any]]:
    """Collects what transformers reports on each model loaded inside.

    sentence-transformers does not hand the report on, and a model with random weights measures like
    a good one; so the function that logs the report is listened to.
    """
    reports: list[Any] = []
    log = modeling_utils.log_state_dict_report

    def listen(*args: Any, **kwargs: Any) -> Any:
        reports.append(kwargs["loading_info"])
        return log(*args, **kwargs)

    modeling_utils.log_state_dict_report = listen
    try:
        yield reports
    finally:
        modeling_utils.log_state_dict_report = log
