"""The state of a view and its address."""

from __future__ import annotations

from typing import Any, get_args
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leaderboard.board.columns import KEYS
from leaderboard.board.query_values import in_order
from leaderboard.board.view import Openness, Order, Reasoning, Sort, ViewState, params_text, read_params
from leaderboard.domain import BadInput, Provenance

ids = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True)
words = st.from_regex(r"[A-Za-z0-9_.+-]{1,20}", fullmatch=True)
params = st.integers(1, 10**13)
# What a person can type: no control characters, no space at the ends (those are cut off).
searches = (
    st.text(st.characters(exclude_categories=["C", "Z"]), max_size=99)
    .map(lambda text: f"a {text}")
    .filter(str.isprintable)
)


@st.composite
def states(draw: st.DrawFn) -> ViewState:
    low, high = sorted((draw(params), draw(params)))
    fields: dict[str, Any] = {
        "task": draw(st.none() | ids),
        "hardware": draw(st.none() | ids),
        "model_class": draw(st.sampled_from([None, "A", "B", "C"])),
        "protocol": draw(st.none() | ids),
        "edition": draw(st.none() | ids),
        "reasoning": draw(st.sampled_from([None, *get_args(Reasoning)])),
        "provenance": draw(st.sampled_from([None, *Provenance])),
        "q": draw(st.none() | searches.filter(lambda text: 0 < len(text.strip()) <= 100).map(str.strip)),
        "params_min": draw(st.sampled_from([None, low])),
        "params_max": draw(st.sampled_from([None, high])),
        "licence": draw(st.none() | words),
        "precision": draw(st.none() | words),
        "library": draw(st.none() | words),
        "openness": draw(st.sampled_from([None, *get_args(Openness)])),
        "columns": draw(st.none() | st.sets(st.sampled_from(KEYS)).map(in_order)),
        "configurations": draw(st.sampled_from(["best", "all"])),
        "sort": draw(st.sampled_from(get_args(Sort))),
        "order": draw(st.sampled_from(get_args(Order))),
        "after": draw(st.none() | st.from_regex(r"[\w-]{1,40}", fullmatch=True).filter(str.isascii)),
    }
    return ViewState(**fields)


# A busy machine makes examples slowly.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(states())
def test_a_view_is_its_address(state: ViewState) -> None:
    assert ViewState.from_query(parse_qsl(state.query, strict_parsing=bool(state.query))) == state


@given(states())
def test_the_address_is_canonical(state: ViewState) -> None:
    pairs = parse_qsl(state.query)
    assert ViewState.from_query(reversed(pairs)).query == state.query


@given(params)
def test_a_number_of_parameters_survives_being_written(number: int) -> None:
    assert read_params("params_min", params_text(number)) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("7B", 7_000_000_000), ("7.5b", 7_500_000_000), ("350M", 350_000_000), ("12", 12), ("1.2 k", 1200)],
)
def test_parameters_as_people_write_them(text: str, number: int) -> None:
    assert read_params("params_min", text) == number


def test_the_plain_view_is_the_plain_address() -> None:
    assert ViewState().href == "/"
    assert ViewState(task="reasoning", sort="stars", order="desc").href == (
        "/?task=reasoning&sort=stars&order=desc"
    )


def test_another_choice_starts_at_the_first_page() -> None:
    view = ViewState(task="reasoning", after="xyz")
    assert view.changed(sort="model").after is None
    assert view.changed(after="abc").after == "abc"


def test_empty_and_foreign_names_are_passed_over() -> None:
    assert ViewState.from_query([("q", "  "), ("utm_source", "x"), ("__theme", "dark")]) == ViewState()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("task", "../etc"),
        ("task", "<script>"),
        ("task", "a" * 65),
        ("hardware", "T4 16GB"),
        ("model_class", "D"),
        ("reasoning", "maybe"),
        ("provenance", "invented"),
        ("params_min", "-1"),
        ("params_min", "0"),
        ("params_min", "many"),
        ("params_max", "9" * 40),
        ("licence", "a b"),
        ("precision", "'; drop"),
        ("configurations", "some"),
        ("library", "a b"),
        ("openness", "half"),
        ("columns", "model,colour"),
        ("columns", "<b>"),
        ("sort", "colour"),
        ("order", "up"),
        ("q", "x" * 101),
        ("q", "a\x00b"),
        ("after", "\x07"),
        ("after", "a" * 1001),
    ],
)
def test_what_no_view_can_be_is_said_with_a_remedy(name: str, value: str) -> None:
    with pytest.raises(BadInput) as refused:
        ViewState.from_query([(name, value)])
    assert refused.value.remedy
    assert len(refused.value.message) < 200


def test_a_range_that_runs_backwards_is_refused() -> None:
    with pytest.raises(BadInput, match="backwards: from 8B to 7B"):
        ViewState.from_query([("params_min", "8B"), ("params_max", "7B")])


def test_the_question_to_the_record_has_every_filter() -> None:
    view = ViewState(
        task="reasoning", q="qwen", params_max=10**9, reasoning="any", sort="stars", order="desc"
    )
    query = view.rating_query(limit=7)
    assert (query.task, query.q, query.params_max, query.reasoning) == ("reasoning", "qwen", 10**9, "any")
    assert (query.sort, query.order, query.limit, query.development) == ("stars", "desc", 7, False)


def test_ticked_boxes_are_one_choice_of_columns() -> None:
    ticked = [("columns", "stars"), ("columns", ""), ("columns", "energy, stars")]
    view = ViewState.from_query(ticked)
    assert view.columns == ("model", "energy", "stars")
    assert view.href == "/?columns=model,energy,stars"
    assert ViewState.from_query([("columns", " , ")]).columns == ("model",)


def test_the_record_is_asked_for_library_and_openness() -> None:
    query = ViewState.from_query([("library", "diffusers"), ("openness", "all")]).rating_query()
    assert (query.library, query.openness) == ("diffusers", "all")


def test_columns_of_the_api_name_the_same_sort() -> None:
    assert ViewState.from_query([("sort", "energy_wh_per_1000")]).sort == "energy"
