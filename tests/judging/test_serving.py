"""What a served run is judged by: each fault under its own name, and the rest of the run kept."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.domain import (
    SERVE,
    Finding,
    Outcome,
    Percentiles,
    Run,
    Rung,
    ServedLoad,
    Serving,
    Severity,
    Steady,
    Window,
)
from leaderboard.judging.numbers import numbers
from leaderboard.judging.serving import serving
from leaderboard.rating.aggregate import aggregate
from tests import builders

TASK = catalogue.task("text-generation").under(catalogue.protocol("serving-b64"))
QUICK = Percentiles(p50_s=0.1, p90_s=0.2, p99_s=0.3)


def load(repeat: int, **fields: Any) -> ServedLoad:
    """Forty seconds with 62 requests at once, 128 tokens each."""
    start_s = 200.0 + 60.0 * repeat
    part = {
        "start_s": start_s + 5,
        "end_s": start_s + 45,
        "energy_j": 12_000.0 + repeat,
        "tokens_out": 128_000,
        "done": 990,
        "answered": 990,
        "tokens_in": 99_000,
        "mean_batch": 62.0,
    }
    return ServedLoad(
        start=0,
        repeat=repeat,
        start_s=start_s,
        end_s=start_s + 50,
        requests=1280,
        answered=1280,
        tokens_out=1280 * 128,
        steady=Steady(**{**part, **fields}),
        running=((1.0, 30), (5.0, 64), (45.0, 63), (50.0, 0)),
    )


def rung(at_once: int = 64, loads: tuple[ServedLoad, ...] | None = None, **fields: Any) -> Rung:
    made = {
        "limited_by": "server",
        "loads": (load(0), load(1)) if loads is None else loads,
        "energy_per_token_j": 12_000.5 / 128_000,
        "energy_per_request_j": 12_000.5 / 1000,
        "tokens_per_s": 3200.0,
        "requests_per_s": 25.0,
        "mean_output_tokens": 128.0,
        "mean_batch": 62.0,
        "first_token_s": QUICK,
        "between_tokens_s": QUICK,
    }
    return Rung(at_once=at_once, **{**made, **fields})


def windows(loads: tuple[ServedLoad, ...]) -> tuple[Window, ...]:
    return tuple(
        builders.window(
            part.energy_j,
            each.repeat,
            phase=SERVE,
            start_s=part.start_s,
            end_s=part.end_s,
            queries=part.done,
            passes=1,
            answered=part.answered,
            tokens_out=part.tokens_out,
            tokens_in=part.tokens_in,
            worth_queries=part.tokens_out / 128,
        )
        for each in loads
        if (part := each.steady)
    )


def served_run(*rungs: Rung, started_here: bool = True, **fields: Any) -> Run:
    """An official run of which nothing can be said against its serving."""
    rungs = rungs or (rung(),)
    plan = builders.plan(
        task="text-generation",
        protocol="serving-b64",
        profile=catalogue.profile("official"),
        output_tokens=128,
        max_input_tokens=1024,
        block=256,
    )
    told = Serving(
        server="vLLM",
        started_here=started_here,
        flags=("--max-num-seqs", "64"),
        rated_at_once=64,
        endpoint="/v1/completions",
        rungs=rungs,
        stalls_after_s=60,
    )
    made = windows(told.rated.loads)
    total = aggregate(made, (SERVE,))
    return builders.run(
        plan,
        **{
            "windows": made,
            "serving": told,
            "energy_per_query_j": total.energy_per_query_j,
            "repeatability_j": total.repeatability_j,
            "latency_s": total.seconds_per_query,
            **fields,
        },
    )


def judged(run: Run) -> dict[str, Finding]:
    where = catalogue.hardware("h100-sxm-80gb")
    return {finding.name: finding for finding in [*numbers(run, TASK, where), *serving(run, TASK)]}


def against(run: Run) -> set[str]:
    return {name for name, finding in judged(run).items() if finding.outcome is Outcome.FAILED}


def test_a_whole_serving_run_has_nothing_against_it() -> None:
    run = served_run()
    assert against(run) == set()
    assert run.energy_per_query_j == pytest.approx(12_000.5 / 1000)
    assert "--max-num-seqs 64" in judged(run)["server-ours"].message
    assert serving(builders.run(), TASK) == []


@pytest.mark.parametrize(
    ("fields", "name", "words"),
    [
        ({"closed": 3, "said": "closed: ReadError"}, "server-stays", "closed 3 connections"),
        ({"stalled": 2}, "server-in-time", "stalled: on 2 requests nothing came for 60 s"),
        (
            {"incompatible": 5, "said": "incompatible: text/html"},
            "server-compatible",
            "not OpenAI-compatible",
        ),
        ({"refused": 4, "said": "refused: HTTP 400"}, "server-compatible", "refused 4 requests"),
        ({"without_usage": 7}, "usage-told", "no usage for 7 answers"),
        ({"miscounted": 9}, "usage-as-streamed", "counts wrong: for 9 answers"),
        ({"of_other_length": 1}, "answers-as-long-as-due", "exactly 128 tokens were due"),
    ],
)
def test_every_way_to_answer_wrongly_has_its_name(fields: dict[str, Any], name: str, words: str) -> None:
    run = served_run(rung(**fields))
    assert against(run) == {name}
    finding = judged(run)[name]
    assert words in finding.message
    assert finding.rejects
    assert finding.remedy
    # With other concurrencies alone it is told, and forbids nothing.
    if name != "answers-as-long-as-due":
        beside = judged(served_run(rung(4, **fields), rung()))[name]
        assert beside.severity is Severity.FLAG
        assert "with 4 at once alone" in beside.message


def test_a_steady_window_that_is_too_short_or_a_batch_that_is_not_full() -> None:
    short = (load(0), load(1, end_s=290.0))
    assert against(served_run(rung(loads=short))) == {"steady-window-long"}
    assert "25.00 s" in judged(served_run(rung(loads=short)))["steady-window-long"].message
    low = (load(0), load(1, mean_batch=50.0))
    assert against(served_run(rung(loads=low))) == {"steady-batch-full"}
    assert "too low: 50.0 of 64" in judged(served_run(rung(loads=low)))["steady-batch-full"].message
    many = (load(0), load(1, mean_batch=90.0))
    assert "more than 64" in judged(served_run(rung(loads=many)))["steady-batch-full"].message


def test_windows_that_are_not_those_of_the_loads() -> None:
    run = served_run()
    other = tuple(window.model_copy(update={"energy_j": 11_000.0}) for window in run.windows)
    assert "windows-whole" in against(run.model_copy(update={"windows": other}))
    cheap = tuple(window.model_copy(update={"worth_queries": 2000.0}) for window in run.windows)
    assert "windows-whole" in against(run.model_copy(update={"windows": cheap}))
    assert run.serving is not None
    small = run.serving.model_copy(update={"rungs": (rung(32),), "rated_at_once": 32})
    found = judged(run.model_copy(update={"serving": small}))["windows-whole"]
    assert "32 requests at once; 64 are due" in found.message


def test_a_server_that_was_there_is_flagged_and_rejected_by_nobody_for_it() -> None:
    finding = judged(served_run(started_here=False))["server-ours"]
    assert (finding.outcome, finding.severity) == (Outcome.FAILED, Severity.FLAG)
    assert "vouches" in finding.message


def test_unanswered_requests_inside_the_window_are_counted() -> None:
    loads = (load(0, answered=980), load(1))
    assert "queries-answered" in against(served_run(rung(loads=loads)))
