"""What a run was of, where, and under which conditions (METHOD §2, §3)."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.domain import (
    Device,
    Outcome,
    Precision,
    Quality,
    QualityResult,
    Run,
    Severity,
    Stage,
    failed,
    passed,
    unverifiable,
)
from leaderboard.judging import judge, verdict
from leaderboard.judging.conditions import conditions
from tests import builders
from tests.judging.judged import T4, judged, make_plan, make_run, make_trace, only, rejects_alone, report
from tests.runners import conftest

QUICK = catalogue.profile("quick")


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"gpu_name": "Tesla P4"}, "Found 1 × Tesla P4; the class is 1 × Tesla T4."),
        ({"gpus": 2}, "Found 2 × Tesla T4"),
        ({"gpu_name": None, "gpus": 0}, "Found 0 × None"),
    ],
)
def test_the_machine_is_the_class(environment: dict[str, Any], words: str) -> None:
    assert words in rejects_alone("hardware-matches", make_run(environment=environment)).message


def test_a_record_from_a_cpu_is_none_of_a_gpus_class() -> None:
    found = rejects_alone("hardware-matches", make_run(environment={"device": Device.CPU}))
    assert found.message == "The run was on cpu; NVIDIA T4 16 GB is cuda."


def test_a_dry_run_learns_nothing_of_the_hardware_and_is_flagged() -> None:
    run = make_run(make_plan(device=Device.CPU), model=report(gpu_uuid_hashes=()))
    found = only(run)
    assert (found.name, found.outcome, found.severity) == (
        "hardware-matches",
        Outcome.FAILED,
        Severity.FLAG,
    )
    assert "dry run on the cpu" in found.message


def test_the_boards_that_held_the_model_are_those_that_were_measured() -> None:
    here, elsewhere = builders.board().uuid_hash, builders.board(1).uuid_hash
    for held in ((), (elsewhere,), (here, elsewhere)):
        run = make_run(model=report(gpu_uuid_hashes=held))
        found = rejects_alone("gpus-used-measured", run)
        assert found.evidence == {"used": len(held), "measured": 1}


def test_a_board_that_was_measured_and_held_nothing_is_none_of_the_run() -> None:
    run = make_run(environment={"boards": (builders.board(), builders.board(1))})
    found = judged(run)["gpus-used-measured"]
    assert found.rejects
    assert "on 1 GPUs and 2 were measured; 1 of them are the same" in found.message
    both = report(gpu_uuid_hashes=(builders.board(1).uuid_hash, builders.board().uuid_hash))
    assert judged(run.model_copy(update={"model": both}))["gpus-used-measured"].outcome is Outcome.PASSED


def test_a_run_on_a_cpu_has_no_gpus_to_compare() -> None:
    assert "gpus-used-measured" not in judged(on_a_cpu())


def on_a_cpu(**fields: Any) -> Run:
    """A run of the runners' own small plan, as a machine without a GPU gives it."""
    plan = conftest.make_plan(**fields)
    windows = [
        builders.window(10.0, repeat, phase=phase, queries=4, passes=1, answered=4)
        for phase in catalogue.task(plan.task).phases
        for repeat in range(3)
    ]
    return builders.run(plan, windows=tuple(windows), quality=QualityResult(metric="S", reason="Not scored."))


def slices(*powers_w: float | None, start: int = 0, queries: int = 1000) -> tuple[Stage, ...]:
    """Warm-up slices of ten seconds; None is a pass that was not metered."""
    return tuple(
        builders.stage(start=start, energy_j=None if power is None else 10 * power, queries=queries)
        for power in powers_w
    )


@pytest.mark.parametrize(
    ("powers_w", "settled"),
    [
        ((60.0, 60.0), True),
        ((58.9, 60.0), True),
        ((61.1, 60.0), True),
        ((58.7, 60.0), False),
        ((61.3, 60.0), False),
        ((98.0, 100.0), False),  # METHOD says less than 2 %.
        ((10.0, 60.0, 60.0), True),
        ((60.0, 60.0, 10.0), False),
        ((None, 60.0, 60.0), True),
    ],
)
def test_the_last_two_slices_of_every_start_agree(powers_w: tuple[float | None, ...], settled: bool) -> None:
    for start in (0, 1):
        run = make_run(stages=(*slices(*powers_w, start=start), *slices(60.0, 60.0, start=1 - start)))
        if settled:
            assert judged(run)["warmed-up"].outcome is Outcome.PASSED
        else:
            found = only(run)
            assert (found.name, found.outcome) == ("warmed-up", Outcome.FAILED)
            assert found.severity is Severity.FLAG
            assert f"the windows of start {start + 1}" in found.message


