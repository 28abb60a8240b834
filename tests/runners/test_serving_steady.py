"""Steady parts and rungs by hand: what counts, what is ramp and tail, and what figures they come to."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.domain import ServedLoad
from leaderboard.rating.aggregate import aggregate, figures
from runners.bench.serving.answers import Answer, Book, read_answers, write_answers
from runners.bench.serving.loads import Loaded
from runners.bench.serving.rungs import rung_of, windows_of_rung
from runners.bench.serving.steady import (
    MOST_POINTS,
    Bounds,
    between_tokens_s,
    bounds,
    first_token_s,
    percentiles,
    requests_due,
    running,
    steady,
)
from tests.runners.conftest import make_plan

B, EACH_S, TOKENS = 4, 1.0, 10


def answer(number: int, first_s: float, **fields: Any) -> Answer:
    """Ten tokens in a second, one by one."""
    pieces = [first_s + EACH_S * place / TOKENS for place in range(TOKENS)]
    made = {
        "request": number,
        "query": number % 4,
        "send_s": 0.0,
        "pieces_s": pieces,
        "tokens": [1] * TOKENS,
        "end_s": first_s + EACH_S,
        "usage_in": 7,
        "usage_out": TOKENS,
        "finish": "length",
    }
    return Answer(**{**made, **fields})


def waves(count: int) -> list[Answer]:
    """B at a time, each wave a second, the first at 10 s; in a wave they are a little apart."""
    return [answer(number, 10.0 + number // B * EACH_S + number % B * 0.01) for number in range(B * count)]


def test_the_steady_part_is_from_the_bth_first_token_until_all_but_b_plus_one_are_done() -> None:
    answers = waves(5)
    found = bounds(answers, B)
    # N = 20: the fifteenth is done with the fourth wave's third.
    assert found is not None
    assert found.start_s == pytest.approx(10.03)
    assert found.end_s == pytest.approx(14.02)
    assert bounds(answers[: B + 1], B) is None
    assert bounds([answer(number, 10.0 + 3 * number) for number in range(20)], B) is not None
    assert bounds([Answer(request=number, query=0, end_s=float(number)) for number in range(20)], B) is None


def test_tokens_are_counted_where_they_came() -> None:
    inside = Bounds(10.95, 13.95)
    found = steady(waves(5), inside, 600.0, 0.1)
    assert found is not None
    assert found.tokens_out == sum(
        inside.start_s < at_s <= inside.end_s for each in waves(5) for at_s in each.pieces_s
    )
    # Three waves end inside; ramp and tail are outside.
    assert (found.done, found.answered, found.tokens_in) == (12, 12, 84)
    assert found.mean_batch == pytest.approx(4.0, abs=0.02)
    assert steady(waves(5), Bounds(30.0, 31.0), 1.0, 0.1) is None


def test_a_piece_of_several_tokens_counts_as_they_are() -> None:
    grouped = [
        answer(number, 10.0 + number // B, pieces_s=[10.2 + number // B, 10.7 + number // B], tokens=[1, 1])
        for number in range(20)
    ]
    for each in grouped:
        each.retokenised = 10
    found = steady(grouped, Bounds(11.5, 12.5), 100.0, 0.1)
    assert found is not None
    # One of the two pieces of each of eight answers, five tokens each.
    assert found.tokens_out == 8 * 5


def test_how_many_requests_a_load_has() -> None:
    for rate, least_s in ((0.0, 0.0), (10.0, 1.0), (100.0, 30.0)):
        due = requests_due(64, rate, least_s, 16)
        assert due % 16 == 0
        assert due >= 192
        assert due - 65 >= rate * least_s


@pytest.mark.parametrize(
    ("fields", "wrong", "tokens"),
    [
        ({}, False, 10),
        ({"usage_out": None}, False, 10),
        ({"usage_out": 12}, True, 10),
        ({"usage_out": 11, "finish": "stop"}, False, 11),
        ({"tokens": [1, 1], "pieces_s": [1.0, 2.0], "retokenised": 10}, False, 10),
        ({"tokens": [1, 1], "pieces_s": [1.0, 2.0], "retokenised": 4}, True, 2),
        ({"tokens": [1, 1], "pieces_s": [1.0, 2.0]}, True, 2),
        ({"usage_out": 8, "retokenised": 8}, True, 10),
    ],
)
def test_whose_count_is_believed(fields: dict[str, Any], wrong: bool, tokens: int) -> None:
    one = answer(0, 10.0, **fields)
    assert one.miscounted(0.1) is wrong
    assert one.tokens_out(0.1) == tokens


def test_how_many_ran_together_is_kept_thin() -> None:
    shown = running(waves(3), 10.0)
    assert shown[0] == (0.0, 1)
    assert max(level for _, level in shown) == 4
    assert shown[-1][0] == pytest.approx(3.03)
    assert shown[-1][1] == 0
    long = running(waves(400), 10.0)
    assert len(long) <= MOST_POINTS
    assert all(before < after for (before, _), (after, _) in pairwise(long))
    assert running([], 0.0) == ()


def test_percentiles_are_of_whole_answers() -> None:
    answers = waves(2)
    answers[0].fault = "closed"
    assert len(first_token_s(answers)) == 7
    assert between_tokens_s(answers)[0] == pytest.approx(0.1)
    found = percentiles([1.0, 2.0, 3.0])
    assert found is not None
    assert found.p50_s == 2.0
    assert found.p90_s == pytest.approx(2.8)
    assert percentiles([]) is None


def loaded(repeat: int, energy_j: float, answers: list[Answer]) -> Loaded:
    part = steady(answers, Bounds(10.95, 13.95), energy_j, 0.1)
    load = ServedLoad(
        start=0,
        repeat=repeat,
        start_s=0.0,
        end_s=20.0,
        requests=len(answers),
        answered=sum(not each.fault for each in answers),
        tokens_out=sum(each.counted for each in answers if not each.fault),
        steady=part,
    )
    return Loaded(load, answers, 4.0, "" if part else "none")


def test_joules_per_request_are_those_per_token_times_the_mean_of_all_requests() -> None:
    plan = make_plan("text-generation", protocol="serving-b64", output_tokens=TOKENS)
    task = catalogue.task_of(plan)
    # Half as long in the ramp and the tail: they count for the mean, and not for J per token.
    answers = waves(5)
    for each in (*answers[:4], *answers[-4:]):
        each.pieces_s, each.tokens, each.usage_out = each.pieces_s[:5], each.tokens[:5], 5
    rung = rung_of(B, "server", [loaded(0, 600.0, answers), loaded(1, 610.0, answers)], plan, task)
    tokens = rung.loads[0].steady
    assert tokens is not None
    assert rung.mean_output_tokens == pytest.approx((12 * 10 + 8 * 5) / 20)
    assert rung.energy_per_token_j is not None
    assert rung.energy_per_token_j == pytest.approx(605.0 / tokens.tokens_out)
    assert rung.energy_per_request_j == pytest.approx(rung.energy_per_token_j * 8.0)
    assert rung.of_other_length == 16
    windows = windows_of_rung(rung)
    assert aggregate(windows, task.phases).energy_per_query_j == pytest.approx(rung.energy_per_request_j)
    beside = figures(windows, task.phases, None, task.unit)
    # A token's energy is the same whichever way it is worked out.
    assert beside.energy_per_output_token_j == pytest.approx(rung.energy_per_token_j, rel=1e-6)
    assert beside.queries_per_s == pytest.approx(rung.requests_per_s)


def test_a_rung_of_faults_has_no_figure_and_says_what_happened() -> None:
    plan = make_plan("text-generation", protocol="serving-b64")
    answers = [
        Answer(request=number, query=0, send_s=1.0, end_s=2.0, fault="stalled", said="nothing came for 1 s")
        for number in range(12)
    ]
    empty = Loaded(
        ServedLoad(start=0, repeat=0, start_s=1.0, end_s=2.0, requests=12, answered=0, tokens_out=0),
        answers, 12.0, "12 of 12 requests failed",
    )  # fmt: skip
    rung = rung_of(B, "client", [empty], plan, catalogue.task_of(plan))
    assert (rung.stalled, rung.problem) == (12, "12 of 12 requests failed")
    assert rung.said == "stalled: nothing came for 1 s"
    assert rung.energy_per_request_j is None
    assert windows_of_rung(rung) == []


def test_requests_are_kept_load_by_load(tmp_path: Any) -> None:
    import pyarrow.parquet as pq

    write_answers(waves(1), tmp_path / "load.parquet")
    assert read_answers(tmp_path / "load.parquet") == waves(1)
    book = Book(tmp_path)
    book.add(waves(1), 64, 0, None)
    assert not (tmp_path / "requests.parquet").exists()
    book.add(waves(2), 64, 0, 0)
    book.close()
    book.close()
    table = pq.read_table(tmp_path / "requests.parquet").to_pylist()
    assert [row["repeat"] for row in table] == [None] * 4 + [0] * 8
    assert table[0]["tokens"] == [1] * TOKENS
