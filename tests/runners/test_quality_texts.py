"""ROUGE-L, BLEU-4 and word error rate, against hand-made values and the libraries themselves."""

from __future__ import annotations

import random

import jiwer
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score import rouge_scorer

from runners.bench.quality import NotScorable, score
from runners.bench.quality.texts import spoken

WORDS = st.lists(
    st.sampled_from(["the", "cat", "sat", "on", "a", "mat", ",", "dogs", "ran"]), max_size=8
).map(" ".join)


def test_rouge_l_by_hand() -> None:
    # The longest common subsequence of "the cat sat" and "the cats sat down" is three stems of 3 and of 4.
    found = score("ROUGE-L", ["The cat sat."], [("the cats sat down",)])
    assert found.value == pytest.approx(2 * 3 / 7)
    assert (found.correct, found.beside, found.rows) == (None, {}, 1)


def test_rouge_l_takes_each_rows_best_reference() -> None:
    found = score("ROUGE-L", ["a dog", ""], [(["two birds", "a dog"],), (["a cat"],)])
    assert found.value == 0.5


def test_rouge_and_bleu_are_the_libraries_own() -> None:
    told = ["the cat sat on the mat", "a dog runs through the green park", "two men"]
    golds = [
        ["a cat sat on a mat", "the cat is on the mat"],
        ["a dog runs in the park", "the dog runs through the green grass", "a brown dog"],
        ["two men talk"],
    ]
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=True)
    rouge = [
        max(scorer.score(gold, one)["rougeL"].fmeasure for gold in best)
        for one, best in zip(told, golds, strict=True)
    ]
    streams = [
        [golds[0][0], golds[1][0], golds[2][0]],
        [golds[0][1], golds[1][1], None],
        [None, golds[1][2], None],
    ]
    found = score("ROUGE-L", told, [(gold,) for gold in golds])
    assert found.value == pytest.approx(sum(rouge) / 3)
    bleu = sacrebleu.corpus_bleu(told, streams)  # type: ignore[arg-type]  # it takes gaps, its types do not
    assert found.beside == {"BLEU-4": pytest.approx(bleu.score)}
    assert 10 < bleu.score < 100


def test_perfect_and_empty_captions() -> None:
    captions = [(["A dog runs across the wide field.", "A dog."],), (["Two men talk on the street ."],)]
    perfect = score("ROUGE-L", [captions[0][0][0], captions[1][0][0]], captions)
    assert perfect.value == 1
    assert perfect.beside["BLEU-4"] == pytest.approx(100)
    empty = score("ROUGE-L", ["", ""], captions)
    assert (empty.value, empty.beside["BLEU-4"]) == (0, 0)


def test_word_error_rate_by_hand() -> None:
    said = [("HE DON'T KNOW THE WELL KNOWN BOYS",), ("YES",)]
    assert score("WER", ["He don’t know the well-known boys'.", " yes! "], said).value == 0
    # Three replaced or left out, one put in, of eight; over the corpus, not the mean over rows.
    found = score("WER", ["he do not know the well boys", "no"], said)
    assert found.value == pytest.approx((2 + 1 + 1) / 8)
    assert (found.correct, found.beside, found.rows) == (None, {}, 2)
    assert score("WER", ["", ""], said).value == 1
    assert score("WER", ["yes yes yes yes"], [("yes",)]).value == 3


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("Mr. O'Neill's  'quoted' rock 'n' roll", "mr o'neill's quoted rock n roll"),
        ("1,000 people – 3.5%", "1 000 people 3 5"),
        ("Café\tRÉSUMÉ_x\n", "café résumé x"),
        ("Cafe\u0301", "café"),
        ("हिन्दी", "हिन्दी"),
        ("'' . !", ""),
    ],
)
def test_transcripts_as_they_are_heard(written: str, heard: str) -> None:
    assert spoken(written) == heard
    assert spoken(heard) == heard


def test_a_row_without_speech_counts_what_was_put_in() -> None:
    assert score("WER", ["uh", "a b"], [("...",), ("a b",)]).value == 0.5
    with pytest.raises(NotScorable, match="holds a word"):
        score("WER", ["uh"], [("...",)])


@settings(deadline=None)
@given(st.lists(st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=3)), min_size=1, max_size=6))
def test_rouge_and_bleu_keep_their_range_in_any_order(rows: list[tuple[str, list[str]]]) -> None:
    def scored(rows: list[tuple[str, list[str]]]) -> tuple[float, float]:
        found = score("ROUGE-L", [output for output, _ in rows], [(golds,) for _, golds in rows])
        assert 0 <= found.value <= 1
        assert 0 <= found.beside["BLEU-4"] <= 100
        return found.value, found.beside["BLEU-4"]

    assert scored(rows) == pytest.approx(scored(random.Random(2).sample(rows, len(rows))))


@settings(deadline=None)
@given(
    st.lists(st.tuples(WORDS, WORDS.filter(lambda words: words.strip(", ") != "")), min_size=1, max_size=6)
)
def test_word_error_rate_is_jiwers_in_any_order(rows: list[tuple[str, str]]) -> None:
    def scored(rows: list[tuple[str, str]]) -> float:
        return score("WER", [told for told, _ in rows], [(said,) for _, said in rows]).value

    clean = [(told.replace(",", ""), said.replace(",", "")) for told, said in rows]
    assert scored(rows) == jiwer.wer([said for _, said in clean], [told for told, _ in clean])
    assert scored(rows) == scored(random.Random(3).sample(rows, len(rows)))


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_has_a_score(told: str, said: str) -> None:
    assert 0 <= score("ROUGE-L", [told], [([said],)]).value <= 1
    assert score("WER", [told], [(said + " word",)]).value >= 0


@pytest.mark.parametrize("told", ["y" * 300_000, "a " * 300_000, "\ud800 cat", "\x00\u2028", "' " * 50_000])
def test_hostile_texts_have_a_score(told: str) -> None:
    assert 0 <= score("ROUGE-L", [told], [(["a cat"],)]).value < 1
    assert score("WER", [told], [("a cat",)]).value > 0


@pytest.mark.parametrize(
    ("metric", "output", "cells", "reason"),
    [
        ("ROUGE-L", ["a"], ("a",), "output of row 1 is a list, not a text"),
        ("ROUGE-L", "a", ([],), "Row 1 has no reference"),
        ("ROUGE-L", "a", (7,), "label of row 1 is a number, not a list"),
        ("ROUGE-L", "a", ([7],), "label of row 1 is a number, not a text"),
        ("ROUGE-L", "a", (), "Row 1 has no label"),
        ("WER", None, ("a",), "output of row 1 is empty, not a text"),
        ("WER", "a", ({},), "label of row 1 is another object, not a text"),
    ],
)
def test_what_is_no_text_is_refused(metric: str, output: object, cells: tuple[object], reason: str) -> None:
    with pytest.raises(NotScorable, match=reason):
        score(metric, [output], [cells])
