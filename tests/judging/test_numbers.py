"""The windows of a run: whole, budgeted, answered, alike, and of a power that can be (METHOD §3.6)."""

from __future__ import annotations

import math
from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.domain import Device, Outcome, Run, Severity, Task, WrongSchema, read_run
from leaderboard.judging.numbers import numbers
from tests import builders
from tests.judging.judged import WINDOW_S, change, judged, make_plan, make_run, only, rejects_alone
from tests.runners import conftest


def test_a_good_run_passes_every_check() -> None:
    for task in ("sentence-similarity", "text-generation"):
        found = judged(make_run(make_plan(task)))
        assert {finding.outcome for finding in found.values()} == {Outcome.PASSED}
        assert not any(finding.remedy for finding in found.values())


def alter(run: Run, phase: str, energies_j: list[float]) -> Run:
    """The run with the energies of one phase's windows changed, in turn."""
    turn = iter(energies_j * len(run.windows))
    changed = tuple(
        window.model_copy(update={"energy_j": next(turn)}) if window.phase == phase else window
        for window in run.windows
    )
    return run.model_copy(update={"windows": changed})


def test_a_window_without_energy_is_in_no_record() -> None:
    """So the check itself can only say that all have some."""
    found = judged(make_run())["energy-positive"]
    assert (found.outcome, found.severity) == (Outcome.PASSED, Severity.REJECT)
    assert found.evidence["least_j"] == pytest.approx(20.0 * WINDOW_S)
    document = make_run().model_dump(mode="json")
    for energy_j in (0.0, -1.0, None):
        document["windows"][3]["energy_j"] = energy_j
        with pytest.raises(WrongSchema, match=r"windows\.3\.energy_j"):
            read_run(document)


@pytest.mark.parametrize(
    ("fields", "whole"),
    [
        ({"end_s": 210.0, "energy_j": 1200.0}, True),
        ({"end_s": 209.9, "energy_j": 1200.0}, False),
        ({"passes": 9}, False),
        ({"queries": 9_999, "answered": 9_999}, False),
        ({"queries": 9_000, "answered": 9_000, "passes": 9, "energy_j": 1098.0}, True),
    ],
)
def test_windows_are_whole_passes_and_long_enough(fields: dict[str, Any], whole: bool) -> None:
    run = change(make_run(), 0, **fields)
    assert run.windows[0].start_s == 150.0
    if whole:
        assert judged(run)["windows-whole"].outcome is Outcome.PASSED
    else:
        assert "preprocess window 1 of start 1" in rejects_alone("windows-whole", run).message


def test_every_window_that_is_not_whole_is_named() -> None:
    run = change(change(make_run(), 0, passes=9), 11, passes=9)
    assert rejects_alone("windows-whole", run).evidence["windows"] == [
        "preprocess window 1 of start 1",
        "forward window 3 of start 2",
    ]


@pytest.mark.parametrize(("tokens_in", "passes"), [(10_000 * 128 * 2, True), (10_000 * 128 * 2 + 1, False)])
def test_no_input_is_longer_than_the_cap_of_both_sentences(tokens_in: int, passes: bool) -> None:
    run = change(make_run(), 4, tokens_in=tokens_in)
    if passes:
        assert judged(run)["tokens-as-budgeted"].outcome is Outcome.PASSED
    else:
        assert "read 2560001 tokens" in rejects_alone("tokens-as-budgeted", run).message


@pytest.mark.parametrize("more", [-1, 1])
def test_text_is_exactly_as_long_as_the_task_says(more: int) -> None:
    run = make_run(make_plan("text-generation"))
    place = next(place for place, window in enumerate(run.windows) if window.phase == "generate")
    due = 2560 * 128
    assert run.windows[place].tokens_out == due
    found = rejects_alone("tokens-as-budgeted", change(run, place, tokens_out=due + more))
    assert f"{due} were due" in found.message


def test_where_the_task_has_a_cap_fewer_tokens_are_fine_and_more_are_not() -> None:
    """Judged as a task that ends where the model ends."""
    run = make_run(make_plan("text-generation"))
    task = catalogue.task("text-generation")
    capped = task.model_copy(update={"output": task.output.model_copy(update={"exact": False})})
    place = next(place for place, window in enumerate(run.windows) if window.phase == "generate")
    less, more = (change(run, place, tokens_out=2560 * 128 + by) for by in (-1, 1))
    assert _tokens(less, capped) is Outcome.PASSED
    assert _tokens(more, capped) is Outcome.FAILED


def _tokens(run: Run, task: Task) -> Outcome:
    found = numbers(run, task, catalogue.hardware(run.plan.hardware))
    return next(finding.outcome for finding in found if finding.name == "tokens-as-budgeted")


@pytest.mark.parametrize(
    ("task", "fields", "words"),
    [
        ("sentence-similarity", {"max_input_tokens": 127}, "reads at most 127 tokens"),
        ("sentence-similarity", {"max_input_tokens": None}, "reads at most any number of tokens"),
        ("text-generation", {"output_tokens": 8}, "writes 8 tokens"),
    ],
)
def test_a_plan_of_ones_own_that_asks_for_less_is_rejected(
    task: str, fields: dict[str, Any], words: str
) -> None:
    found = rejects_alone("tokens-as-budgeted", make_run(make_plan(task, **fields)))
    assert words in found.message


def test_every_query_is_answered_in_every_window() -> None:
    found = rejects_alone("queries-answered", change(make_run(), 2, answered=9_997))
    assert found.message == "3 of 120000 queries had no usable answer."
    assert found.evidence["unanswered"] == 3


def test_answers_of_one_window_do_not_make_up_for_another() -> None:
    run = change(change(make_run(), 2, answered=9_997), 3, answered=10_003)
    assert "3 of 120000" in rejects_alone("queries-answered", run).message


