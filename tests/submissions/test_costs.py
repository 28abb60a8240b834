"""What a run will take is a range that says where it comes from, and never a figure out of nothing."""

from __future__ import annotations

from datetime import timedelta

from leaderboard import catalogue
from leaderboard.domain import Figures, Plan, Status
from leaderboard.record import Record
from submissions.costs import cost
from tests import builders
from tests.record import scenes


def plan_for(hardware: str, model: str = builders.MODEL) -> Plan:
    precision = catalogue.hardware(hardware).default_precision
    return catalogue.make_plan(
        builders.model_ref(model, precision=precision), task="sentence-similarity", hardware=hardware
    )


def measured(record: Record, model: str, power_w: float, took_s: float, params: int) -> None:
    """One run on a CPU, on the board."""
    claim = scenes.running(record, plan_for("cpu", model))
    run = builders.run(
        claim.submission.plan,
        finished_at=builders.NOON + timedelta(seconds=took_s),
        figures=Figures(cv=0.01, mean_power_w=power_w, queries_per_s=32.0),
    )
    rating = builders.rating(model, run_id=run.id, params=params)
    record.finish(claim.submission.id, claim.fence, scenes.ending(Status.DONE), run, [rating])


def test_without_earlier_runs_it_is_the_plans_time_and_the_cards_limit(record: Record) -> None:
    plan = plan_for("t4-16gb")
    told = cost(record, plan, builders.facts())
    assert (told.duration_s.low, told.duration_s.high) == (
        plan.expected_duration_s,
        2 * plan.expected_duration_s,
    )
    assert told.gpu_s == told.duration_s
    assert told.energy_wh is not None
    assert told.energy_wh.low == plan.expected_duration_s * 0.2 * 70 / 3600
    assert told.energy_wh.high == 2 * plan.expected_duration_s * 70 / 3600
    assert told.runs == 0
    assert "limit of 70 W" in told.basis
    assert told.fetched_bytes == builders.facts().fetched_bytes


def test_on_a_cpu_nothing_is_known_before_the_first_run(record: Record) -> None:
    told = cost(record, plan_for("cpu"), builders.facts())
    assert told.gpu_s is None
    assert told.energy_wh is None
    assert "nothing is known" in told.basis


def test_earlier_runs_of_similar_size_make_the_range(record: Record) -> None:
    measured(record, "org/one", power_w=10.0, took_s=60, params=20_000_000)
    measured(record, "org/two", power_w=30.0, took_s=90, params=30_000_000)
    measured(record, "org/far-larger", power_w=900.0, took_s=9000, params=7_000_000_000)
    told = cost(record, plan_for("cpu"), builders.facts(params=22_000_000))
    assert (told.duration_s.low, told.duration_s.high) == (60, 90)
    assert told.energy_wh is not None
    assert (told.energy_wh.low, told.energy_wh.high) == (60 * 10 / 3600, 90 * 30 / 3600)
    assert told.runs == 2
    assert "2 newest runs" in told.basis


def test_a_model_of_unknown_size_has_no_similar_ones(record: Record) -> None:
    measured(record, "org/one", power_w=10.0, took_s=60, params=20_000_000)
    assert cost(record, plan_for("cpu"), builders.facts(params=None)).runs == 0