@pytest.mark.parametrize(("queries", "enough"), [(5, True), (4, False)])
def test_a_start_is_warmed_up_by_queries_and_not_by_time_alone(queries: int, enough: bool) -> None:
    """Ten are due over all slices."""
    run = make_run(stages=(*slices(60.0, 60.0), *slices(60.0, 60.0, start=1, queries=queries)))
    found = judged(run)["warmed-up"]
    assert found.outcome is (Outcome.PASSED if enough else Outcome.FAILED)
    if not enough:
        assert found.message == "Start 2 warmed up with 8 queries; 10 were due."
        assert only(run) == found


@pytest.mark.parametrize(
    "stages",
    [
        (),
        slices(60.0, 60.0),
        (*slices(60.0, 60.0), *slices(60.0, start=1)),
        (*slices(60.0, 60.0), *slices(None, None, start=1)),
        (*slices(60.0, 60.0), builders.stage("load", start=1), builders.stage("load", start=1)),
    ],
)
def test_a_record_without_slices_does_not_tell_whether_the_power_settled(stages: tuple[Stage, ...]) -> None:
    found = only(make_run(stages=stages))
    assert (found.name, found.outcome) == ("warmed-up", Outcome.UNVERIFIABLE)


def test_where_no_settled_power_is_asked_for_none_is_claimed() -> None:
    found = judged(on_a_cpu())["warmed-up"]
    assert found.outcome is Outcome.PASSED
    assert found.message == "The quick profile does not ask for settled power."


@pytest.mark.parametrize(
    ("precision", "dtype", "as_planned"),
    [
        ("fp16", "float16", True),
        ("fp16", "float32", False),
        ("fp16", "bfloat16", False),
        ("bf16", "bfloat16", True),
        ("fp32", "float32", True),
        ("int8", "int8", True),
        ("int8", "float16", False),
    ],
)
def test_the_loaded_precision_is_the_plans(precision: Precision, dtype: str, as_planned: bool) -> None:
    plan = make_plan(model=builders.model_ref(precision=precision))
    run = make_run(plan, model=report(dtype=dtype))
    if as_planned:
        assert judged(run)["precision-as-planned"].outcome is Outcome.PASSED
    else:
        found = rejects_alone("precision-as-planned", run)
        assert found.message == f"The parameters are {dtype}; the plan says {precision}."


def test_weights_that_were_left_out_are_noted_and_nothing_worse() -> None:
    found = only(make_run(model=report(unused_weights=("pooler.weight", "pooler.bias"))))
    assert (found.name, found.outcome) == ("weights-complete", Outcome.FAILED)
    assert found.severity is Severity.NOTE
    assert "pooler.weight, pooler.bias" in found.message


def test_the_queries_are_pinned() -> None:
    dataset = make_plan().dataset.model_copy(update={"revision": None})
    found = rejects_alone("dataset-pinned", make_run(make_plan(dataset=dataset)))
    assert dataset.repo_id in found.message
    assert judged(on_a_cpu())["dataset-pinned"].severity is Severity.FLAG


def test_an_official_profile_of_ones_own_is_rejected() -> None:
    profile = catalogue.profile("official").model_copy(update={"window_s": 1.0})
    rejects_alone("profile-as-catalogued", make_run(make_plan(profile=profile)))


@pytest.mark.parametrize("block", [4, 999, 1001])
def test_another_block_than_everybodys_is_rejected(block: int) -> None:
    found = rejects_alone("profile-as-catalogued", make_run(make_plan(block=block)))
    assert found.message == f"The plan's block has {block} queries; everybody's has 1000."


