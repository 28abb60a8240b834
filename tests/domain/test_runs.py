"""Plans, windows and runs hold together, and say what is wrong when they do not."""

from __future__ import annotations

import json
import math

import pytest
from pydantic import ValidationError

from leaderboard.domain import (
    Figures,
    QualityResult,
    Stage,
    Window,
    WrongSchema,
    content_hash,
    failed,
    read_plan,
    read_run,
    windows_of,
)
from tests import builders


def test_the_same_plan_has_the_same_run_key_and_any_change_another() -> None:
    plan = builders.plan()
    assert plan.run_key == builders.plan().run_key
    assert len(plan.run_key) == 64
    assert plan.run_key != builders.plan(occasion=1).run_key
    assert plan.run_key != builders.plan(seed=2).run_key


def test_a_plan_survives_json() -> None:
    plan = builders.plan()
    again = read_plan(json.loads(plan.model_dump_json()))
    assert again == plan
    assert again.run_key == plan.run_key


@pytest.mark.parametrize("document", [{}, [], None, "plan", {"schema_version": 2}])
def test_another_schema_version_is_refused(document: object) -> None:
    with pytest.raises(WrongSchema, match="runners plan"):
        read_plan(document)
    with pytest.raises(WrongSchema, match="schema version"):
        read_run(document)


def test_a_plan_with_a_hole_names_the_field() -> None:
    document = builders.plan().model_dump(mode="json")
    del document["model"]["sha"]
    with pytest.raises(WrongSchema, match=r"model\.sha: Field required"):
        read_plan(document)


def test_a_run_survives_json_and_names_what_is_wrong() -> None:
    run = builders.run()
    document = json.loads(run.model_dump_json())
    assert read_run(document) == run
    assert run.id == run.run_key[:12]
    document["energy_per_query_j"] = 0
    with pytest.raises(WrongSchema, match="energy_per_query_j"):
        read_run(document)


def test_a_run_of_another_plan_is_refused() -> None:
    document = builders.run().model_dump(mode="json")
    document["run_key"] = "0" * 64
    with pytest.raises(WrongSchema, match="hash of the plan"):
        read_run(document)


def test_a_run_is_valid_until_a_finding_rejects_it() -> None:
    assert builders.run().valid
    assert not builders.run(findings=(failed("drift", "It drifted.", "Cool the room."),)).valid


def test_a_window_derives_its_figures() -> None:
    window = builders.window(start_s=10.0, end_s=14.0, energy_j=200.0, queries=50)
    assert window.seconds == 4.0
    assert window.energy_per_query_j == 4.0
    assert window.mean_power_w == 50.0


@pytest.mark.parametrize("end_s", [10.0, 9.0])
def test_time_runs_forward(end_s: float) -> None:
    with pytest.raises(ValidationError, match="end after it starts"):
        builders.window(start_s=10.0, end_s=end_s)


def test_a_stage_ends_after_it_starts() -> None:
    with pytest.raises(ValidationError, match="must end after it starts"):
        builders.stage(end_s=10.0)


def test_a_stage_derives_its_power_where_it_was_metered() -> None:
    idle = Stage(kind="idle", start_s=10.0, end_s=14.0, energy_j=200.0)
    assert (idle.seconds, idle.mean_power_w) == (4.0, 50.0)
    load = Stage(kind="load", start=0, start_s=10.0, end_s=14.0)
    assert (load.seconds, load.mean_power_w) == (4.0, None)
    with pytest.raises(ValidationError, match="energy_j"):
        Stage(kind="idle", start_s=10.0, end_s=14.0, energy_j=0.0)


def test_figures_are_above_zero_but_for_the_net_energy() -> None:
    figures = Figures(cv=0.01, mean_power_w=50.0, net_energy_per_query_j=-0.1, queries_per_s=5.0)
    assert builders.run(figures=figures).figures == figures
    for name in ("mean_power_w", "queries_per_s", "energy_per_output_token_j"):
        with pytest.raises(ValidationError, match=name):
            Figures.model_validate(figures.model_dump() | {name: 0.0})


def test_windows_are_grouped_by_start_in_order() -> None:
    def window(phase: str, start: int, repeat: int) -> Window:
        return builders.window(phase=phase, start=start, repeat=repeat)

    mixed = [
        window("forward", 1, 0),
        window("forward", 0, 1),
        window("preprocess", 0, 0),
        window("forward", 0, 0),
    ]
    grouped = windows_of(mixed, "forward")
    assert [[(w.start, w.repeat) for w in start] for start in grouped] == [[(0, 0), (0, 1)], [(1, 0)]]
    assert windows_of(mixed, "call") == []


def test_quality_is_a_number_or_a_reason() -> None:
    assert QualityResult(metric="Spearman", value=0.8).value == 0.8
    assert QualityResult(metric="Spearman", reason="not scored").value is None
    with pytest.raises(ValidationError, match="needs a reason"):
        QualityResult(metric="Spearman")
    with pytest.raises(ValidationError):
        QualityResult(metric="Spearman", value=math.nan)


def test_hashes_do_not_depend_on_key_order() -> None:
    assert content_hash({"a": 1, "b": [2]}) == content_hash({"b": [2], "a": 1})
    with pytest.raises(ValueError, match="JSON compliant"):
        content_hash({"a": math.nan})


def test_older_plans_keep_their_key_and_steps_make_another() -> None:
    plan = builders.plan()
    document = plan.model_dump(mode="json")
    assert "steps" not in document
    assert read_plan(document) == plan
    stepped = plan.model_copy(update={"steps": 30})
    assert stepped.model_dump(mode="json")["steps"] == 30
    assert stepped.run_key != plan.run_key
    assert read_plan(stepped.model_dump(mode="json")) == stepped
    # The same of a profile's cap on what is written.
    capped = plan.profile.model_copy(update={"output_tokens": 32})
    free = plan.profile.model_copy(update={"output_tokens": None})
    assert capped.model_dump()["output_tokens"] == 32
    assert "output_tokens" not in free.model_dump()
