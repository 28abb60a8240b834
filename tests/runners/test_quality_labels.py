"""Accuracy, and whether a model's labels are a data set's."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.bench.quality import NotScorable, label_spaces, score


@pytest.mark.parametrize("metric", ["accuracy", "top-1 accuracy"])
def test_accuracy_is_a_share(metric: str) -> None:
    labels = [("negative",), ("tench, Tinca tinca",), ("tiger_cat",), ("dog",)]
    found = score(metric, ["NEGATIVE", "tench, Tinca tinca", "tiger cat", "cat"], labels)
    assert (found.value, found.correct, found.rows) == (0.75, 0.75, 4)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("abc")), min_size=1),
    st.randoms(use_true_random=False),
)
def test_accuracy_does_not_depend_on_order(rows: list[tuple[str, str]], luck: random.Random) -> None:
    def scored(rows: list[tuple[str, str]]) -> float:
        return score("accuracy", [output for output, _ in rows], [(gold,) for _, gold in rows]).value

    assert scored(rows) == scored(luck.sample(rows, len(rows)))


def test_labels_match_but_for_case_and_separators() -> None:
    assert label_spaces(["NEGATIVE", "POSITIVE"], ["negative", "positive"]) == {
        "NEGATIVE": "negative",
        "POSITIVE": "positive",
    }
    assert label_spaces([" tiger_cat", "Great-Dane"], ["Great Dane", "tiger cat"]) == {
        " tiger_cat": "tiger cat",
        "Great-Dane": "Great Dane",
    }


def test_a_model_may_know_more_than_the_data() -> None:
    assert label_spaces(["negative", "neutral", "positive"], ["negative", "positive"]) == {
        "negative": "negative",
        "positive": "positive",
    }


def test_synonyms_match_where_only_one_name_has_them() -> None:
    data = ["tench, Tinca tinca", "maillot", "maillot, tank suit", "missile", "projectile, missile"]
    assert label_spaces(data, data) == {name: name for name in data}
    short = ["tench", "maillot", "tank suit", "missile", "projectile"]
    assert label_spaces(short, data) == dict(zip(short, data, strict=True))
    # The first of its synonyms is a label's name; another's third is not.
    data = ["spiny lobster, crawfish, crayfish", "crayfish, crawfish"]
    assert label_spaces(["crayfish", "spiny lobster"], data) == {
        "crayfish": data[1],
        "spiny lobster": data[0],
    }


def test_a_synonym_of_two_labels_matches_neither() -> None:
    said = label_spaces(["polecat", "skunk"], ["ferret, polecat", "wood pussy, polecat"])
    assert (
        said
        == "The model's labels are polecat, skunk; the data set's are ferret, polecat, wood pussy, polecat."
    )


def test_a_name_given_twice_loses_one_label_in_a_hundred_at_most() -> None:
    rest = [f"thing {at}" for at in range(98)]
    found = label_spaces(["crane", *rest, "crane"], ["crane", *rest, "crane2"])
    assert isinstance(found, dict)
    assert found["crane"] == "crane"
    assert len(found) == 99
    # Without the second crane the label is simply missing; and of two labels none may be lost.
    assert isinstance(label_spaces(["crane", *rest], ["crane", *rest, "crane2"]), str)
    assert isinstance(label_spaces(["negative", "negative"], ["negative", "positive"]), str)


@pytest.mark.parametrize(
    ("model", "data", "said"),
    [
        (
            ["joy", "anger", "fear", "love", "surprise"],
            ["negative", "positive"],
            "The model's labels are joy, anger, fear, love … (5 in all); "
            "the data set's are negative, positive.",
        ),
        (["LABEL_0", "LABEL_1"], ["a", "b"], "The model does not name its labels (LABEL_0, LABEL_1)."),
        (
            ["negative"],
            ["negative", "positive"],
            "The model's labels are negative; the data set's are negative, positive. "
            "The model has none for positive.",
        ),
        (["x" * 9_000], ["a"], f"The model's labels are {'x' * 40};"),
        ([], ["a"], "names no labels"),
        (["a"], [], "names no labels"),
        ([0, 1], ["a"], "names no labels"),
    ],
)
def test_why_labels_do_not_match(model: list[str], data: list[str], said: str) -> None:
    found = label_spaces(model, data)
    assert isinstance(found, str)
    assert said in found


@given(st.lists(st.text(max_size=8), max_size=6), st.lists(st.text(max_size=8), max_size=6, unique=True))
def test_a_match_leads_from_the_models_names_to_the_datas(model: list[str], data: list[str]) -> None:
    found = label_spaces(model, data)
    if isinstance(found, str):
        assert found.endswith(".")
    else:
        assert set(found) <= set(model)
        assert set(found.values()) == set(data)


def test_what_is_no_label_is_refused() -> None:
    with pytest.raises(NotScorable, match="output of row 2 is a number, not a text"):
        score("accuracy", ["a", 1], [("a",), ("b",)])
    with pytest.raises(NotScorable, match="label of row 1 is a number"):
        score("accuracy", ["a"], [(3,)])
