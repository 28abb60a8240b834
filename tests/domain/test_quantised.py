"""What a quantised checkpoint says its weights are (METHOD §2)."""

from __future__ import annotations

import pytest

from leaderboard.domain import Refused
from leaderboard.domain.quantised import declared_precision


def group(bits: int, kind: str) -> dict[str, object]:
    return {"group_0": {"weights": {"num_bits": bits, "type": kind}}}


@pytest.mark.parametrize(
    ("told", "precision"),
    [
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "int8"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "int4"),
        ({"quant_method": "gptq", "bits": 4}, "int4"),
        ({"quant_method": "awq", "bits": 4}, "int4"),
        ({"quant_method": "awq", "w_bit": 4}, "int4"),
        ({"quant_method": "fp8"}, "fp8"),
        ({"quant_method": "compressed-tensors", "config_groups": group(8, "float")}, "fp8"),
        ({"quant_method": "compressed-tensors", "config_groups": group(4, "int")}, "int4"),
        (None, None),
    ],
)
def test_a_quantised_checkpoint_declares_its_precision(told: object, precision: str | None) -> None:
    assert declared_precision({"quantization_config": told}) == precision


@pytest.mark.parametrize("told", [{"quant_method": "mxfp4"}, {"quant_method": "gptq", "bits": 3}, {}])
def test_a_way_of_quantising_that_has_no_precision_is_named(told: dict[str, object]) -> None:
    with pytest.raises(Refused, match="quantised in a way that is not measured here"):
        declared_precision({"quantization_config": told})
