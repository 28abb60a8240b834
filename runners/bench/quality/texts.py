"""Metrics of written texts: ROUGE-L with BLEU-4 beside it, and the word error rate."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from runners.bench.quality.figures import NotScorable, Score
from runners.bench.quality.told import items, label, text

_ROUGE_LIMIT = 10_000
"""Characters that ROUGE looks at, since its time grows with their product; 128 tokens write far fewer."""
_LONG_WORD = re.compile(r"(\w{100})\w+")
"""A model that is stuck writes one letter for ever; a stemmer need not follow it."""


def rouge_l(outputs: Sequence[Any], labels: Sequence[Sequence[Any]]) -> Score:
    """ROUGE-L F-measure with Porter stemming, the best reference of each row, mean over rows, 0 to 1.

    Where rows have several references (captions), corpus BLEU-4 stands beside it, on its scale of 0 to 100,
    as sacreBLEU computes it by default.

    Args:
        outputs: a text a row.
        labels: (reference,) or ([references],) a row.

    Raises:
        NotScorable: an output or a reference is no text, or a row has no reference.
    """
    told = [
        _LONG_WORD.sub(r"\1", text(output, row, limit=_ROUGE_LIMIT)) for row, output in enumerate(outputs)
    ]
    golds, several = [], False
    for row, cells in enumerate(labels):
        cell = label(cells, row)
        several = several or isinstance(cell, list | tuple)
        references = [cell] if isinstance(cell, str) else items(cell, row, "label")
        golds.append([text(reference, row, "label") for reference in references])
        if not golds[-1]:
            raise NotScorable(f"Row {row + 1} has no reference text.")
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rougeL"], use_stemmer=True)
    measures = [
        float(scorer.score_multi(references, output)["rougeL"].fmeasure)
        for output, references in zip(told, golds, strict=True)
    ]
    return Score(
        value=min(1.0, sum(measures) / len(measures)),
        beside={"BLEU-4": _bleu(told, golds)} if several else {},
        rows=len(told),
    )


def _bleu(told: Sequence[str], golds: Sequence[Sequence[str]]) -> float:
    from sacrebleu.metrics.bleu import BLEU

    # One stream a reference; rows with fewer references have gaps in the later ones. `force`: it would warn
    # on stderr of texts that look tokenised.
    streams = [list(stream) for stream in zip_longest(*golds)]
    return min(100.0, max(0.0, float(BLEU(force=True).corpus_score(list(told), streams).score)))


def word_error_rate(outputs: Sequence[Any], labels: Sequence[Sequence[Any]]) -> Score:
    """Words replaced, left out and put in, over the words really said, over all rows together; 0 and up.

    Both sides go through `spoken` first.

    Args:
        outputs: the transcript a row.
        labels: (what is said,) a row.

    Raises:
        NotScorable: an output or a label is no text, or nothing is said in any row.
    """
    told = [spoken(text(output, row)) for row, output in enumerate(outputs)]
    said = [spoken(text(label(cells, row), row, "label")) for row, cells in enumerate(labels)]
    if not any(said):
        raise NotScorable("No row's label holds a word.")
    import jiwer

    return Score(value=float(jiwer.wer(said, told)), rows=len(told))


def spoken(transcript: str) -> str:
    """A transcript as the words one hears, by one rule for every model.

    Lower case; punctuation and signs are spaces, except apostrophes inside words ("don't", typewriter or
    typeset); single spaces. Digits stay as they are: who writes "2" where the label says "two" is wrong, as
    the label's spelling is part of the data set. Nothing is expanded or respelt.
    """
    # Composed, so that an accent never counts as a sign between letters.
    plain = unicodedata.normalize("NFC", transcript).lower().replace("’", "'")
    kept = "".join(
        character if character == "'" or unicodedata.category(character)[0] in "LMN" else " "
        for character in plain
    )
    return " ".join(re.sub(r"(?<!\w)'|'(?!\w)", " ", kept).split())
