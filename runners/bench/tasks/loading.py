"""What every engine checks when it loads: all weights are there, in the promised dtype (METHOD §3.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from leaderboard.domain import Device, Precision
from runners.bench.tasks import LoadingFailed

DTYPES: dict[Precision, torch.dtype] = {
    "fp32": torch.float32,
    "fp16": torch.float16,
    "bf16": torch.bfloat16,
}


def dtype_of(precision: Precision) -> torch.dtype:
    """The dtype a precision is computed in.

    Raises:
        LoadingFailed: a quantised precision, which this harness does not load.
    """
    if precision not in DTYPES:
        raise LoadingFailed("dtype", f"{precision} is not run by this harness; it has {', '.join(DTYPES)}.")
    return DTYPES[precision]


def check_weights(missing: Iterable[Any], unexpected: Iterable[Any], mismatched: Iterable[Any]) -> None:
    """Fail on any weight that is missing, left over or of another shape: it would be another model.

    Raises:
        LoadingFailed: with the names, at most five of each kind.
    """
    parts = [
        f"{word}: {_few(names)}"
        for word, names in (
            ("missing", missing),
            ("unexpected", unexpected),
            ("of another shape", mismatched),
        )
        if names
    ]
    if parts:
        raise LoadingFailed("weights", f"The weights do not fit the architecture: {'; '.join(parts)}.")


def _few(names: Iterable[Any]) -> str:
    ordered = sorted(str(name[0] if isinstance(name, tuple) else name) for name in names)
    rest = f" and {len(ordered) - 5} more" if len(ordered) > 5 else ""
    return ", ".join(ordered[:5]) + rest


def check_dtype(model: torch.nn.Module, wanted: torch.dtype) -> str:
    """The dtype of the floating-point parameters, which must all be the wanted one.

    Raises:
        LoadingFailed: another dtype was found.
    """
    found = {parameter.dtype for parameter in model.parameters() if parameter.is_floating_point()}
    if found != {wanted}:
        names = ", ".join(sorted(_name(dtype) for dtype in found)) or "no parameters"
        raise LoadingFailed("dtype", f"The plan asks for {_name(wanted)}; the model was loaded as {names}.")
    return _name(wanted)


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def check_context(config: Any, longest: int, output: int) -> None:
    """The task's input and output must fit the model's context; it is never cut to it (METHOD §2).

    Raises:
        LoadingFailed: the block's longest input, with what is to be written, is longer.
    """
    context = getattr(config, "max_position_embeddings", None)
    if isinstance(context, int) and 0 < context < longest + output:
        raise LoadingFailed(
            "context",
            f"The model's context of {context} tokens is shorter than the task needs "
            f"({longest} in, {output} out).",
        )


class OnDevice:
    """The part of a pipeline that knows its device."""

    def __init__(self, device: Device, model: torch.nn.Module) -> None:
        self._device = torch.device(device.value)
        self._model = model

    def synchronise(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize()

    def gpu_uuids(self) -> tuple[str, ...]:
        indices = {p.device.index or 0 for p in self._model.parameters() if p.device.type == "cuda"}
        return tuple(f"GPU-{torch.cuda.get_device_properties(index).uuid}" for index in sorted(indices))

    def peak_memory_bytes(self) -> int:
        if self._device.type != "cuda":
            return 0
        return sum(torch.cuda.max_memory_allocated(index) for index in range(torch.cuda.device_count()))
