from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from leaderboard import catalogue
from leaderboard.domain import SERVE, Rung, Serving, Steady
from tests import builders


def steady(**fields: Any) -> Steady:
    defaults = {
        "start_s": 100.0,
        "end_s": 104.0,
        "energy_j": 1200.0,
        "tokens_out": 2400,
        "done": 70,
        "answered": 70,
        "tokens_in": 700,
        "mean_batch": 62.0,
    }
    return Steady(**{**defaults, **fields})


def serving(*at_once: int, rated: int = 64) -> Serving:
    return Serving(
        server="vLLM",
        started_here=True,
        rated_at_once=rated,
        endpoint="/v1/completions",
        rungs=tuple(Rung(at_once=each, limited_by="server") for each in at_once),
        stalls_after_s=60,
    )


def test_a_steady_part_has_a_length() -> None:
    assert steady().seconds == 4.0
    with pytest.raises(ValidationError, match="must end after it starts"):
        steady(end_s=100.0)


def test_the_rungs_rise_and_one_of_them_is_rated() -> None:
    assert serving(4, 64).rated.at_once == 64
    for wrong in ((4, 8), (64, 4), (64, 64)):
        with pytest.raises(ValidationError, match="one of them is the rated one"):
            serving(*wrong)


def test_a_window_that_cuts_queries_counts_them_by_their_tokens() -> None:
    assert builders.window(32.0).work_queries == 64
    cut = builders.window(32.0, worth_queries=40.0)
    assert (cut.work_queries, cut.energy_per_query_j) == (40.0, 0.8)


def test_a_served_task_has_one_phase() -> None:
    task = catalogue.task("text-generation")
    served = task.under(catalogue.protocol("serving-b64"))
    assert (served.phases, served.metered) == ((SERVE,), ())
    assert task.under(catalogue.protocol("offline-b1")) is task
    plan = builders.plan(task="text-generation", protocol="serving-b64")
    assert catalogue.task_of(plan) == served
