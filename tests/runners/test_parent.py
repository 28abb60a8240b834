"""The parent against children that behave, die, hang and lie; the meter replays."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.domain import (
    BadInput,
    ChildFailed,
    Device,
    MeasurementFailed,
    NoReading,
    Outcome,
    Plan,
    Provenance,
    Refused,
    Run,
    StarwattError,
    WrongSchema,
    read_plan,
)
from leaderboard.judging.samples import STEP, read_trace
from runners.bench.meter.replay import ReplayMeter
from runners.bench.parent import Settings, bench
from runners.bench.preflight import check_plan
from runners.bench.process import Deadlines
from runners.bench.record import RUN, TRACE, read_run_file
from tests.runners.conftest import IMPOSTOR, PAIRS, TEXTS, Listener, make_inputs, make_plan, short

Measure = Callable[..., Run]


@pytest.fixture
def measure(tmp_path: Path, encoder: Path, generator: Path) -> Measure:
    """Bench a plan with an impostor for a child; the folder is `tmp_path/"out"`."""

    def run(mode: str, plan: Plan | None = None, listener: Listener | None = None, **settings: Any) -> Run:
        plan = plan or make_plan()
        model, rows = (generator, TEXTS) if plan.task == "text-generation" else (encoder, PAIRS)
        inputs = make_inputs(tmp_path / "cache", model, rows[: plan.block])
        defaults: dict[str, Any] = {
            "cache": tmp_path / "cache",
            "sandbox": "off",
            "deadlines": Deadlines(load_s=60, silence_s=60),
            "meter": ReplayMeter([2.0], power_w=40.0),
            "child": (sys.executable, str(IMPOSTOR), mode),
            "inputs": lambda plan, cache: inputs,
        }
        return bench(plan, tmp_path / "out", Settings(**{**defaults, **settings}), listener or Listener())

    return run


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def finding(run: Run, name: str) -> Outcome:
    return next(found.outcome for found in run.findings if found.name == name)


def test_a_run_is_written_and_reads_back(measure: Measure, tmp_path: Path) -> None:
    listener = Listener()
    run = measure("good", listener=listener)
    assert read_run_file(tmp_path / "out" / RUN) == run
    assert names(tmp_path / "out") == {"run.json", "trace.parquet", "log.txt"}
    assert run.run_key == run.plan.run_key
    assert run.valid
    assert run.energy_per_query_j == pytest.approx(2 * 2.0 / 4)
    assert [(window.phase, window.repeat) for window in run.windows] == [
        (phase, repeat) for phase in ("preprocess", "forward") for repeat in range(3)
    ]
    assert all(window.seconds >= run.plan.profile.window_s for window in run.windows)
    assert all(a.end_s <= b.start_s for a, b in zip(run.windows, run.windows[1:], strict=False))
    assert run.model.peak_memory_bytes == 5
    assert run.harness_hash
    assert run.quality.value is None
    # The bar never runs backwards, and the log has every window.
    fractions = [step[0] for step in listener.steps]
    assert fractions == sorted(fractions)
    assert (tmp_path / "out" / "log.txt").read_text().count("J per query (") == 6


def test_a_begin_that_is_heard_late_makes_no_window_too_short(measure: Measure) -> None:
    run = measure("unheard")
    assert run.valid
    assert all(window.seconds >= run.plan.profile.window_s for window in run.windows)


def test_the_trace_has_samples_and_page_checksums(measure: Measure, tmp_path: Path) -> None:
    measure("good", make_plan(profile=short(window_s=0.3)))
    samples = read_trace(tmp_path / "out" / TRACE)
    assert {sample.power_w for sample in samples if sample.phase != STEP} == {40.0}
    assert {"preprocess", "forward"} <= {sample.phase for sample in samples}
    assert [sample.time_s for sample in samples] == sorted(sample.time_s for sample in samples)
    damaged = bytearray((tmp_path / "out" / TRACE).read_bytes())
    damaged[60] ^= 1
    (tmp_path / "out" / TRACE).write_bytes(damaged)
    with pytest.raises((OSError, ValueError)):
        read_trace(tmp_path / "out" / TRACE)


def test_two_starts_are_two_processes(measure: Measure, tmp_path: Path) -> None:
    meter = ReplayMeter([2.0])
    run = measure("good", make_plan(profile=short(starts=2)), meter=meter)
    assert {window.start for window in run.windows} == {0, 1}
    assert len(set(meter.watched)) == 2
    assert run.comparison_j is None


def test_the_idle_machine_is_measured_where_the_meter_can_see_it(measure: Measure, tmp_path: Path) -> None:
    plan = make_plan(profile=short(idle_s=0.4))
    run = measure("good", plan, meter=ReplayMeter([2.0], power_w=1.0, idle=True))
    assert run.idle_power_w is not None
    assert run.idle_power_w <= 2.0 / run.plan.profile.idle_s
    assert "idle" in {sample.phase for sample in read_trace(tmp_path / "out" / TRACE)}


def test_a_warm_up_waits_for_the_power_to_settle(measure: Measure) -> None:
    # The slices take about equally long, so their powers settle when their energies do.
    plan = make_plan(profile=short(warmup_tolerance=0.4, warmup_slice_s=0.1))
    meter = ReplayMeter([1.0, 9.0, 1.0, 9.0, *[2.0] * 40], cycle=False)
    run = measure("good", plan, meter=meter)
    assert finding(run, "warmed-up") is Outcome.PASSED
    assert {window.energy_j for window in run.windows} == {2.0}


def test_a_warm_up_that_never_settles_is_flagged(measure: Measure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runners.bench.windows.LONGEST_WARMUP", 4)
    plan = make_plan(profile=short(warmup_tolerance=0.01))
    run = measure("good", plan, meter=ReplayMeter([1.0, 9.0, 1.0, 9.0, *[7.0] * 6], cycle=False))
    assert finding(run, "warmed-up") is Outcome.FAILED
    assert run.valid


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("killed", "out of memory"),
        ("crashes", "code 7.*Segmentation violation in layer 3"),
        ("aborts", "signal 6"),
        ("garbage", "no message.*checkpoint shards"),
        ("endless", "no message"),
        ("out-of-memory", "does not fit into memory"),
        ("out-of-turn", "said 'bye' when 'end' was due"),
    ],
)
def test_a_child_that_fails_ends_the_run_by_name(
    measure: Measure, tmp_path: Path, mode: str, words: str
) -> None:
    with pytest.raises(ChildFailed, match=words) as caught:
        measure(mode)
    assert caught.value.remedy
    assert names(tmp_path / "out") == {"log.txt"}
    assert "child_failed" in (tmp_path / "out" / "log.txt").read_text()


def test_a_child_that_hangs_is_ended(measure: Measure, tmp_path: Path) -> None:
    meter = ReplayMeter([2.0])
    with pytest.raises(ChildFailed, match="has said nothing for"):
        measure("hangs", meter=meter, deadlines=Deadlines(load_s=60, silence_s=1))
    with pytest.raises(ProcessLookupError):
        os.kill(meter.watched[0], 0)
    assert names(tmp_path / "out") == {"log.txt"}


def test_a_child_that_cannot_be_started(measure: Measure) -> None:
    with pytest.raises(ChildFailed, match=r"not found|No such file"):
        measure("good", child=("/nonexistent/python",))


def test_a_child_with_another_block_is_not_measured(measure: Measure) -> None:
    with pytest.raises(MeasurementFailed, match="5 queries"):
        measure("other-block")


def test_a_bad_reading_fails_the_run(measure: Measure, tmp_path: Path) -> None:
    with pytest.raises(NoReading):
        measure("good", meter=ReplayMeter([2.0, 2.0, 0.0]))
    assert names(tmp_path / "out") == {"log.txt"}


def test_windows_that_differ_are_flagged_on_a_development_machine(measure: Measure) -> None:
    run = measure("good", meter=ReplayMeter([1.0, 2.0, 1.0]))
    assert finding(run, "windows-agree") is Outcome.FAILED
    assert run.valid


@pytest.mark.parametrize(
    ("mode", "task", "name"),
    [
        ("unanswered", "sentence-similarity", "queries-answered"),
        ("wordless", "text-generation", "tokens-as-budgeted"),
        ("hasty", "sentence-similarity", "windows-whole"),
        ("bf16", "sentence-similarity", "precision-as-planned"),
    ],
)
def test_a_run_with_a_fault_is_done_but_rejected(measure: Measure, mode: str, task: str, name: str) -> None:
    run = measure(mode, make_plan(task))
    assert finding(run, name) is Outcome.FAILED
    assert not run.valid


def test_text_of_the_right_length_is_valid(measure: Measure) -> None:
    run = measure("good", make_plan("text-generation"))
    assert run.valid
    assert {window.phase for window in run.windows} == {"preprocess", "generate"}


def test_an_estimate_is_never_measured_and_a_dry_run_is_simulated(measure: Measure, tmp_path: Path) -> None:
    class Measuring(ReplayMeter):
        provenance = Provenance.MEASURED

    assert measure("good", meter=Measuring([2.0])).provenance is Provenance.ESTIMATED
    (tmp_path / "out").rename(tmp_path / "before")
    dry = make_plan(hardware="t4-16gb", device=Device.CPU)
    run = measure("good", dry, meter=Measuring([2.0]))
    assert run.provenance is Provenance.SIMULATED
    assert finding(run, "hardware-matches") is Outcome.FAILED


def test_the_child_sees_no_token(measure: Measure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_abcdefghijklmnopqrstuvwx")
    monkeypatch.setenv("STARWATT_RUNNER_TOKEN", "runner-secret")
    measure("environment")
    log = (tmp_path / "out" / "log.txt").read_text()
    line = next(line for line in log.splitlines() if "child: environment" in line)
    assert "_TOKEN" not in line
    assert "HF_HUB_OFFLINE" in line


def test_a_folder_that_is_in_use_or_no_folder(measure: Measure, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text("{}")
    with pytest.raises(BadInput, match="not empty"):
        measure("good")
    plan = make_plan()
    with pytest.raises(BadInput, match="cannot be written"):
        bench(plan, tmp_path / "out" / "run.json" / "deeper", Settings(cache=tmp_path), Listener())


def official() -> Plan:
    return make_plan(profile=catalogue.profile("official"), block=catalogue.task("sentence-similarity").block)


def of_another_catalogue() -> Plan:
    return make_plan(task_hash="f" * 64)


def of_another_harness() -> Plan:
    return make_plan(harness="9.9.9")


def of_another_protocol() -> Plan:
    return make_plan(protocol="offline-sweep")


@pytest.mark.parametrize(
    ("plan", "error", "words"),
    [
        (official, Refused, "pinned"),
        (of_another_catalogue, BadInput, "content hash"),
        (of_another_harness, BadInput, "harness 9.9.9"),
        (of_another_protocol, BadInput, "ladder is not one of offline-sweep"),
    ],
)
def test_a_plan_that_cannot_be_measured_here_leaves_nothing(
    measure: Measure, tmp_path: Path, plan: Callable[[], Plan], error: type[StarwattError], words: str
) -> None:
    with pytest.raises(error, match=words):
        measure("good", plan())
    assert not (tmp_path / "out").exists()


def test_an_official_run_has_nothing_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    task = catalogue.task("sentence-similarity")
    pinned = task.model_copy(update={"dataset": task.dataset.model_copy(update={"revision": "a" * 40})})
    monkeypatch.setattr(catalogue, "task", lambda _: pinned)
    plan = official().model_copy(update={"dataset": pinned.dataset})
    assert check_plan(plan)[0] == pinned
    # With a block, a cap, lengths or queries of its own it would be rejected afterwards; so it is not begun.
    other = pinned.dataset.model_copy(update={"revision": "b" * 40})
    own: list[dict[str, Any]] = [{"block": 4}, {"max_input_tokens": 64}, {"dataset": other}]
    for change in [*own, {"profile": short(id="official")}]:
        with pytest.raises(BadInput, match="its own"):
            check_plan(plan.model_copy(update=change))


def test_a_plan_of_another_schema_version_is_refused() -> None:
    document = json.loads(make_plan().model_dump_json()) | {"schema_version": 2}
    with pytest.raises(WrongSchema, match="version 2"):
        read_plan(document)
