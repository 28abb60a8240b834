"""Two tiny text-generation models with random weights, one of each common family."""

from __future__ import annotations

from typing import Any, Literal

from .vocabulary import BPE_SIZE, CONTEXT, as_json, bpe_files

Family = Literal["llama", "qwen3"]
FAMILIES: tuple[Family, ...] = ("llama", "qwen3")
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CARD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: text-generation
language: en
---
# {family}-tiny

A text-generation model of the {family} family, a few hundred thousand parameters, with **random weights**: it
was never trained, and what it writes means nothing. It exists for demonstrations and tests of energy
measurement without downloading anything.
"""


def build(family: Family) -> dict[str, bytes]:
    """All files of a generator's repository; the same bytes each time with the same torch. Needs torch."""
    import torch
    from safetensors.torch import save
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen3Config, Qwen3ForCausalLM

    special = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    shape: dict[str, Any] = {
        "vocab_size": BPE_SIZE,
        "hidden_size": 96,
        "intermediate_size": 256,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 24,
        "max_position_embeddings": CONTEXT,
        **special,
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(20261101)
        model: Any
        if family == "llama":
            model = LlamaForCausalLM(LlamaConfig(**shape))
        else:
            model = Qwen3ForCausalLM(Qwen3Config(**shape))
    model.config.architectures = [type(model).__name__]
    return {
        **bpe_files(CHAT_TEMPLATE),
        "README.md": CARD.format(family=family).encode(),
        "config.json": as_json(model.config.to_dict() | {"dtype": "float32"}),
        "generation_config.json": as_json(special),
        "model.safetensors": save(dict(model.state_dict()), metadata={"format": "pt"}),
    }
