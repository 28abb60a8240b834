"""Scores of numbers, the dispatch by metric, and outputs that are no numbers."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard import catalogue
from leaderboard.domain import UnknownName
from runners.bench.quality import METRICS, NotScorable, Score, score


def test_every_metric_of_the_catalogue_is_here_and_no_other() -> None:
    assert {task.quality.metric for task in catalogue.tasks().values()} == set(METRICS)


def test_an_unknown_metric_names_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="bits per byte"):
        score("perplexity", ["a"], [("a",)])


def test_scoring_imports_no_model_library() -> None:
    """Labels and models never share a process; each metric's own library is imported when it is used."""
    code = """if True:
        import sys
        from runners.bench.quality import score
        heavy = {"torch", "transformers", "scipy", "nltk", "rouge_score", "sacrebleu", "jiwer", "pycocotools"}
        print(sorted(heavy & set(sys.modules)))
        score("WER", ["a"], [("a",)])
        score("ROUGE-L", ["a"], [(["a"],)])
        score("Spearman", [1, 2], [(1,), (2,)])
        score("mAP", [[]], [({"bbox": [[0, 0, 9, 9]], "category": ["a"]},)])
        print(sorted({"torch", "transformers"} & set(sys.modules)))
    """
    root = Path(__file__).resolve().parents[2]
    said = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert said.stdout.split("\n")[:2] == ["[]", "[]"]


def test_bits_per_byte_is_over_all_texts_together() -> None:
    found = score(
        "bits per byte",
        [{"bits": 8.0, "bytes": 4}, {"bits": 0, "bytes": 0}, {"bits": 1.0, "bytes": 5}],
        [()] * 3,
    )
    assert found == Score(value=1.0, rows=3)


def test_clip_score_is_the_mean_cosine() -> None:
    assert score("CLIP score", [0.2, 0.4, -0.3], [()] * 3).value == pytest.approx(0.1)
    assert score("CLIP score", [1.004], [()]).value == 1


def test_spearman_by_hand() -> None:
    assert score("Spearman", [0.1, 0.2, 0.9], [(1,), (2.5,), (3,)]).value == pytest.approx(1)
    assert score("Spearman", [3, 2, 1], [(1,), (2,), (3,)]).value == pytest.approx(-1)
    # Ranks 1 2 3 4 5 against 2 1 4 3 5: 1 − 6·4/(5·24).
    assert score("Spearman", [1, 2, 3, 4, 50], [(2,), (1,), (4,), (3,), (5,)]).value == pytest.approx(0.8)
    # A tie shares its mean rank: 1.5 1.5 3 against 1 2 3 is 1.5/√(1.5·2).
    assert score("Spearman", [0, 0, 1], [(1,), (2,), (3,)]).value == pytest.approx(1.5 / math.sqrt(3))


@pytest.mark.parametrize(
    ("outputs", "golds", "reason"),
    [
        ([0.5, 0.5, 0.5], [1, 2, 3], "All outputs are the same"),
        ([1, 2], [3, 3], "All labels are the same"),
        ([1], [1], "All outputs are the same"),
        ([1, math.nan], [1, 2], "output of row 2 is not a finite number"),
        ([1, 2], [1, math.inf], "label of row 2 is not a finite number"),
    ],
)
def test_no_ranks_no_score(outputs: list[float], golds: list[float], reason: str) -> None:
    with pytest.raises(NotScorable, match=reason):
        score("Spearman", outputs, [(gold,) for gold in golds])


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2))
def test_spearman_keeps_its_range_in_any_order(rows: list[tuple[float, float]]) -> None:
    def scored(rows: list[tuple[float, float]]) -> float | None:
        try:
            return score("Spearman", [told for told, _ in rows], [(gold,) for _, gold in rows]).value
        except NotScorable:
            return None

    found = scored(rows)
    assert found is None or -1 <= found <= 1
    assert found == pytest.approx(scored(random.Random(4).sample(rows, len(rows))))


@given(st.lists(st.floats(-1, 1), min_size=1))
def test_clip_score_keeps_its_range_in_any_order(cosines: list[float]) -> None:
    found = score("CLIP score", cosines, [()] * len(cosines)).value
    assert min(cosines) - 1e-12 <= found <= max(cosines) + 1e-12
    assert found == score("CLIP score", cosines[::-1], [()] * len(cosines)).value


@pytest.mark.parametrize(
    ("metric", "output", "reason"),
    [
        ("bits per byte", 3.0, "is a number, not an object with bits and bytes"),
        ("bits per byte", {"bits": 3.0}, "another object, not an object with bits and bytes"),
        ("bits per byte", {"bits": "3", "bytes": 1}, "is a text, not a number"),
        ("bits per byte", {"bits": True, "bytes": 1}, "is true or false, not a number"),
        ("bits per byte", {"bits": math.nan, "bytes": 1}, "not a finite number"),
        ("bits per byte", {"bits": 1, "bytes": 10**400}, "not a finite number"),
        ("bits per byte", {"bits": -1, "bytes": 1}, "below zero"),
        ("bits per byte", {"bits": 1, "bytes": -1}, "below zero"),
        ("bits per byte", {"bits": 1, "bytes": 0}, "no byte"),
        ("bits per byte", {"bits": 1, "bytes": 1e-300}, "no byte"),
        ("CLIP score", 7.5, "no cosine"),
        ("CLIP score", -math.inf, "not a finite number"),
        ("CLIP score", [0.1], "is a list, not a number"),
        ("CLIP score", object(), "of an unknown kind"),
    ],
)
def test_what_is_no_number_is_refused(metric: str, output: object, reason: str) -> None:
    with pytest.raises(NotScorable, match=reason):
        score(metric, [output], [()])


def test_a_sum_beyond_numbers_is_refused() -> None:
    with pytest.raises(NotScorable, match="more than a number can hold"):
        score("bits per byte", [{"bits": 1.7e308, "bytes": 1}] * 2, [()] * 2)


def test_no_rows_and_uneven_rows_are_refused() -> None:
    for metric in METRICS:
        with pytest.raises(NotScorable, match="no output"):
            score(metric, [], [])
        with pytest.raises(NotScorable, match="2 outputs for 1 rows"):
            score(metric, ["a", "b"], [("a",)])


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["bits", "bytes", "label", "score", "box", "text"]), inner)
    ),
    max_leaves=8,
)
GOOD: dict[str, tuple[object, ...]] = {
    "exact match": ("#### 1",),
    "F1": ({"text": ["a"]},),
    "mAP": ({"bbox": [[0, 0, 9, 9]], "category": ["a"]},),
    "Spearman": (1,),
}


@given(st.sampled_from(METRICS), JSON, st.none() | JSON)
def test_whatever_was_told_there_is_a_score_or_a_reason(metric: str, output: Any, cell: Any) -> None:
    cells = GOOD.get(metric, ("a",)) if cell is None else (cell,)
    try:
        found = score(metric, [output, output], [cells, cells])
    except NotScorable as reason:
        assert reason.message.endswith(".")
    else:
        assert math.isfinite(found.value)
        assert found.rows == 2


@pytest.mark.parametrize(
    "figures",
    [
        {"value": math.nan},
        {"value": 1, "correct": 1.5},
        {"value": 1, "rows": 0},
        {"value": 1, "beside": {"x": math.inf}},
    ],
)
def test_a_score_cannot_hold_a_lie(figures: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a s"):
        Score(**{"rows": 1, **figures})
