"""Real English that every Python carries: its language reference in `pydoc_data`."""

from __future__ import annotations

import random
import re
from functools import cache
from itertools import pairwise
from pydoc_data.topics import topics

import pyarrow as pa

ROWS = 1000
SEED = 20261101
_MARKUP = re.compile(r"[*`_]{1,2}(?=\S)|(?<=\S)[*`_]{1,2}|\[\d+\]")
_SENTENCE_END = re.compile(r"(?<=[.!?]) +(?=[A-Z\"'(])")
_WORDY = re.compile(r"[A-Za-z ,.;:'\"()-]")


def topic_names() -> list[str]:
    """The reference's topics, in order."""
    return sorted(topics)


@cache
def prose(topic: str) -> tuple[tuple[str, ...], ...]:
    """The prose of one topic: paragraphs of clean sentences. `KeyError` if this Python has no such topic."""
    kept: list[tuple[str, ...]] = []
    for block in re.split(r"\n\s*\n", topics[topic]):
        # Indented blocks are code and grammar as often as prose; "::=" is grammar.
        if block.startswith((" ", "*", "=", "-", "+", "|")) or "::=" in block or ">>>" in block:
            continue
        text = _MARKUP.sub("", " ".join(block.split()))
        sentences = tuple(s.strip() for s in _SENTENCE_END.split(text) if _is_prose(s.strip()))
        if sentences:
            kept.append(sentences)
    return tuple(kept)


@cache
def paragraphs() -> tuple[tuple[str, ...], ...]:
    """The prose of all topics, by their names; a paragraph is without the sentences that came before."""
    kept: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for topic in topic_names():
        for paragraph in prose(topic):
            fresh = tuple(s for s in paragraph if s not in seen)
            seen.update(fresh)
            if fresh:
                kept.append(fresh)
    return tuple(kept)


def _is_prose(sentence: str) -> bool:
    wordy = len(_WORDY.findall(sentence)) / max(len(sentence), 1)
    return 30 <= len(sentence) <= 400 and wordy > 0.95 and sentence[0].isupper() and sentence[-1] in ".!?"


def sentences() -> list[str]:
    """Every sentence once."""
    return [sentence for paragraph in paragraphs() for sentence in paragraph]


def sentence_pairs() -> pa.Table:
    """Pairs for sentence similarity: half neighbours in a paragraph, half strangers."""
    draw = random.Random(SEED)
    every = sentences()
    neighbours = [pair for p in paragraphs() for pair in pairwise(p)]
    pairs = draw.sample(neighbours, ROWS // 2)
    pairs += [(first, draw.choice(every)) for first in draw.sample(every, ROWS - len(pairs))]
    draw.shuffle(pairs)
    return pa.table({"sentence1": [a for a, _ in pairs], "sentence2": [b for _, b in pairs]})


def prompts() -> pa.Table:
    """Texts to continue: from one sentence to several paragraphs that follow each other."""
    draw = random.Random(SEED + 1)
    flow = sentences()
    texts = []
    for _ in range(ROWS):
        start, length = draw.randrange(len(flow) - 12), draw.choice((1, 1, 2, 3, 5, 8, 12))
        texts.append(" ".join(flow[start : start + length]))
    return pa.table({"text": texts})
