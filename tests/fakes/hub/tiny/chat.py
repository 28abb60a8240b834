"""Tiny models that hold a conversation, by the ways their families switch reasoning on and off."""

from __future__ import annotations

from typing import Any, Literal

from ..vocabulary import CONTEXT
from .parts import Tiny, saved, seeded
from .tokens import BEGIN, BPE_SIZE, END, PAD, conversation

Family = Literal["llama", "qwen3", "qwen3-moe"]
_MESSAGES = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}"
)
_HEADER = "{{ '<|im_start|>assistant\\n' }}"
PLAIN = _MESSAGES + "{% if add_generation_prompt %}" + _HEADER + "{% endif %}"
"""No switch at all."""
SWITCHED = (
    _MESSAGES + "{% if add_generation_prompt %}" + _HEADER + "{% if enable_thinking is defined and "
    "enable_thinking is false %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}{% endif %}"
)
"""Qwen3's way: told not to think, an empty thought is put in the model's mouth."""
TOLD = (
    "{% set ns = namespace(thinks=true) %}"
    "{% for message in messages %}{% if message['role'] == 'system' %}"
    "{% if '/no_think' in message['content'] %}{% set ns.thinks = false %}{% endif %}"
    "{{ '<|im_start|>system\\n' + message['content'] | replace('/no_think', '') | replace('/think', '') "
    "+ '<|im_end|>\\n' }}"
    "{% else %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}" + _HEADER + "{% if not ns.thinks %}{{ '<think>\\n\\n</think>\\n' }}"
    "{% endif %}{% endif %}"
)
"""SmolLM3's way: a word in the system prompt, which the model itself does not see."""
ALWAYS = _MESSAGES + "{% if add_generation_prompt %}" + _HEADER + "{{ '<think>\\n' }}{% endif %}"
"""The way of models that are never asked."""
_ENDS: dict[Family, float] = {"llama": 1.8, "qwen3": 2.2, "qwen3-moe": 4.0}
"""How much longer the end token's row of the head is than it was drawn: most answers end after some words."""


def shape(**more: Any) -> dict[str, Any]:
    """Of all decoders here: two layers of width 64."""
    return {
        "vocab_size": BPE_SIZE,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "max_position_embeddings": CONTEXT,
        "initializer_range": 0.2,
        "pad_token_id": PAD,
        "bos_token_id": BEGIN,
        "eos_token_id": END,
        "tie_word_embeddings": False,
        **more,
    }


def decoder(family: Family, **more: Any) -> Any:
    """A decoder of a family, with random weights whose end token is likelier than the others."""
    import torch
    import transformers as t

    if family == "qwen3-moe":
        experts = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 64}
        model = seeded(
            t.Qwen3MoeForCausalLM, t.Qwen3MoeConfig(**shape(decoder_sparse_step=1, **experts, **more))
        )
    elif family == "qwen3":
        model = seeded(t.Qwen3ForCausalLM, t.Qwen3Config(**shape(**more)))
    else:
        model = seeded(t.LlamaForCausalLM, t.LlamaConfig(**shape(**more)))
    with torch.no_grad():
        model.lm_head.weight[END] *= _ENDS[family]
    return model


def talker(family: Family, template: str) -> dict[str, bytes]:
    """A decoder with its conversation template."""
    return {**saved(decoder(family)), **conversation(template)}


def _chat(name: str, family: Family, template: str, what: str) -> Tiny:
    return Tiny(name, "text-generation", "AutoModelForCausalLM", what, lambda: talker(family, template))


CHAT = (
    _chat(
        "qwen3-thinking-tiny",
        "qwen3",
        SWITCHED,
        "A Qwen3 of two layers whose conversation template has its family's switch, `enable_thinking`.",
    ),
    _chat(
        "llama-no-think-tiny",
        "llama",
        TOLD,
        "A Llama of two layers whose conversation template is switched by `/think` and `/no_think` in the "
        "system prompt.",
    ),
    _chat(
        "llama-always-thinks-tiny",
        "llama",
        ALWAYS,
        "A Llama of two layers whose conversation template opens the model's thought itself.",
    ),
    _chat(
        "qwen3-moe-tiny",
        "qwen3-moe",
        SWITCHED,
        "A mixture of four experts, two of which work on a token: not all parameters are active.",
    ),
)
"""Models for text generation and reasoning."""
