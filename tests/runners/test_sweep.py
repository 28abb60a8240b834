"""Sweeps against children that behave, run out of memory and die; the meter replays."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.domain import (
    BadInput,
    MeasurementFailed,
    NoReading,
    Outcome,
    Plan,
    Precision,
    Run,
    of_rung,
    read_plan,
    rejections,
)
from leaderboard.judging.samples import read_trace
from runners.bench.meter.replay import ReplayMeter
from runners.bench.parent import Settings, bench
from runners.bench.preflight import check_plan
from runners.bench.process import Deadlines
from runners.bench.record import RUN, TRACE, read_run_file
from runners.verify import verify
from tests import builders
from tests.runners.conftest import IMPOSTOR, PAIRS, Listener, make_inputs, short

Measure = Callable[..., Run]
ROWS = [PAIRS[place % 16] for place in range(64)]


def make_sweep(
    batches: tuple[int, ...] = (1, 2), precisions: tuple[Precision, ...] = ("fp32", "bf16")
) -> Plan:
    """A sweep on the CPU with short windows."""
    made = catalogue.make_plan(
        builders.model_ref(),
        task="sentence-similarity",
        hardware="cpu",
        protocol="offline-sweep",
        batches=batches,
        precisions=precisions,
    )
    return made.model_copy(update={"profile": short(windows=2)})


@pytest.fixture
def measure(tmp_path: Path, encoder: Path) -> Measure:
    """Bench a sweep into `tmp_path/"out"`; its energy falls from window to window."""

    def run(mode: str, plan: Plan | None = None, listener: Listener | None = None, **settings: Any) -> Run:
        inputs = make_inputs(tmp_path / "cache", encoder, ROWS)
        defaults: dict[str, Any] = {
            "cache": tmp_path / "cache",
            "sandbox": "off",
            "deadlines": Deadlines(load_s=60, silence_s=60),
            "meter": ReplayMeter([6.4], power_w=40.0),
            "child": (sys.executable, str(IMPOSTOR), mode),
            "inputs": lambda plan, cache: inputs,
        }
        settings = {**defaults, **settings}
        return bench(plan or make_sweep(), tmp_path / "out", Settings(**settings), listener or Listener())

    return run


def rungs(run: Run) -> list[tuple[str, int]]:
    assert run.sweep is not None
    return [(rung.precision, rung.batch) for rung in run.sweep.rungs]


def test_a_sweep_is_one_folder_with_every_rung(measure: Measure, tmp_path: Path) -> None:
    listener = Listener()
    run = measure("good", listener=listener)
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {"run.json", "trace.parquet", "log.txt"}
    assert read_run_file(out / RUN) == run
    assert run.valid
    assert rungs(run) == [(p, b) for p in ("fp32", "bf16") for b in (1, 2)]
    assert run.sweep is not None
    for rung in run.sweep.rungs:
        assert rung.energy_per_query_j == pytest.approx(2 * 6.4 / 64)
        assert len(rung.windows) == 4
        assert rung.model.peak_memory_bytes == 5
        assert not rejections(rung.findings)
    # The run's own figures are those of its first rung.
    assert run.windows == run.sweep.base.windows
    assert run.model.dtype == "float32"
    fractions = [step[0] for step in listener.steps]
    assert fractions == sorted(fractions)
    assert any("batch 2 · bf16" in step[1] for step in listener.steps)
    assert {sample.rung for sample in read_trace(out / TRACE)} == {rung.words for rung in run.sweep.rungs}
    # And it is judged the same again.
    again, findings = verify(out)
    assert again == run
    told = {finding.name: finding for finding in findings}
    assert told["rungs-as-told"].outcome is Outcome.PASSED
    assert told["findings-as-told"].outcome is Outcome.PASSED
    # A rung that was made greener is found, whichever it is.
    document = json.loads((tmp_path / "out" / RUN).read_text())
    document["sweep"]["rungs"][3]["energy_per_query_j"] /= 2
    (tmp_path / "out" / RUN).write_text(json.dumps(document))
    _, findings = verify(tmp_path / "out")
    found = next(finding for finding in findings if finding.name == "rungs-as-told")
    assert found.rejects
    assert "batch 2 · bf16: figures-follow-from-windows" in found.message
    # So is a run that shows other figures than its rungs.
    document = json.loads(run.model_dump_json())
    document["windows"] = document["sweep"]["rungs"][1]["windows"]
    (tmp_path / "out" / RUN).write_text(json.dumps(document))
    _, findings = verify(tmp_path / "out")
    assert "rungs-as-told" in {finding.name for finding in rejections(findings)}


def test_memory_that_ends_ends_the_ladder_and_not_the_run(measure: Measure, tmp_path: Path) -> None:
    run = measure("full-from-4", make_sweep((1, 4, 8)))
    assert rungs(run) == [("fp32", 1), ("bf16", 1)]
    assert run.sweep is not None
    ends = [(one.precision, one.batch, one.cause) for one in run.sweep.broken]
    assert ends == [("fp32", 4, "out-of-memory"), ("bf16", 4, "out-of-memory")]
    assert "CUDA out of memory" in run.sweep.broken[0].message
    assert run.sweep.broken[0].remedy
    assert "batch 4 · fp32: no figure (out-of-memory)" in (tmp_path / "out" / "log.txt").read_text()
    assert run.valid


def test_a_process_that_dies_is_a_rung_with_a_cause(measure: Measure) -> None:
    run = measure("dies-at-2", make_sweep((1, 2), ("fp32",)))
    assert rungs(run) == [("fp32", 1)]
    assert run.sweep is not None
    assert [(one.batch, one.cause) for one in run.sweep.broken] == [(2, "child")]
    assert "code 9" in run.sweep.broken[0].message


def test_a_precision_that_the_model_has_not_is_an_error_of_that_precision(measure: Measure) -> None:
    # A card's int8 is for checkpoints that are quantised so.
    made = make_sweep((1,), ("fp32",))
    assert made.ladder is not None
    both = made.ladder.model_copy(update={"precisions": ("int8", "fp32")})
    run = measure("good", made.model_copy(update={"ladder": both}))
    assert rungs(run) == [("fp32", 1)]
    assert run.sweep is not None
    broken = run.sweep.broken[0]
    assert (broken.precision, broken.batch, broken.cause) == ("int8", 1, "precision")
    assert "not quantised" in broken.message


def test_a_sweep_without_any_figure_fails_with_a_remedy(measure: Measure, tmp_path: Path) -> None:
    with pytest.raises(MeasurementFailed, match="No rung of the sweep has a figure") as caught:
        measure("out-of-memory")
    assert "batch 1 · fp32" in caught.value.message
    assert "batch 1 · bf16" in caught.value.message
    assert "smaller precision" in caught.value.remedy
    assert not (tmp_path / "out" / RUN).exists()


def test_a_lost_meter_ends_the_session_and_the_same_plan_goes_on(measure: Measure, tmp_path: Path) -> None:
    # Four windows a rung; the meter is lost in the third rung.
    meter = ReplayMeter([6.4] * 10, power_w=40.0, cycle=False)
    with pytest.raises(NoReading):
        measure("good", meter=meter)
    out = tmp_path / "out"
    assert not (out / RUN).exists()
    kept = {path.name for path in (out / "rungs").iterdir()}
    assert kept == {"plan.json", "fp32-b1", "fp32-b2"}
    before = read_run_file(out / "rungs" / "fp32-b1" / RUN)
    # One of the kept rungs is damaged: it alone is measured again.
    damaged = bytearray((out / "rungs" / "fp32-b2" / TRACE).read_bytes())
    damaged[60] ^= 1
    (out / "rungs" / "fp32-b2" / TRACE).write_bytes(damaged)
    listener = Listener()
    run = measure("good", listener=listener)
    assert run.sweep is not None
    assert len(run.sweep.rungs) == 4
    assert run.sweep.rungs[0].windows == before.windows
    assert run.started_at == before.started_at
    assert "batch 1 · fp32: measured before, and intact." in listener.said
    assert not any("batch 1 · fp32" in step[1] for step in listener.steps)
    assert any("batch 2 · fp32" in step[1] for step in listener.steps)
    assert not rejections(verify(out)[1])
    # The log of the first session is still there.
    assert (out / "log.txt").read_text().count("Sandbox:") == 2


def test_another_plan_or_a_finished_run_is_not_gone_on_with(measure: Measure, tmp_path: Path) -> None:
    with pytest.raises(NoReading):
        measure("good", meter=ReplayMeter([6.4] * 5, cycle=False))
    with pytest.raises(BadInput, match="rungs of another plan"):
        measure("good", make_sweep((1, 4)))
    (tmp_path / "out" / RUN).write_text("{}")
    with pytest.raises(BadInput, match="finished run"):
        measure("good")


def test_what_memory_forbade_is_not_tried_again(measure: Measure, tmp_path: Path) -> None:
    # Of fp32 there is a rung and an end; the meter is lost in bf16.
    plan = make_sweep((1, 4))
    with pytest.raises(NoReading):
        measure("full-from-4", plan, meter=ReplayMeter([6.4] * 5, cycle=False))
    assert (tmp_path / "out" / "rungs" / "fp32-b4.json").exists()
    run = measure("good", plan)
    assert rungs(run) == [("fp32", 1), ("bf16", 1), ("bf16", 4)]


def test_a_rung_is_the_run_of_its_own_plan(measure: Measure) -> None:
    run = measure("good", make_sweep((1, 2), ("fp32",)))
    assert run.sweep is not None
    own = of_rung(run, run.sweep.rungs[1])
    assert own.id == run.id
    assert own.plan.ladder is not None
    assert own.plan.ladder.rungs == [("fp32", 2)]
    assert read_plan(json.loads(own.plan.model_dump_json())) == own.plan


def test_plans_without_a_ladder_keep_their_key() -> None:
    made = catalogue.make_plan(builders.model_ref(), task="sentence-similarity", hardware="cpu")
    assert made.ladder is None
    assert "ladder" not in made.model_dump()
    with pytest.raises(BadInput, match="ladder"):
        check_plan(made.model_copy(update={"protocol": "offline-sweep"}))
