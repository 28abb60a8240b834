"""Exact match of word problems and F1 of spans, by hand."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.bench.quality import NotScorable, score
from runners.bench.quality.answers import final_number


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("She has 3 boxes of 14, so 42.", "42"),
        ("so 42 apples", "42"),
        ("that is $1,234.50.", "1234.50"),
        ("\\$18", "18"),
        ("It costs -$5", "-5"),
        ("It costs $-5", "-5"),
        ("the change is −7", "-7"),
        ("10-5", "5"),  # a minus between two terms is no sign
        ("(2+3)-4", "4"),
        ("1,2,3", "3"),
        ("12,345,678", "12345678"),
        ("1{,}234", "1234"),
        ("the answer is \\boxed{42}, which is more than 41", "42"),
        ("\\boxed{7} no, \\boxed{x = 8}. All 9 agree", "8"),
        ("\\boxed{\\text{about } \\frac{1}{2} \\text{ of } 10} of 99", "10"),
        ("\\boxed{never closed 5", "5"),
        ("\\boxed{none} and 6", "6"),
        ("#### 42\nChecked 3 times.", "42"),
        ("#### $1,000 a week, 52 weeks", "1000"),
        ("#### **42**\nYes, 1 answer", "42"),
        ("#### 1. First add\n#### Step 2\nThe sum is 12", "12"),
        ("#### 1: add\nThe sum is 12", "12"),
        ("#### 1,234: add\nThe sum is 12", "12"),
        ("#### 10\nor rather \\boxed{11}", "11"),
        ("<think>maybe \\boxed{5}?</think>The answer is 6.", "6"),
        ("<think>it is 5</think>", "5"),
        ("50% of it", "50"),
        ("4.", "4"),
        ("٤٢ and 3", "3"),
        ("-0", "0"),
    ],
)
def test_the_number_an_answer_ends_on(answer: str, number: str) -> None:
    assert final_number(answer) == Decimal(number)


@pytest.mark.parametrize("answer", ["", "no idea", "\\boxed{}", "####", "$,.-", "<think></think>"])
def test_an_answer_without_a_number(answer: str) -> None:
    assert final_number(answer) is None


def test_exact_match_is_a_share() -> None:
    gold = [("…\n#### 1,042",), ("#### 8",), ("2 and 3\n#### -5",), ("#### 10",)]
    found = score("exact match", ["It is 1042.00", "#### 9", "= -5", ""], gold)
    assert (found.value, found.correct, found.rows) == (0.5, 0.5, 4)


def test_a_long_answer_is_read_from_its_end() -> None:
    assert score("exact match", ["1 " * 200_000 + "42"], [("#### 42",)]).value == 1
    assert score("exact match", ["9" * 200_000], [("#### 42",)]).value == 0
    for stuck in ("\\boxed{", "#### ", "####" + " " * 9_000, "$ ", "1,111", "####$-"):
        assert score("exact match", [(stuck * 90_000)[-90_000:] + " so 42"], [("#### 42",)]).value == 1


@given(st.text(alphabet="0123456789,.$-−#{}\\ boxed\n", max_size=80))
def test_any_answer_has_a_finite_number_or_none(answer: str) -> None:
    found = final_number(answer)
    assert found is None or found.is_finite()


@given(st.integers(-(10**9), 10**9), st.booleans())
def test_a_number_is_read_however_it_is_written(number: int, grouped: bool) -> None:
    written = f"{number:,}" if grouped else str(number)
    for form in (f"It is {written}.", f"#### {written}", f"\\boxed{{{written}}} of 7", f"= ${written} "):
        assert final_number(form) == number


def span(output: str, *golds: str) -> tuple[float, float | None]:
    found = score("F1", [output], [({"text": list(golds), "answer_start": [0] * len(golds)},)])
    assert found.beside == {"exact match": found.correct}
    return found.value, found.correct


def test_f1_of_spans() -> None:
    assert span("The Cat, sat!", "cat sat") == (1, 1)
    # Two shared words: of two told, of three true: 2·2/(2+3).
    assert span("cat sat", "the cat sat down") == (0.8, 0)
    assert span("dog", "cat", "a dog") == (1, 1)
    assert span("cat cat", "cat") == (2 / 3, 0)
    assert span("U.S.A.", "USA") == (1, 1)
    assert span("bird", "cat") == (0, 0)


def test_f1_where_the_text_holds_no_answer() -> None:
    assert span("") == (1, 1)
    assert span("cat") == (0, 0)
    assert span("", "cat") == (0, 0)
    # An answer of articles and punctuation alone is none, as in the official script.
    assert span("", "the") == (1, 1)
    assert span("a.") == (1, 1)
    assert span("cat", "the", "cat") == (1, 1)


@given(st.lists(st.tuples(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=3)), min_size=1))
def test_f1_lies_between_exact_match_and_one(rows: list[tuple[str, list[str]]]) -> None:
    def scored(rows: list[tuple[str, list[str]]]) -> tuple[float, float]:
        found = score("F1", [output for output, _ in rows], [({"text": golds},) for _, golds in rows])
        assert found.correct is not None
        assert 0 <= found.correct <= found.value + 1e-12 <= 1 + 1e-12
        return found.value, found.correct

    shuffled = random.Random(1).sample(rows, len(rows))
    assert scored(rows) == pytest.approx(scored(shuffled))


@pytest.mark.parametrize(
    ("metric", "output", "cell", "reason"),
    [
        ("exact match", 42, "#### 42", "output of row 1 is a number, not a text"),
        ("exact match", "42", "no number", "label of row 1 holds no number"),
        ("exact match", "42", None, "label of row 1 is empty"),
        ("F1", None, {"text": []}, "output of row 1 is empty, not a text"),
        ("F1", "", "cat", "label of row 1 is a text, not an object with text"),
        ("F1", "", {"text": "cat"}, "label of row 1 is a text, not a list"),
        ("F1", "", {"text": [True]}, "label of row 1 is true or false"),
    ],
)
def test_what_is_no_answer_is_refused(metric: str, output: object, cell: object, reason: str) -> None:
    with pytest.raises(NotScorable, match=reason):
        score(metric, [output], [(cell,)])
