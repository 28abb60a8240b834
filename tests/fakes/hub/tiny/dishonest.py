"""Tiny models that are not what they say, one for each way a measurement could be fooled. All are served."""

from __future__ import annotations

import json
from typing import Any

from ..vocabulary import as_json
from .chat import PLAIN, shape, talker
from .parts import Tiny, saved, seeded, tensors, with_tensors
from .tokens import END, byte_pairs, conversation
from .written import ARTICLE, SENTIMENTS, bart, bart_model, bert_labels

_CERTAIN = 1e4
"""A logit that no other token reaches, and that fp16 can hold."""


def other_head() -> dict[str, bytes]:
    """Weights of BART under the name of a text generator: the encoder is left over, the head is missing."""
    files = bart()
    config = json.loads(files["config.json"]) | {"architectures": ["BartForCausalLM"]}
    return {**files, "config.json": as_json(config)}


def no_head() -> dict[str, bytes]:
    """A classifier without the layer that classifies: transformers draws one at random."""
    files = bert_labels(SENTIMENTS)
    kept = {name: weight for name, weight in tensors(files).items() if not name.startswith("classifier.")}
    return with_tensors(files, kept)


def left_over() -> dict[str, bytes]:
    """A Llama with a matrix that no part of it uses: its parameters are not those that work."""
    import torch

    files = talker("llama", PLAIN)
    return with_tensors(files, {**tensors(files), "model.layers.2.mlp.up_proj.weight": torch.zeros(128, 64)})


def says_nothing() -> dict[str, bytes]:
    """A BART that ends each summary before it begins."""
    model = bart_model()
    model.final_logits_bias[0, END] = _CERTAIN
    return {**saved(model), **byte_pairs(begin=True, end=True, longest=ARTICLE)}


def answers_nothing() -> dict[str, bytes]:
    """A text generator that ends each answer before it begins. Phi's head is one with a bias."""
    import torch
    from transformers import PhiConfig, PhiForCausalLM

    settings: dict[str, Any] = shape()
    settings.pop("head_dim")
    model = seeded(PhiForCausalLM, PhiConfig(**settings))
    with torch.no_grad():
        model.lm_head.bias[END] = _CERTAIN
    return {**saved(model), **conversation(PLAIN)}


def dead_switch() -> dict[str, bytes]:
    """A Qwen3 whose template names its family's switch and writes the same with it on and off."""
    deaf = "{% if enable_thinking is defined %}{% endif %}" + PLAIN
    return talker("qwen3", deaf)


def _of(name: str, task: str, auto: str, what: str, make: Any) -> Tiny:
    return Tiny(name, task, auto, f"Not an honest model: {what}.", make)


_WRITES = ("text-generation", "AutoModelForCausalLM")
DISHONEST = (
    _of("bart-as-generator-tiny", *_WRITES, "it is a BART that says it generates text", other_head),
    _of(
        "bert-no-head-tiny",
        "text-classification",
        "AutoModelForSequenceClassification",
        "it is a classifier whose weights lack the classifying layer",
        no_head,
    ),
    _of("llama-left-over-tiny", *_WRITES, "its weights have a matrix that no part of it uses", left_over),
    _of(
        "bart-silent-tiny",
        "summarization",
        "AutoModelForSeq2SeqLM",
        "it ends each summary before it begins",
        says_nothing,
    ),
    _of("phi-silent-tiny", *_WRITES, "it ends each answer before it begins", answers_nothing),
    _of("qwen3-dead-switch-tiny", *_WRITES, "its switch for reasoning changes nothing", dead_switch),
)
"""Models that a load, a check or a floor must find out. Code, pickles and gates are in `refused`."""
