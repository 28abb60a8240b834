"""What the Hub lists is read with care: shards and their index, sizes, and what is not what it should be."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from submissions.hub.listing import described, index_of

INDEX = "model.safetensors.index.json"


def sibling(name: str, size: int | None = 10, sha256: str | None = None) -> SimpleNamespace:
    lfs = SimpleNamespace(sha256=sha256) if sha256 else None
    return SimpleNamespace(rfilename=name, size=size, lfs=lfs, blob_id=f"blob of {name}")


def info(*siblings: SimpleNamespace, **fields: Any) -> SimpleNamespace:
    """As the Hub's client has it."""
    given = {
        "id": "a/b",
        "sha": "0" * 40,
        "config": None,
        "card_data": None,
        "tags": None,
        "safetensors": None,
        "gated": False,
        "private": False,
        "library_name": None,
        "pipeline_tag": None,
        "siblings": list(siblings),
    }
    return SimpleNamespace(**{**given, **fields})


def test_a_shard_that_is_listed_and_not_there() -> None:
    shards = index_of(
        INDEX, json.dumps({"weight_map": {"x": "m-1.safetensors", "y": "m-2.safetensors"}}).encode()
    )
    assert shards == ["m-1.safetensors", "m-2.safetensors"]
    facts = described(info(sibling("m-1.safetensors"), sibling(INDEX)), {INDEX: shards})
    assert facts.missing_weights == ("m-2.safetensors",)
    whole = described(info(sibling("m-1.safetensors"), sibling("m-2.safetensors")), {INDEX: shards})
    assert whole.missing_weights == ()


def test_the_index_of_a_part_lists_files_beside_it() -> None:
    name = f"unet/{INDEX}"
    assert index_of(name, b'{"weight_map": {"x": "a.safetensors"}}') == ["unet/a.safetensors"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"weight_map": 3}',
        b'{"weight_map": {}}',
        b'{"weight_map": {"x": 3}}',
        b'{"weight_map": {"x": ["a"]}}',
        b'{"weight_map": {"x": "../a.safetensors"}}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_index_is_not_read_as_one(content: bytes) -> None:
    assert index_of(INDEX, content) is None
    assert described(info(sibling(INDEX)), {INDEX: None}).index_unread == INDEX


def test_empty_weights_are_named() -> None:
    facts = described(info(sibling("a.safetensors", 0), sibling("b.safetensors", 5), sibling("c.json", 0)))
    assert facts.empty_weights == ("a.safetensors",)


def test_only_what_a_runner_fetches_counts() -> None:
    facts = described(
        info(
            sibling("model.safetensors", 100),
            sibling("tokenizer.json", 7),
            sibling("pytorch_model.bin", 10**12),
            sibling("onnx/model.json", 10**12),
            sibling("README.md", 50),
        )
    )
    assert (facts.fetched_files, facts.fetched_bytes, facts.largest_file_bytes) == (2, 107, 100)


@pytest.mark.parametrize(
    "config",
    [
        "text",
        ["a"],
        {"architectures": "BertModel"},
        {"architectures": [3, None]},
        {"architectures": [], "diffusers": "x"},
        {"diffusers": {"_class_name": 7}},
        {"model_type": {"a": 1}},
    ],
)
def test_a_config_that_is_anything_else_says_nothing(config: Any) -> None:
    facts = described(info(config=config, tags=[3, "license:mit"], safetensors=SimpleNamespace(total=0)))
    assert (facts.architectures, facts.model_type, facts.params, facts.licence) == ((), None, None, "mit")


@pytest.mark.parametrize(
    ("told", "quantised", "odd"),
    [
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "int4", False),
        ({"quant_method": "gptq", "bits": 8}, "int8", False),
        ({"quant_method": "fp8"}, "fp8", False),
        ({"quant_method": "aqlm"}, None, True),
        ({"quant_method": "compressed-tensors", "config_groups": {"a": 3}}, None, True),
        ({"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": [1]}}}, None, True),
        ("text", None, False),
    ],
)
def test_what_a_checkpoint_says_of_its_precision(told: Any, quantised: str | None, odd: bool) -> None:
    facts = described(info(config={"quantization_config": told}))
    assert (facts.quantised, bool(facts.quantised_oddly)) == (quantised, odd)


def test_long_names_are_cut() -> None:
    assert len(described(info(config={"architectures": ["x" * 10_000]})).architectures[0]) == 200
