"""Ladders and rungs: what cannot be, and what a rung is."""

from __future__ import annotations

import json

import pytest

from leaderboard.domain import (
    BrokenRung,
    ChildFailed,
    Ladder,
    Run,
    Sweep,
    SweepRung,
    failed,
    of_rung,
    rung_of,
    rung_plan,
    sweep_run,
)
from tests import builders

LADDER = Ladder(batches=(1, 2), precisions=("fp32", "bf16"))
PLAN = builders.plan(protocol="offline-sweep", ladder=LADDER)


def swept(*, first_rejected: bool = False) -> Run:
    like = builders.run(PLAN)
    rungs: list[SweepRung] = []
    for precision, batch in LADDER.rungs:
        findings = (
            (failed("windows-agree", "They differ.", "Again."),) if first_rejected and not rungs else ()
        )
        own = like.model_copy(
            update={"plan": rung_plan(PLAN, precision, batch), "latency_s": 1.0 / batch, "findings": findings}
        )
        rungs.append(rung_of(own, batch))
    return sweep_run(like, PLAN, rungs, [])


def test_a_ladder_rises_and_names_each_precision_once() -> None:
    assert LADDER.rungs == [("fp32", 1), ("fp32", 2), ("bf16", 1), ("bf16", 2)]
    with pytest.raises(ValueError, match="rise"):
        Ladder(batches=(2, 1), precisions=("fp32",))
    with pytest.raises(ValueError, match="twice"):
        Ladder(batches=(1,), precisions=("fp32", "fp32"))


def test_a_rung_has_a_plan_and_a_key_of_its_own() -> None:
    own = rung_plan(PLAN, "bf16", 2)
    assert own.model.precision == "bf16"
    assert own.ladder == Ladder.of_one("bf16", 2)
    assert own.run_key != PLAN.run_key
    # Without a ladder there is nothing to narrow.
    assert rung_plan(builders.plan(), "bf16", 2).ladder is None


def test_a_rung_reads_as_the_run_that_it_is() -> None:
    run = swept()
    assert run.sweep is not None
    last = run.sweep.rungs[-1]
    assert (last.words, last.valid) == ("batch 2 · bf16", True)
    own = of_rung(run, last)
    assert (own.id, own.sweep, own.latency_s) == (run.id, None, 0.5)
    assert own.plan.model.precision == "bf16"
    assert Run.model_validate(json.loads(run.model_dump_json())) == run


def test_the_base_is_the_first_rung_that_nothing_forbids() -> None:
    assert swept().latency_s == 1.0
    run = swept(first_rejected=True)
    assert run.sweep is not None
    assert run.sweep.base.words == "batch 2 · fp32"
    assert (run.valid, run.latency_s) == (True, 0.5)
    lone = run.sweep.model_copy(update={"rungs": run.sweep.rungs[:1]})
    assert not lone.base.valid


def test_no_rung_stands_twice_with_or_without_a_figure() -> None:
    run = swept()
    assert run.sweep is not None
    broken = BrokenRung(precision="fp32", batch=2, cause="out-of-memory", message="It was full.")
    assert broken.words == "batch 2 · fp32"
    with pytest.raises(ValueError, match="twice"):
        Sweep(rungs=run.sweep.rungs, broken=(broken,))


def test_memory_that_ended_is_told_apart() -> None:
    assert not ChildFailed("It died.").out_of_memory
    assert ChildFailed("It was full.", out_of_memory=True).out_of_memory