def test_more_answers_than_queries_are_no_answers() -> None:
    found = rejects_alone("queries-answered", change(make_run(), 3, answered=10_001))
    assert "1 answers more than queries" in found.message


def test_a_record_from_before_answers_were_counted_is_not_verifiable() -> None:
    run = change(make_run(), 3, answered=None)
    found = only(run)
    assert (found.name, found.outcome) == ("queries-answered", Outcome.UNVERIFIABLE)
    # What the other windows tell counts all the same.
    assert rejects_alone("queries-answered", change(run, 2, answered=0)).evidence["unanswered"] == 10_000


def spread(cv: float, **fields: Any) -> Run:
    """A run whose windows' sums go up and down by as much as gives that coefficient of variation."""
    mean_j = 80.0 * WINDOW_S
    by_j = cv * mean_j * math.sqrt(5 / 6)
    return alter(make_run(**fields), "forward", [60.0 * WINDOW_S + by_j, 60.0 * WINDOW_S - by_j])


@pytest.mark.parametrize(
    ("cv", "outcome", "severity"),
    [
        (0.0, Outcome.PASSED, Severity.REJECT),
        (0.019999, Outcome.PASSED, Severity.REJECT),
        (0.020001, Outcome.FAILED, Severity.FLAG),
        (0.049999, Outcome.FAILED, Severity.FLAG),
        (0.050001, Outcome.FAILED, Severity.REJECT),
        (0.06, Outcome.FAILED, Severity.REJECT),
    ],
)
def test_windows_repeat_or_are_flagged_or_rejected(cv: float, outcome: Outcome, severity: Severity) -> None:
    run = spread(cv)
    found = judged(run)["windows-agree"]
    assert (found.outcome, found.severity) == (outcome, severity)
    assert found.evidence["cv"] == pytest.approx(cv, abs=1e-9)
    if outcome is Outcome.FAILED:
        assert only(run) == found


@pytest.mark.parametrize("energies", [(10.0, 10.3, 10.0), (10.0, 10.6, 10.0), (10.0, 14.0, 10.0)])
def test_a_quick_run_on_a_cpu_is_at_most_flagged_for_its_spread(energies: tuple[float, ...]) -> None:
    found = judged(quick(energies))["windows-agree"]
    expected = Outcome.PASSED if energies[1] == 10.3 else Outcome.FAILED
    assert (found.outcome, found.rejects) == (expected, False)


def quick(energies: tuple[float, ...] = (10.0, 10.0, 10.0), **fields: Any) -> Run:
    """A run of the runners' own small plan on a CPU."""
    plan = conftest.make_plan()
    made = [
        builders.window(energy, repeat, phase=phase, queries=4, passes=1, answered=4)
        for phase in catalogue.task(plan.task).phases
        for repeat, energy in enumerate(energies)
    ]
    machine = builders.environment(sandbox="bubblewrap")
    return builders.run(plan, **{"windows": tuple(made), "environment": machine, **fields})


def test_a_quick_run_of_a_gpus_class_is_rejected_for_its_spread() -> None:
    plan = make_plan(profile=catalogue.profile("quick"), block=16, device=Device.CUDA)
    found = judged(spread(0.06, plan=plan))["windows-agree"]
    assert found.rejects


@pytest.mark.parametrize(
    ("phase", "watts", "possible"),
    [
        ("forward", 73.49, True),
        ("forward", 73.51, False),
        ("forward", 8.01, True),
        ("forward", 7.99, False),
        # Preparing may leave the GPU with nothing to do.
        ("preprocess", 5.01, True),
        ("preprocess", 4.99, False),
    ],
)
def test_mean_power_lies_between_idle_and_the_limit(phase: str, watts: float, possible: bool) -> None:
    run = alter(make_run(), phase, [watts * WINDOW_S])
    if possible:
        assert judged(run)["power-plausible"].outcome is Outcome.PASSED
    else:
        found = rejects_alone("power-plausible", run)
        assert f"{watts:.1f} W" in found.message
        assert found.evidence["idle_w"] == 10.0


def test_one_window_too_low_is_named() -> None:
    run = change(make_run(), 7, energy_j=4.0 * WINDOW_S)
    assert "preprocess window 2 of start 2" in judged(run)["power-plausible"].message


def test_power_of_a_machine_whose_idle_cannot_be_seen_is_held_to_the_limit_alone() -> None:
    run = make_run(idle_power_w=None)
    found = only(run)
    assert (found.name, found.outcome) == ("power-plausible", Outcome.UNVERIFIABLE)
    assert found.severity is Severity.NOTE
    rejects_alone("power-plausible", alter(run, "forward", [80.0 * WINDOW_S]))


def test_a_machine_without_a_limit_is_held_to_its_idle_alone() -> None:
    found = judged(quick(idle_power_w=1.0))["power-plausible"]
    assert found.outcome is Outcome.PASSED
    assert judged(quick(idle_power_w=100.0))["power-plausible"].rejects


def test_several_gpus_share_their_limits_and_their_idle() -> None:
    task, hardware = catalogue.task("sentence-similarity"), catalogue.hardware("t4-16gb")
    pair = hardware.model_copy(update={"gpus": 2})
    run = alter(make_run(idle_power_w=20.0), "forward", [140.0 * WINDOW_S])
    for where, outcome in ((hardware, Outcome.FAILED), (pair, Outcome.PASSED)):
        found = {finding.name: finding for finding in numbers(run, task, where)}
        assert found["power-plausible"].outcome is outcome


def test_thresholds_stand_beside_what_was_held_to_them() -> None:
    found = judged(make_run())
    for name in ("windows-agree", "power-plausible"):
        assert found[name].evidence["limits"] == catalogue.check(name).limits
