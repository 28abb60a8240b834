"""Models that an intake must refuse, one for each reason. None needs torch to be made."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

from .vocabulary import as_json

CARD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: {pipeline}
---
# {name}

Not a usable model. It exists to be refused: {reason}.
"""


@dataclass(frozen=True)
class Refused:
    """One such model."""

    name: str
    reason: str
    pipeline: str = "text-generation"
    private: bool = False
    gated: bool = False

    @property
    def repo_id(self) -> str:
        """Its name on the loopback Hub."""
        return f"starwatt-demo/{self.name}"


REFUSED = (
    Refused("gated", "its files are for people who were let in", gated=True),
    Refused("private", "it is not public", private=True),
    Refused("no-safetensors", "its weights come as a pickle"),
    Refused("remote-code", "it wants its own code to be run"),
    Refused("wrong-architecture", "it classifies images", "image-classification"),
)
LLAMA = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "intermediate_size": 16,
    "vocab_size": 16,
}
VIT = {
    "architectures": ["ViTForImageClassification"],
    "model_type": "vit",
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "intermediate_size": 16,
    "image_size": 8,
    "patch_size": 4,
}
MODELING = b'raise RuntimeError("code from a model repository was run")\n'


def build(model: Refused) -> dict[str, bytes]:
    """All files of the repository."""
    config: dict[str, Any] = VIT if model.name == "wrong-architecture" else LLAMA
    files = {
        "README.md": CARD.format(name=model.name, reason=model.reason, pipeline=model.pipeline).encode(),
    }
    if model.name == "no-safetensors":
        files["pytorch_model.bin"] = b"These bytes are no pickle and no weights."
    else:
        files["model.safetensors"] = one_tensor(8, 8)
    if model.name == "remote-code":
        config = config | {"auto_map": {"AutoModelForCausalLM": "modeling_custom.CustomForCausalLM"}}
        files["modeling_custom.py"] = MODELING
    return files | {"config.json": as_json(config)}


def one_tensor(rows: int, columns: int) -> bytes:
    """A valid safetensors file with one float32 matrix of zeros."""
    length = 4 * rows * columns
    tensor = {"dtype": "F32", "shape": [rows, columns], "data_offsets": [0, length]}
    header = json.dumps({"weight": tensor}).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + bytes(length)
