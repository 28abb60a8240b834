"""Metrics of short answers: exact match of a word problem's number, F1 of a marked span."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from runners.bench.quality.figures import NotScorable, Score
from runners.bench.quality.told import fields, items, label, text

_NUMBER = (
    r"(?P<sign>(?<![\w)\]}])(?:\\?\$\s?)?[-−])?"  # a minus between two terms is no sign
    r"(?:\\?\$\s?)?"
    r"(?P<digits>(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?)"
)
_ANY_NUMBER = re.compile(_NUMBER)
_HASHES = re.compile(
    # As the data set writes its answers. "#### 2. Add them" and "#### 2) …" are headings, not answers.
    # Counted repeats: whatever a model writes, this takes time in proportion to its length.
    r"####[ \t]{0,4}\*{0,3}[ \t]{0,4}(?=\\?[$0-9−-])" + _NUMBER + r"(?!,?[0-9]|[.):][ \t]{0,4}\S)"
)
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_THOUGHT = "</think>"
"""What ends the thinking of the reasoning models that write it out; an answer stands behind it."""


def exact_match(outputs: Sequence[Any], labels: Sequence[Sequence[Any]]) -> Score:
    """Share of word problems whose final number is the right one (METHOD §2, reasoning).

    The number taken is the last one marked as the answer (`\\boxed{…}`, or `#### …` as the data set writes
    it), else the last one of the text. Thousands separators, dollar signs, units and trailing dots do not
    matter, nor does 42.00 for 42.

    Args:
        outputs: the model's text a row.
        labels: (solution that ends in "#### 42",) a row.

    Raises:
        NotScorable: an output is no text, or a label holds no number.
    """
    right = 0
    for row, (output, cells) in enumerate(zip(outputs, labels, strict=True)):
        solution = text(label(cells, row), row, "label", end=True)
        gold = final_number(solution.rpartition("####")[2])
        if gold is None:
            raise NotScorable(f"The label of row {row + 1} holds no number.")
        right += final_number(text(output, row, end=True)) == gold
    share = right / len(outputs)
    return Score(value=share, correct=share, rows=len(outputs))


def final_number(answer: str) -> Decimal | None:
    """The number an answer ends on, by the rule of `exact_match`; None: it holds none."""
    behind = answer.rpartition(_THOUGHT)[2]
    for part in (behind, answer):
        # What LaTeX puts between thousands.
        plain = part.replace("{,}", ",").replace(",\\!", ",")
        marked = [(match.start(), match) for match in _HASHES.finditer(plain)]
        for start, box in _boxes(plain):
            marked += [(start, match) for match in list(_ANY_NUMBER.finditer(box))[-1:]]
        found = max(marked, key=lambda one: one[0])[1] if marked else None
        for match in _ANY_NUMBER.finditer(plain) if found is None else ():
            found = match
        if found is not None:
            digits = Decimal(found["digits"].replace(",", ""))
            return digits.copy_negate() if found["sign"] and digits else digits
    return None


def _boxes(answer: str) -> list[tuple[int, str]]:
    """Where each box begins, and what stands in it; braces inside it are balanced."""
    boxes = []
    for opened in _BOX.finditer(answer):
        # Answers are short: a brace that never closes must not make every box as long as the text.
        inside, depth = answer[opened.end() : opened.end() + 200], 1
        for position, character in enumerate(inside):
            depth += (character == "{") - (character == "}")
            if depth == 0:
                boxes.append((opened.start(), inside[:position]))
                break
    return boxes


_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def span_f1(outputs: Sequence[Any], labels: Sequence[Sequence[Any]]) -> Score:
    """SQuAD v2's F1: words shared by the marked span and the best of the true ones, mean over rows, 0 to 1.

    Texts are compared as its official script does: lower case, without punctuation and articles, split at
    white space. Where the text holds no answer, only an empty output is right. `correct` and "exact match"
    are the share of rows that equal one of their true answers.

    Args:
        outputs: the span a row; "" where the model says that there is no answer.
        labels: ({"text": [true answers]},) a row; no answers: the text holds none.

    Raises:
        NotScorable: an output or a label is of another kind.
    """
    f1_sum, exact = 0.0, 0
    for row, (output, cells) in enumerate(zip(outputs, labels, strict=True)):
        (answers,) = fields(label(cells, row), row, ("text",), "label")
        golds = [_words(text(answer, row, "label")) for answer in items(answers, row, "label")]
        golds = [gold for gold in golds if gold] or [[]]
        told = _words(text(output, row))
        f1_sum += max(_f1(told, gold) for gold in golds)
        exact += told in golds
    rows = len(outputs)
    return Score(
        value=min(1.0, f1_sum / rows), correct=exact / rows, beside={"exact match": exact / rows}, rows=rows
    )


def _words(answer: str) -> list[str]:
    return _ARTICLES.sub(" ", answer.lower().translate(_PUNCTUATION)).split()


def _f1(told: list[str], gold: list[str]) -> float:
    if not told or not gold:
        return float(told == gold)
    shared = sum((Counter(told) & Counter(gold)).values())
    return 2 * shared / (len(told) + len(gold))
