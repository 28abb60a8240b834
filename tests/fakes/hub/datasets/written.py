"""Data sets whose rows were written by hand, because no package carries real ones."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from .repository import DataSet, Written, typed

PAIRS = Written("stsbenchmark.yaml")
PROBLEMS = Written("gsm8k.yaml")
PROMPTS = Written("prompts.yaml")
QUESTIONS = Written("squad.yaml")
SENTIMENTS = Written("sst2.yaml")


def graded_pairs() -> pa.Table:
    """Sentence pairs with a score from 0 (nothing in common) to 5 (the same)."""
    first, second, score = zip(*PAIRS.content, strict=True)
    return pa.table({"sentence1": first, "sentence2": second, "score": pa.array(score, pa.float64())})


def problems() -> pa.Table:
    """Word problems with their worked answers."""
    return pa.Table.from_pylist(PROBLEMS.content)


def image_prompts() -> pa.Table:
    """Prompts to paint."""
    return pa.table({"prompt": PROMPTS.content})


def questions() -> pa.Table:
    """Questions on a paragraph; those that it does not answer have empty `answers`."""
    rows: list[dict[str, Any]] = []
    for paragraph in QUESTIONS.content:
        context = paragraph["context"]
        for question, answers in paragraph["questions"]:
            rows.append(
                {
                    "id": f"{paragraph['title']}-{len(rows)}",
                    "title": paragraph["title"],
                    "context": context,
                    "question": question,
                    # `index` raises where an answer is not in the words of the paragraph.
                    "answers": {"text": answers, "answer_start": [context.index(one) for one in answers]},
                }
            )
    # Imported here and in the other builders: who finds the data sets built already needs no client.
    from datasets import Features, List, Value

    text = Value("string")
    answers_type = {"text": List(text), "answer_start": List(Value("int32"))}
    names = ("id", "title", "context", "question")
    return typed(rows, Features(dict.fromkeys(names, text) | {"answers": answers_type}))


def sentiments() -> pa.Table:
    """Sentences about films and whether they are positive."""
    from datasets import ClassLabel, Features, Value

    rows = [
        {"idx": index, "sentence": sentence, "label": label}
        for index, (sentence, label) in enumerate(SENTIMENTS.content)
    ]
    label = ClassLabel(names=["negative", "positive"])
    return typed(rows, Features({"idx": Value("int32"), "sentence": Value("string"), "label": label}))


DATA_SETS = (
    DataSet("mteb/stsbenchmark-sts", graded_pairs, split="test"),
    DataSet("openai/gsm8k", problems, config="main", split="test"),
    DataSet("AIEnergyScore/image_generation", image_prompts),
    DataSet("rajpurkar/squad_v2", questions, split="validation"),
    DataSet("stanfordnlp/sst2", sentiments, split="validation"),
)
