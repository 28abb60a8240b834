"""Sentence encoders of sentence-transformers, held to what transformers reports of their weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sentence_transformers import SentenceTransformer
from transformers import modeling_utils

from runners.bench.engines import LoadingFailed
from runners.bench.engines.loading import check_dtype, check_weights, dtype_of
from runners.bench.engines.transformers import LOCAL
from runners.bench.wire import Load


class LoadedEncoder(NamedTuple):
    """An encoder with its modules."""

    model: Any
    """A `SentenceTransformer` in evaluation mode, on its device."""
    config: Any
    """Of the transformer inside; None where there is none."""
    architecture: str
    dtype: str
    unused_weights: tuple[str, ...]


def load_encoder(load: Load) -> LoadedEncoder:
    """Load an encoder.

    Raises:
        LoadingFailed: a weight is missing or of another shape, or the dtype is not the plan's.
    """
    dtype = dtype_of(load.precision)
    if dtype is None:
        raise LoadingFailed("dtype", f"Sentence encoders are not loaded in {load.precision} by this harness.")
    with _loading_reports() as reports:
        model = SentenceTransformer(
            load.folder,
            device=load.device.value,
            model_kwargs={"dtype": dtype, "use_safetensors": True},
            **LOCAL,
        )
    # Modules after the transformer (Dense …) come in their file's dtype, whatever was asked for.
    model.to(dtype=dtype)
    unused = _check_reports(reports)
    found, _ = check_dtype(model, load.precision)
    inner = model.transformers_model
    return LoadedEncoder(
        model.eval(),
        None if inner is None else inner.config,
        type(inner if inner is not None else model[0]).__name__,
        found,
        unused,
    )


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
