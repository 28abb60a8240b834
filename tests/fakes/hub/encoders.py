"""Ten sentence-embedding models with random weights, spread evenly in compute around MiniLM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .vocabulary import MAX_TOKENS, as_json, wordpiece_files, wordpieces

CARD = """---
license: apache-2.0
library_name: sentence-transformers
pipeline_tag: sentence-similarity
language: en
tags:
- sentence-transformers
- feature-extraction
---
# encoder-{layers}x{hidden}

A BERT-type sentence encoder with {layers} layers of width {hidden} and **random weights**: it was never
trained, and its embeddings mean nothing. It exists to show and test how the energy of sentence similarity
grows with a model's size, without downloading anything.
"""


@dataclass(frozen=True)
class Encoder:
    """The shape of one encoder."""

    layers: int
    hidden: int

    @property
    def repo_id(self) -> str:
        """Its name on the loopback Hub."""
        return f"starwatt-demo/encoder-{self.layers}x{self.hidden}"

    @property
    def mflop_per_token(self) -> float:
        """Multiplications and additions of the layers' matrices for one token, in millions.

        Two for each of 12 × hidden² weights a layer (4 of attention, 8 of the feed-forward part);
        the part of attention that grows with the text is left out.
        """
        return 2 * 12 * self.layers * self.hidden**2 / 1e6


# Each does 1.7 to 2 times the work of the one before; MiniLM (6 × 384) lies between the seventh and eighth.
ENCODERS = (
    Encoder(2, 96),
    Encoder(2, 128),
    Encoder(4, 128),
    Encoder(3, 192),
    Encoder(5, 192),
    Encoder(5, 256),
    Encoder(4, 384),
    Encoder(7, 384),
    Encoder(12, 384),
    Encoder(12, 512),
)


def build(encoder: Encoder) -> dict[str, bytes]:
    """All files of an encoder's repository; the same bytes each time with the same torch. Needs torch."""
    import torch
    from safetensors.torch import save
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=len(wordpieces()),
        hidden_size=encoder.hidden,
        num_hidden_layers=encoder.layers,
        num_attention_heads=encoder.hidden // 32,
        intermediate_size=4 * encoder.hidden,
        max_position_embeddings=MAX_TOKENS,
    )
    config.architectures = ["BertModel"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1000 * encoder.layers + encoder.hidden)
        weights = BertModel(config).state_dict()
    settings: dict[str, Any] = config.to_dict() | {"dtype": "float32"}
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    modules = [
        {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for n, (path, kind) in enumerate(kinds.items())
    ]
    pooling = {"word_embedding_dimension": encoder.hidden, "pooling_mode_mean_tokens": True}
    return {
        **wordpiece_files(),
        "README.md": CARD.format(layers=encoder.layers, hidden=encoder.hidden).encode(),
        "config.json": as_json(settings),
        "model.safetensors": save(weights, metadata={"format": "pt"}),
        "modules.json": as_json(modules),
        "1_Pooling/config.json": as_json(pooling),
        "sentence_bert_config.json": as_json({"max_seq_length": MAX_TOKENS, "do_lower_case": False}),
        "config_sentence_transformers.json": as_json({"__version__": {"sentence_transformers": "2.0.0"}}),
    }
