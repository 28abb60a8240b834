"""Checkpoints that are quantised: each is its own precision (METHOD §2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leaderboard.domain.errors import Refused
from leaderboard.domain.hardware import Precision


def declared_precision(config: Mapping[str, Any]) -> Precision | None:
    """What a quantised checkpoint says its weights are; None where it is not quantised.

    Raises:
        Refused: it is quantised in a way that has no precision of ours.
    """
    told = config.get("quantization_config")
    if not isinstance(told, dict):
        return None
    method = str(told.get("quant_method", ""))
    bits = told.get("bits", told.get("w_bit"))
    if method in ("bitsandbytes", ""):
        bits = 4 if told.get("load_in_4bit") else 8 if told.get("load_in_8bit") else bits
    if method in ("fp8", "fbgemm_fp8"):
        return "fp8"
    if method == "compressed-tensors":
        groups = told.get("config_groups")
        kinds = [group.get("weights") or {} for group in groups.values()] if isinstance(groups, dict) else []
        if {(kind.get("type"), kind.get("num_bits")) for kind in kinds} == {("float", 8)}:
            return "fp8"
        widths = {kind.get("num_bits") for kind in kinds if kind.get("type") == "int"}
        bits = widths.pop() if len(widths) == 1 else None
    if bits == 4:
        return "int4"
    if bits == 8:
        return "int8"
    raise Refused(
        f"The checkpoint is quantised in a way that is not measured here ({method or 'unnamed'}).",
        "Choose one in int8, int4 or fp8, or the model itself.",
    )
