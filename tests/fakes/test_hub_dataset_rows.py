"""What is in the loopback Hub's data sets: rows that are right, the same each time, said to be stand-ins."""

from __future__ import annotations

import random
import re

import pytest
import yaml
from PIL import Image

from tests.fakes.hub import texts
from tests.fakes.hub.carriers import PackageGone
from tests.fakes.hub.datasets import DATA_SETS, DataSet, images, speech, written


def test_the_texts_are_real_varied_and_the_same_each_time() -> None:
    pairs, prompts = texts.sentence_pairs(), texts.prompts()
    assert pairs.equals(texts.sentence_pairs())
    assert prompts.equals(texts.prompts())
    for column in (pairs["sentence1"], pairs["sentence2"], prompts["text"]):
        values = column.to_pylist()
        assert len(values) >= 256
        assert len({len(value) // 20 for value in values}) > 8


@pytest.mark.parametrize("one", DATA_SETS, ids=lambda one: one.repo_id)
def test_a_data_set_has_the_same_bytes_each_time_and_an_honest_card(one: DataSet) -> None:
    try:
        files = one.build()
    except PackageGone as gone:
        pytest.skip(f"package-gone: {gone}")
    assert files == one.build()
    card = files["README.md"].decode()
    assert f"A stand-in for the data set {one.repo_id}" in card
    matter = yaml.safe_load(card.split("---")[1])
    assert matter["license"] in ("apache-2.0", "mit") or matter["license_name"] in ("psf-2.0", "mixed")


def test_images_differ_and_boxes_lie_in_them() -> None:
    try:
        rows = images.boxed().to_pylist()
    except PackageGone as gone:
        pytest.skip(f"package-gone: {gone}")
    assert len({row["image"]["bytes"] for row in rows}) == len(rows)
    for row in rows:
        for (left, top, right, bottom), area in zip(
            row["objects"]["bbox"], row["objects"]["area"], strict=True
        ):
            assert 0 <= left < right <= row["width"]
            assert 0 <= top < bottom <= row["height"]
            assert area == (right - left) * (bottom - top)


def test_boxes_go_with_a_part_and_its_mirror() -> None:
    red = Image.new("RGB", (200, 100))
    red.paste((255, 0, 0), (20, 30, 80, 90))
    look = images.Look(red, (("cup", 20, 30, 80, 90),), (), None)
    parts = [look.part(random.Random(seed), 0.8) for seed in range(20)]
    for part in parts:
        ((_, *corners),) = part.boxes
        assert part.image.getbbox() == tuple(corners)
    assert any(part.boxes[0][1] > 80 for part in parts), "none was mirrored"


def test_word_problems_are_worked_out_right() -> None:
    for row in written.problems().to_pylist():
        steps = re.findall(r"<<([\d+*/ -]+)=(\d+)>>", row["answer"])
        assert steps, row["question"]
        for sum_, result in steps:
            assert eval(sum_) == int(result), row["question"]
        assert row["answer"].endswith(f"\n#### {steps[-1][1]}")


def test_answers_are_in_their_paragraphs_and_some_questions_have_none() -> None:
    rows = written.questions().to_pylist()
    for row in rows:
        for text, start in zip(row["answers"]["text"], row["answers"]["answer_start"], strict=True):
            assert row["context"][start : start + len(text)] == text
    assert 4 <= sum(not row["answers"]["text"] for row in rows) < len(rows) / 2


def test_speech_says_its_words_in_order() -> None:
    try:
        samples, words = speech.spoken(("hello_world", "counting"))
    except PackageGone as gone:
        pytest.skip(f"package-gone: {gone}")
    assert words == "HELLO WORLD ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN"
    slower, same = speech.spoken(("hello_world", "counting"), speech.SLOWER)
    assert same == words
    assert len(slower) > 1.05 * len(samples)
