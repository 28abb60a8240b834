"""Data sets whose text is the Python language reference, as every Python carries it."""

from __future__ import annotations

import random

import pyarrow as pa

from .. import texts
from .repository import DataSet, Written

SUMMARIES = Written("summaries.yaml")


def _passages(rows: int, lengths: tuple[int, ...], seed: int) -> pa.Table:
    """Texts of so many sentences that follow each other."""
    draw = random.Random(seed)
    flow = texts.sentences()
    starts = [(draw.randrange(len(flow) - max(lengths)), draw.choice(lengths)) for _ in range(rows)]
    return pa.table({"text": [" ".join(flow[start : start + length]) for start, length in starts]})


def to_classify() -> pa.Table:
    """Texts of up to about 512 tokens."""
    return _passages(texts.ROWS, (1, 1, 2, 3, 5, 8, 12), texts.SEED + 2)


def to_summarize() -> pa.Table:
    """Articles of up to about 1,024 tokens."""
    return _passages(512, (6, 10, 16, 24, 32), texts.SEED + 3)


def articles() -> pa.Table:
    """Topics of the reference with a summary each."""
    summaries: dict[str, str] = SUMMARIES.content
    return pa.table(
        {
            "article": [" ".join(s for p in texts.prose(topic) for s in p) for topic in summaries],
            "highlights": list(summaries.values()),
            "id": list(summaries),
        }
    )


def lines() -> pa.Table:
    """The whole reference in WikiText's layout: blank rows, headings between equals signs, paragraphs."""
    rows: list[str] = []
    for topic in texts.topic_names():
        paragraphs = texts.prose(topic)
        if paragraphs:
            rows += ["", f" = {topic} = \n", "", *(f" {' '.join(p)} \n" for p in paragraphs)]
    return pa.table({"text": rows})


DATA_SETS = (
    DataSet("AIEnergyScore/sentence_similarity", texts.sentence_pairs),
    DataSet("AIEnergyScore/text_generation", texts.prompts),
    DataSet("AIEnergyScore/text_classification", to_classify),
    DataSet("AIEnergyScore/summarization", to_summarize),
    DataSet("abisee/cnn_dailymail", articles, config="3.0.0", split="test"),
    DataSet("Salesforce/wikitext", lines, config="wikitext-2-raw-v1", split="test"),
)
