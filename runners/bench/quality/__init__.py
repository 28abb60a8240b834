"""How well a model did its task: its outputs, as its process told them, against the labels (METHOD §2).

Labels never enter the process that holds the model, so this is the parent's work and imports no model
library; each metric imports what it needs when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leaderboard.domain import UnknownName
from runners.bench.quality.answers import exact_match, span_f1
from runners.bench.quality.boxes import mean_average_precision
from runners.bench.quality.figures import NotScorable, Score
from runners.bench.quality.labels import accuracy, label_spaces
from runners.bench.quality.numbers import bits_per_byte, clip_score, spearman
from runners.bench.quality.texts import rouge_l, word_error_rate

__all__ = ["METRICS", "NotScorable", "Score", "label_spaces", "score"]

_SCORERS: Mapping[str, Callable[[Sequence[Any], Sequence[Sequence[Any]]], Score]] = {
    "bits per byte": bits_per_byte,
    "exact match": exact_match,
    "ROUGE-L": rouge_l,
    "F1": span_f1,
    "accuracy": accuracy,
    "top-1 accuracy": accuracy,
    "Spearman": spearman,
    "mAP": mean_average_precision,
    "WER": word_error_rate,
    "CLIP score": clip_score,
}

METRICS: tuple[str, ...] = tuple(_SCORERS)
"""Every metric a task of the catalogue may name."""


def score(metric: str, outputs: Sequence[Any], labels: Sequence[Sequence[Any]]) -> Score:
    """Score one pass over a quality set.

    Args:
        metric: a name of `METRICS`; what outputs and labels must be stands with each metric.
        outputs: what the pipeline told for each row, a JSON value. It comes from another process and is
            believed to be nothing until it was looked at.
        labels: the label cells of each row, in the order of the outputs; an empty row where the metric needs
            none.

    Raises:
        UnknownName: no such metric.
        NotScorable: no score can be given; its message is the reason. A score is never NaN.
    """
    if metric not in _SCORERS:
        raise UnknownName("metric", metric, METRICS)
    if not outputs:
        raise NotScorable("There is no output to score.")
    if len(outputs) != len(labels):
        raise NotScorable(f"There are {len(outputs)} outputs for {len(labels)} rows.")
    return _SCORERS[metric](outputs, labels)
