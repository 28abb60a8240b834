"""What every engine checks when it loads: all weights are there, in the promised dtype (METHOD §3.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from leaderboard.domain import Precision
from runners.bench.engines import LoadingFailed

DTYPES: dict[Precision, torch.dtype] = {
    "fp32": torch.float32,
    "fp16": torch.float16,
    "bf16": torch.bfloat16,
}
QUANTISED: dict[Precision, frozenset[torch.dtype]] = {
    "int8": frozenset({torch.int8}),
    "int4": frozenset({torch.uint8, torch.int32}),
    "fp8": frozenset({torch.float8_e4m3fn, torch.float8_e5m2}),
}
"""What the weights of a quantised checkpoint lie in; 4-bit ones are packed, two a byte or eight a word."""


def dtype_of(precision: Precision) -> torch.dtype | None:
    """The dtype to load in; None for a quantised checkpoint, which brings its own."""
    return DTYPES.get(precision)


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


def check_dtype(
    model: torch.nn.Module, precision: Precision, kept: Iterable[str] = ()
) -> tuple[str, tuple[str, ...]]:
    """The dtype found on the loaded parameters, which must be the plan's, and the modules kept in fp32.

    Args:
        kept: modules that the library keeps in fp32 for every user of this architecture.

    Returns:
        The dtype without "torch.", or the precision's own name for a quantised model; and the names of
        `kept` that were really found in fp32.

    Raises:
        LoadingFailed: another dtype was found.
    """
    wanted = dtype_of(precision)
    if wanted is None:
        return _check_quantised(model, precision), ()
    exceptions = tuple(kept)
    odd: set[torch.dtype] = set()
    held: set[str] = set()
    some = False
    for name, parameter in model.named_parameters():
        if not parameter.is_floating_point():
            continue
        some = some or parameter.dtype == wanted
        if parameter.dtype != wanted:
            module = next((part for part in exceptions if part in name.split(".")), None)
            if module is not None and parameter.dtype == torch.float32:
                held.add(module)
            else:
                odd.add(parameter.dtype)
    if odd or not some:
        found = ", ".join(sorted(_name(dtype) for dtype in odd)) or "no parameters"
        raise LoadingFailed("dtype", f"The plan asks for {_name(wanted)}; the model was loaded as {found}.")
    return _name(wanted), tuple(sorted(held))


def _check_quantised(model: torch.nn.Module, precision: Precision) -> str:
    tensors = [*model.parameters(), *model.buffers()]
    if not any(tensor.dtype in QUANTISED[precision] for tensor in tensors):
        found = ", ".join(sorted({_name(tensor.dtype) for tensor in tensors})) or "no parameters"
        raise LoadingFailed("dtype", f"The plan asks for {precision}; the model was loaded as {found}.")
    return precision


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def check_context(config: Any, longest: int, output: int) -> None:
    """The task's input and output must fit the model's context; it is never cut to it (METHOD §2).

    Raises:
        LoadingFailed: the block's longest input, with what is to be written, is longer.
    """
    context = context_of(config)
    if context is not None and context < longest + output:
        raise LoadingFailed(
            "context",
            f"The model's context of {context} tokens is shorter than the task needs "
            f"({longest} in, {output} out).",
        )


def context_of(config: Any) -> int | None:
    """Positions that a model has, tokens; None where its config states none (relative positions)."""
    context = getattr(config, "max_position_embeddings", None)
    return context if isinstance(context, int) and context > 0 else None
