from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.domain import BadFile, Finding, WrongSchema, read_plan
from leaderboard.judging.samples import STEP, Sample, read_trace
from runners.bench.meter.replay import ReplayMeter
from runners.bench.parent import Settings, bench
from runners.bench.record import RUN, TRACE, read_run_file, write_run
from runners.verify import verify
from tests.runners.conftest import IMPOSTOR, PAIRS, Listener, make_inputs, make_plan, short

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory, encoder: Path) -> Path:
    """A run folder as the bench writes it."""
    place = tmp_path_factory.mktemp("verify")
    plan = make_plan(profile=short(window_s=0.3))
    inputs = make_inputs(place / "cache", encoder, PAIRS[: plan.block])
    settings = Settings(
        cache=place / "cache",
        sandbox="off",
        meter=ReplayMeter([2.0], power_w=6.6),
        child=(sys.executable, str(IMPOSTOR), "good"),
        inputs=lambda plan, cache: inputs,
    )
    bench(plan, place / "out", settings, Listener())
    return place / "out"


@pytest.fixture
def folder(measured: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(measured, tmp_path / "out"))


def failures(folder: Path) -> set[str]:
    _, findings = verify(folder)
    assert len({finding.name for finding in findings}) == len(findings)
    return {finding.name for finding in findings if finding.rejects}


def change(folder: Path, how: Change) -> None:
    document = json.loads((folder / RUN).read_text())
    how(document)
    (folder / RUN).write_text(json.dumps(document))


def rewrite(folder: Path, how: Callable[[Sample], Sample | None]) -> None:
    samples = [changed for sample in read_trace(folder / TRACE) if (changed := how(sample)) is not None]
    write_run(folder, read_run_file(folder / RUN), samples)


def told(name: str, **fields: str) -> dict[str, str]:
    return {"name": name, "severity": "reject", "outcome": "failed", "message": "It was so.", **fields}


def test_a_run_as_it_was_written_is_valid(folder: Path) -> None:
    assert failures(folder) == set()
    names = {finding.name: finding for finding in verify(folder)[1]}
    assert names["energy-follows-from-counter"].outcome.value == "passed"
    assert names["findings-as-told"].outcome.value == "passed"


def test_a_changed_figure_is_found(folder: Path) -> None:
    change(folder, lambda run: run.update(energy_per_query_j=run["energy_per_query_j"] * 0.9))
    assert failures(folder) == {"figures-follow-from-windows"}


def test_a_changed_window_is_found_in_the_figures_and_by_the_counter(folder: Path) -> None:
    change(folder, lambda run: run["windows"][0].update(energy_j=2.01))
    assert failures(folder) == {"figures-follow-from-windows", "energy-follows-from-counter"}
    # Figures that were made to fit are still not the counter's.
    run = json.loads((folder / RUN).read_text())
    factor = 1.1
    for window in run["windows"]:
        window["energy_j"] = 2.0 * factor
    run.update(energy_per_query_j=factor, repeatability_j=0.0, figures=None)
    (folder / RUN).write_text(json.dumps(run))
    assert failures(folder) == {"energy-follows-from-counter"}


@pytest.mark.parametrize("figure", ["mean_power_w", "queries_per_s", "cv"])
def test_a_changed_figure_beside_the_rated_one_is_found(folder: Path, figure: str) -> None:
    change(folder, lambda run: run["figures"].update({figure: run["figures"][figure] * 0.5 + 0.01}))
    assert failures(folder) == {"figures-follow-from-windows"}


def test_a_provenance_that_the_record_does_not_allow_is_found(folder: Path) -> None:
    change(folder, lambda run: run.update(provenance="measured"))
    assert failures(folder) == {"provenance-as-found"}
    (finding,) = [each for each in verify(folder)[1] if each.name == "provenance-as-found"]
    assert "without a sandbox: it is estimated at best" in finding.message


def test_a_counter_that_runs_backwards_in_the_trace_is_found(folder: Path) -> None:
    samples = read_trace(folder / TRACE)
    last = max(sample.time_s for sample in samples)
    write_run(folder, verify(folder)[0], [*samples, Sample(last + 1, STEP, counter_j=0.5)])
    assert failures(folder) == {"energy-follows-from-counter"}


def test_findings_cannot_be_talked_away(folder: Path) -> None:
    def shorten(run: dict[str, Any]) -> None:
        run["windows"][3]["passes"] = 2
        run["findings"] = [told("windows-whole", outcome="passed")]

    change(folder, shorten)
    assert {"windows-whole", "findings-as-told"} <= failures(folder)


def test_what_only_the_harness_saw_is_kept(folder: Path) -> None:
    change(folder, lambda run: run["findings"].append(told("idle-as-usual")))
    assert failures(folder) == {"idle-as-usual"}


def test_a_trace_without_the_windows_is_found(folder: Path) -> None:
    write_run(folder, verify(folder)[0], [Sample(1.0, "load", 5.0)])
    assert "findings-as-told" in failures(folder)
    kept = {finding.name: finding for finding in verify(folder)[1]}
    assert kept["energy-follows-from-counter"].outcome.value == "unverifiable"


def test_a_counter_that_was_written_anew_is_found(folder: Path) -> None:
    def shrink(sample: Sample) -> Sample:
        if sample.phase != STEP or sample.counter_j is None:
            return sample
        return sample._replace(counter_j=sample.counter_j * 0.9)

    rewrite(folder, shrink)
    assert failures(folder) == {"energy-follows-from-counter"}


def test_a_missing_reading_beside_an_edge_is_found(folder: Path) -> None:
    run, _ = verify(folder)
    edge_s = run.windows[2].end_s
    rewrite(folder, lambda sample: None if (sample.phase, sample.time_s) == (STEP, edge_s) else sample)
    assert "energy-follows-from-counter" in failures(folder)


def test_a_damaged_or_missing_trace_is_an_error(folder: Path) -> None:
    damaged = bytearray((folder / TRACE).read_bytes())
    damaged[40] ^= 255
    (folder / TRACE).write_bytes(damaged)
    with pytest.raises(BadFile, match=r"trace\.parquet"):
        verify(folder)
    (folder / TRACE).unlink()
    with pytest.raises(BadFile, match="missing or damaged") as caught:
        verify(folder)
    assert caught.value.remedy


def test_a_run_of_another_task_version_is_told(folder: Path) -> None:
    def another(run: dict[str, Any]) -> None:
        run["plan"]["task_hash"] = "e" * 64
        run["run_key"] = read_plan(run["plan"]).run_key

    change(folder, another)
    assert failures(folder) == {"task-as-catalogued"}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", BadFile),
        ("{", BadFile),
        ("[]", WrongSchema),
        ('{"schema_version": 7}', WrongSchema),
        ('{"schema_version": 1}', WrongSchema),
    ],
)
def test_what_is_no_run_record(folder: Path, text: str, error: type[Exception]) -> None:
    (folder / RUN).write_text(text)
    with pytest.raises(error):
        verify(folder)


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        verify(tmp_path)


def test_findings_have_words(folder: Path) -> None:
    findings: list[Finding] = verify(folder)[1]
    assert all(finding.message for finding in findings)
