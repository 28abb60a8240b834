"""Several prepared rows as one batch: padded, masked, and no row's answer changed by its neighbours."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Literal

import torch

Side = Literal["left", "right"]
Tensors = Mapping[str, Any]


def alike(prepared: Tensors) -> Hashable:
    """What two rows must have in common to be one batch: the shapes of what is not padded (images)."""
    length = _length(prepared)
    return tuple(
        (name, tuple(value.shape[1:]))
        for name, value in sorted(prepared.items())
        if isinstance(value, torch.Tensor) and not _is_sequence(value, length)
    )


def joined(several: Sequence[Tensors], side: Side, pad_id: int) -> dict[str, Any]:
    """Rows that are alike as one batch.

    What runs along the tokens is padded to the longest row: ids with `pad_id`, everything else (masks, types)
    with 0. A row without a mask gets one where anything is padded. The rest, images and the like, is stacked.

    Args:
        several: mappings of tensors with a first dimension of 1 (or, of images cut into patches, of patches).
        side: where the padding goes; a decoder goes on at the right, so its padding is on the left.
    """
    lengths = [_length(row) for row in several]
    longest = max((length for length in lengths if length is not None), default=0)
    rows = [dict(row) for row in several]
    if len(set(lengths)) > 1:
        for row in rows:
            row.setdefault("attention_mask", torch.ones_like(row["input_ids"]))
    batch: dict[str, Any] = {}
    for name, first in rows[0].items():
        if not isinstance(first, torch.Tensor):
            batch[name] = first
            continue
        fill = pad_id if name == "input_ids" else 0
        parts = [
            _padded(row[name], longest, side, fill) if _is_sequence(row[name], length) else row[name]
            for row, length in zip(rows, lengths, strict=True)
        ]
        batch[name] = torch.cat(parts, dim=0)
    return batch


def pad_of(tokenizer: Any, other: int | None = None) -> int:
    """The id to pad with: the tokenizer's own, else another that exists. It is masked either way."""
    own = getattr(tokenizer, "pad_token_id", None)
    return int(own if own is not None else (other or 0))


def _length(row: Tensors) -> int | None:
    ids = row.get("input_ids")
    return int(ids.shape[-1]) if isinstance(ids, torch.Tensor) and ids.dim() == 2 else None


def _is_sequence(value: torch.Tensor, length: int | None) -> bool:
    """Whether it runs along the tokens of its row: one number a token."""
    return length is not None and value.dim() == 2 and tuple(value.shape) == (1, length)


def _padded(value: torch.Tensor, longest: int, side: Side, fill: int) -> torch.Tensor:
    missing = longest - value.shape[-1]
    return torch.nn.functional.pad(value, (missing, 0) if side == "left" else (0, missing), value=fill)
