"""Model ids are what the Hub allows and nothing else; classes follow total parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from leaderboard.domain import BadInput, ModelRef, check_repo_id, check_revision, model_class
from tests import builders


@pytest.mark.parametrize(
    "text", ["a/b", "sentence-transformers/all-MiniLM-L6-v2", "Qwen/Qwen3-0.6B", "x/y_z.1"]
)
def test_ids_of_the_hub(text: str) -> None:
    assert check_repo_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bert",
        "a/b/c",
        "../etc/passwd",
        "a/..",
        "a/b..c",
        "org/<script>alert(1)</script>",
        " a/b",
        "a/b\n",
        "a/b--c",
        "a/" + "b" * 97,
        "https://huggingface.co/a/b",
        "é/b",
    ],
)
def test_everything_else_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(BadInput, match="organisation/name") as caught:
        check_repo_id(text)
    assert len(caught.value.message) < 80
    with pytest.raises(ValidationError):
        ModelRef(repo_id=text, sha="0" * 40, precision="fp32")


@given(st.text(max_size=60))
def test_no_text_breaks_the_check(text: str) -> None:
    try:
        assert check_repo_id(text).count("/") == 1
    except BadInput as error:
        assert error.remedy


def test_classes_of_total_parameters() -> None:
    assert [
        model_class(n) for n in (1, 7_500_000_000, 7_500_000_001, 35_000_000_000, 35_000_000_001)
    ] == list("AABBC")


def test_a_model_knows_its_maker() -> None:
    assert builders.model_ref("Qwen/Qwen3-0.6B").org == "Qwen"


@pytest.mark.parametrize("text", ["main", "v1.0", "refs/pr/1", "0" * 40, "gptq-4bit-32g-actorder_True", "é"])
def test_revisions_as_git_allows_them(text: str) -> None:
    assert check_revision(text) == text


@pytest.mark.parametrize(
    "text",
    ["", " main", "main\n", "a..b", "../x", "/main", "a//b", "x.lock", "a b", "a\x00", "a?b", "x" * 201],
)
def test_what_no_revision_is_called(text: str) -> None:
    with pytest.raises(BadInput, match="not a revision"):
        check_revision(text)
