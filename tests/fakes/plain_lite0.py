"""EfficientNet-Lite0 in plain torch: what the converted model is held to."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# Each stage's blocks: how many, and the stride of the first. All else the weights' own shapes say.
STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))
Weights = dict[str, Tensor]


def logits(weights: Weights, pixels: Tensor) -> Tensor:
    """The 1000 logits of each picture, from the weights as the package names them."""
    x = _activated(weights, "_bn0", _convolved(weights, "_conv_stem", pixels, stride=2))
    n = 0
    for blocks, stride in STAGES:
        for inner in range(blocks):
            y = _block(weights, f"_blocks.{n}.", x, 1 if inner else stride)
            x = x + y if inner else y
            n += 1
    x = _activated(weights, "_bn1", _convolved(weights, "_conv_head", x))
    return functional.linear(x.mean((2, 3)), weights["_fc.weight"], weights["_fc.bias"])


def _block(weights: Weights, name: str, x: Tensor, stride: int) -> Tensor:
    if f"{name}_expand_conv.weight" in weights:
        x = _activated(weights, f"{name}_bn0", _convolved(weights, f"{name}_expand_conv", x))
    x = _convolved(weights, f"{name}_depthwise_conv", x, stride=stride, groups=x.shape[1])
    x = _activated(weights, f"{name}_bn1", x)
    return _normalised(weights, f"{name}_bn2", _convolved(weights, f"{name}_project_conv", x))


def _convolved(weights: Weights, name: str, x: Tensor, stride: int = 1, groups: int = 1) -> Tensor:
    """TensorFlow's "SAME": as many outputs as strides fit, the odd pixel of padding at the end."""
    kernel = weights[f"{name}.weight"]
    high, wide = (
        max((-(-size // stride) - 1) * stride + kernel.shape[-1] - size, 0) for size in x.shape[-2:]
    )
    x = functional.pad(x, (wide // 2, wide - wide // 2, high // 2, high - high // 2))
    return functional.conv2d(x, kernel, stride=stride, groups=groups)


def _normalised(weights: Weights, name: str, x: Tensor) -> Tensor:
    mean, variance, scale, shift = (
        weights[f"{name}.{kind}"] for kind in ("running_mean", "running_var", "weight", "bias")
    )
    return functional.batch_norm(x, mean, variance, scale, shift, training=False, eps=1e-3)


def _activated(weights: Weights, name: str, x: Tensor) -> Tensor:
    return torch.clamp(_normalised(weights, name, x), 0, 6)
