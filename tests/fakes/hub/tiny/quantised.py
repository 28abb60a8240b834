"""Tiny checkpoints with quantised weights: integers of bitsandbytes, and eight-bit floats."""

from __future__ import annotations

import json
import tempfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from ..vocabulary import as_json
from .chat import PLAIN, decoder
from .parts import Tiny, saved, tensors, with_tensors
from .tokens import conversation

_FP8_MOST = 448.0
"""The largest number of float8_e4m3fn."""


def bitsandbytes_here() -> bool:
    """Whether the packages are here that make and load integer checkpoints."""
    return find_spec("bitsandbytes") is not None and find_spec("accelerate") is not None


def integers(bits: Literal[4, 8]) -> dict[str, bytes]:
    """A Llama as bitsandbytes stores it: NF4, or rows of int8 with a scale each."""
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    how: dict[str, Any] = {"load_in_8bit": True}
    if bits == 4:
        how = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": torch.float32}
    with tempfile.TemporaryDirectory(prefix="tiny-") as folder:
        for name, content in saved(_llama()).items():
            (Path(folder) / name).write_bytes(content)
        model = AutoModelForCausalLM.from_pretrained(
            folder, quantization_config=BitsAndBytesConfig(**how), dtype=torch.float32, device_map="cpu"
        )
    return {**saved(model), **conversation(PLAIN)}


def eight_bit_floats() -> dict[str, bytes]:
    """A Llama whose matrices are float8_e4m3fn in blocks of 128 × 128, with the inverse of a scale each."""
    import torch

    files = saved(_llama())
    weights: dict[str, Any] = {}
    for name, weight in tensors(files).items():
        if not name.endswith("proj.weight"):
            weights[name] = weight
            continue
        rows, columns = (-(-length // 128) for length in weight.shape)
        scale = torch.empty(rows, columns)
        narrow = torch.empty_like(weight)
        for row in range(rows):
            for column in range(columns):
                block = (slice(128 * row, 128 * row + 128), slice(128 * column, 128 * column + 128))
                scale[row, column] = weight[block].abs().max() / _FP8_MOST
                narrow[block] = weight[block] / scale[row, column]
        weights[name] = narrow.to(torch.float8_e4m3fn)
        weights[name + "_scale_inv"] = scale
    config = json.loads(files["config.json"]) | {
        "quantization_config": {
            "quant_method": "fp8",
            "activation_scheme": "dynamic",
            "weight_block_size": [128, 128],
        }
    }
    return with_tensors({**files, "config.json": as_json(config), **conversation(PLAIN)}, weights)


def _llama() -> Any:
    return decoder("llama", hidden_size=128, intermediate_size=256, head_dim=32)


QUANTISED = (
    Tiny(
        "llama-tiny-fp8",
        "text-generation",
        "AutoModelForCausalLM",
        "A Llama of two layers with weights in eight-bit floating point, for hardware that has them.",
        eight_bit_floats,
    ),
)
"""Those that need no further package to be made."""
INTEGERS = tuple(
    Tiny(
        f"llama-tiny-bnb{bits}",
        "text-generation",
        "AutoModelForCausalLM",
        f"A Llama of two layers whose weights bitsandbytes keeps as integers of {bits} bits.",
        partial(integers, bits),
    )
    for bits in (4, 8)
)
"""Those that bitsandbytes and accelerate make."""