def test_a_quick_run_has_the_quick_block_and_is_flagged_for_another() -> None:
    assert judged(on_a_cpu())["profile-as-catalogued"].severity is Severity.FLAG
    for block, outcome in ((16, Outcome.PASSED), (4, Outcome.FAILED)):
        found = judged(on_a_cpu(profile=QUICK, block=block))["profile-as-catalogued"]
        assert found.outcome is outcome
        assert not found.rejects


def test_a_run_without_a_sandbox_is_flagged() -> None:
    found = only(make_run(environment={"sandbox": "none"}))
    assert (found.name, found.outcome) == ("sandboxed", Outcome.FAILED)
    assert found.severity is Severity.FLAG


@pytest.mark.parametrize(
    ("direction", "value", "enough"),
    [
        ("higher", 0.1, True),
        ("higher", 0.0999, False),
        ("higher", -0.5, False),
        # A floor on what should be small: a transcript of nothing has a word error rate of exactly 1.
        ("lower", 0.0999, True),
        ("lower", 0.1, False),
        ("lower", 3.0, False),
    ],
)
def test_quality_is_held_to_the_floor(direction: str, value: float, enough: bool) -> None:
    task = catalogue.task("sentence-similarity")
    metric = Quality.model_validate(
        {"metric": "made up", "direction": direction, "floor": 0.1, "floor_text": "a tenth"}
    )
    run = make_run(quality=QualityResult(metric="made up", value=value))
    found = {
        finding.name: finding
        for finding in conditions(
            run, task.model_copy(update={"quality": metric}), T4, catalogue.profile("official")
        )
    }["quality-floor"]
    assert found.rejects is not enough
    assert found.evidence["value"] == value
    if not enough:
        assert "the floor is a tenth" in found.message


def test_a_task_without_a_floor_takes_any_quality() -> None:
    task = catalogue.task("sentence-similarity")
    free = task.model_copy(update={"quality": task.quality.model_copy(update={"floor": None})})
    run = make_run(quality=QualityResult(metric="Spearman", value=-1.0))
    (found,) = [
        finding
        for finding in conditions(run, free, T4, catalogue.profile("official"))
        if finding.name == "quality-floor"
    ]
    assert found.outcome is Outcome.PASSED


def test_a_model_under_its_tasks_floor_is_rejected() -> None:
    run = make_run(quality=QualityResult(metric="Spearman", value=0.02))
    assert rejects_alone("quality-floor", run).message.startswith("Spearman: 0.02, and the floor is 0.1")


def test_quality_that_was_not_scored_is_not_verifiable() -> None:
    found = only(make_run(quality=QualityResult(metric="Spearman", reason="The set is gated.")))
    assert (found.name, found.outcome) == ("quality-floor", Outcome.UNVERIFIABLE)
    assert found.severity is Severity.NOTE
    assert found.message == "The set is gated."


def test_what_a_small_quick_run_on_a_cpu_is_flagged_for_and_what_it_cannot_show() -> None:
    found = judged(on_a_cpu(), [])
    failures = {name for name, finding in found.items() if finding.outcome is Outcome.FAILED}
    assert failures == {"dataset-pinned", "profile-as-catalogued", "sandboxed"}
    assert not any(finding.rejects for finding in found.values())
    unseen = {name for name, finding in found.items() if finding.outcome is Outcome.UNVERIFIABLE}
    assert unseen == {"power-plausible", "trace-complete", "clock-steady", "quality-floor"}


def test_the_verdict_counts() -> None:
    run = make_run()
    found = judge(
        run,
        make_trace(run),
        catalogue.task(run.plan.task),
        T4,
        catalogue.profile("official"),
    )
    assert verdict(found) == f"{len(found)} checks passed, 0 flagged, 0 reject, 0 not verifiable"
    mixed = [
        passed("a", "A."),
        failed("b", "B.", "Mend it."),
        failed("c", "C.", "Mend it.", Severity.FLAG),
        failed("d", "D.", "Mend it.", Severity.NOTE),
        unverifiable("e", "E."),
    ]
    assert verdict(mixed) == "1 checks passed, 1 flagged, 1 reject, 1 not verifiable, 1 noted"
