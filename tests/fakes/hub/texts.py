"""Real English that every Python carries (its language reference in `pydoc_data`), as data sets."""

from __future__ import annotations

import io
import random
import re
from functools import cache
from itertools import pairwise
from pydoc_data.topics import topics

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 1000
SEED = 20261101
_MARKUP = re.compile(r"[*`_]{1,2}(?=\S)|(?<=\S)[*`_]{1,2}|\[\d+\]")
_SENTENCE_END = re.compile(r"(?<=[.!?]) +(?=[A-Z\"'(])")
_WORDY = re.compile(r"[A-Za-z ,.;:'\"()-]")
CARD = """---
license: other
license_name: psf-2.0
license_link: https://docs.python.org/3/license.html
language: en
pretty_name: {title}
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.parquet
---
# {title}

A stand-in for the data set of this name, for demonstrations and tests without a network: it has the same
columns, and not one row of the original. The text is the Python language reference as shipped with Python
(`pydoc_data.topics`, PSF licence 2.0), cleaned of markup and cut into sentences; order and pairs are drawn
with a fixed seed. {rows} rows.
"""


@cache
def paragraphs() -> tuple[tuple[str, ...], ...]:
    """The prose of the language reference: paragraphs of clean sentences, by the topics' names."""
    kept: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for _, topic in sorted(topics.items()):
        for block in re.split(r"\n\s*\n", topic):
            # Indented blocks are code and grammar as often as prose; "::=" is grammar.
            if block.startswith((" ", "*", "=", "-", "+", "|")) or "::=" in block or ">>>" in block:
                continue
            text = _MARKUP.sub("", " ".join(block.split()))
            sentences = [s.strip() for s in _SENTENCE_END.split(text)]
            sentences = [s for s in sentences if _is_prose(s) and s not in seen]
            seen.update(sentences)
            if sentences:
                kept.append(tuple(sentences))
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


def files(title: str, table: pa.Table) -> dict[str, bytes]:
    """A data set repository: card and one parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", write_page_checksum=True)
    return {
        "README.md": CARD.format(title=title, rows=table.num_rows).encode(),
        "data/train-00000-of-00001.parquet": buffer.getvalue(),
    }
