"""Metrics of rows that are numbers: bits per byte, CLIP score, Spearman's rank correlation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from runners.bench.quality.figures import NotScorable, Score
from runners.bench.quality.told import fields, label, number

_COSINE_SLACK = 0.01
"""How far rounding in half precision may carry a cosine beyond one."""


def bits_per_byte(outputs: Sequence[Any], labels: Sequence[Sequence[Any]]) -> Score:
    """Bits a model needs to write down the texts, over the texts' bytes in UTF-8; fewer is better.

    Args:
        outputs: {"bits": negative log2-likelihood of the row's text, "bytes": its length} a row.
        labels: not looked at.

    Raises:
        NotScorable: something negative or not finite, or no byte at all.
    """
    del labels
    bits, sizes = [], []
    for row, output in enumerate(outputs):
        told_bits, told_bytes = fields(output, row, ("bits", "bytes"))
        bits.append(number(told_bits, row))
        sizes.append(number(told_bytes, row))
        if bits[-1] < 0 or sizes[-1] < 0:
            raise NotScorable(f"The output of row {row + 1} is below zero.")
    total_bits, total_bytes = _sum(bits), _sum(sizes)
    if total_bytes < 1:
        raise NotScorable("The outputs cover no byte of text.")
    return Score(value=total_bits / total_bytes, rows=len(outputs))


def clip_score(outputs: Sequence[Any], labels: Sequence[Sequence[Any]]) -> Score:
    """Mean cosine between an image's and its prompt's CLIP vectors, −1 to 1; more is better.

    Args:
        outputs: one cosine a row.
        labels: not looked at.

    Raises:
        NotScorable: an output is no cosine.
    """
    del labels
    cosines = [number(output, row) for row, output in enumerate(outputs)]
    for row, cosine in enumerate(cosines):
        if abs(cosine) > 1 + _COSINE_SLACK:
            raise NotScorable(f"The output of row {row + 1} is {cosine:.4g}, and no cosine is.")
    mean = math.fsum(cosines) / len(cosines)
    return Score(value=min(1.0, max(-1.0, mean)), rows=len(cosines))


def spearman(outputs: Sequence[Any], labels: Sequence[Sequence[Any]]) -> Score:
    """Spearman's rank correlation of the outputs with the labels, −1 to 1; ties share their mean rank.

    Args:
        outputs: one number a row, of any scale.
        labels: (number,) a row.

    Raises:
        NotScorable: all outputs, or all labels, are the same: they have no ranks.
    """
    told = [number(output, row) for row, output in enumerate(outputs)]
    gold = [number(label(cells, row), row, "label") for row, cells in enumerate(labels)]
    for numbers, what in ((told, "outputs"), (gold, "labels")):
        if min(numbers) == max(numbers):
            raise NotScorable(f"All {what} are the same number, so there are no ranks to correlate.")
    from scipy.stats import spearmanr

    return Score(value=min(1.0, max(-1.0, float(spearmanr(told, gold).statistic))), rows=len(told))


def _sum(numbers: Sequence[float]) -> float:
    try:
        return math.fsum(numbers)
    except OverflowError as error:
        raise NotScorable("The outputs add up to more than a number can hold.") from error
