"""A trial on one's own machine, and what it says of an official run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from leaderboard import catalogue
from leaderboard.domain import BadInput, Outcome, QualityResult, Run, Severity, failed, rejections
from runners.bench.record import read_run_file
from runners.bench.sandbox import ROOT
from runners.fetch import take_folder
from runners.outlook import outlook
from tests import builders
from tests.fakes.hub import seed
from tests.fakes.hub.server import LoopbackHub
from tests.runners.tiny_models import folder

T4, H100 = catalogue.hardware("t4-16gb"), catalogue.hardware("h100-sxm-80gb")


def trial(params: int = 1_000_000, **fields: object) -> Run:
    run = builders.run()
    model = run.model.model_copy(update={"params": params})
    return run.model_copy(update={"model": model, "findings": (), **fields})


@pytest.mark.parametrize(
    ("params", "t4", "h100"),
    [(1_000_000_000, True, True), (8_000_000_000, False, True), (40_000_000_000, False, False)],
)
def test_a_model_must_fit_the_card(params: int, t4: bool, h100: bool) -> None:
    for hardware, fits in ((T4, t4), (H100, h100)):
        found = next(one for one in outlook(trial(params), hardware) if one.name == "fits-the-card")
        assert (found.outcome is Outcome.PASSED) is fits
        assert f"{params:,} parameters" in found.message


def test_what_the_model_failed_it_would_fail_again_and_the_machines_faults_are_its_own() -> None:
    floor = failed("quality-floor", "Spearman: 0.02.", "Choose another.")
    noise = failed("windows-agree", "They differ.", "Measure again.")
    found = rejections(outlook(trial(findings=(floor, noise)), H100))
    assert [one.name for one in found] == ["quality-floor"]


def test_a_smaller_budget_of_the_trial_is_only_said() -> None:
    run = trial(findings=(failed("tokens-as-budgeted", "Fewer.", "", severity=Severity.FLAG),))
    writing = run.plan.model_copy(update={"task": "summarization", "output_tokens": 32})
    found = {one.name: one for one in outlook(run.model_copy(update={"plan": writing}), H100)}
    assert "32 tokens a query; an official run lets it write 128" in found["output-budget"].message
    assert "tokens-as-budgeted" not in found


def test_quality_that_is_not_known_is_said() -> None:
    unknown = QualityResult(metric="Spearman", reason="No labels.")
    found = outlook(trial(quality=unknown), H100)
    assert [one.name for one in found if one.outcome is Outcome.FAILED and not one.rejects][-1:] == [
        "quality-known"
    ]


def test_a_folder_is_taken_as_it_lies(tmp_path: Path) -> None:
    model = folder("bert-answers-tiny")
    taken = take_folder(model, tmp_path)
    assert taken == take_folder(model, tmp_path)
    assert taken.repo_id.startswith("local/")
    assert len(taken.sha) == 40
    assert (Path(taken.folder) / "model.safetensors").read_bytes() == (
        model / "model.safetensors"
    ).read_bytes()
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="holds no model"):
        take_folder(tmp_path / "empty", tmp_path)


def runners(hub: LoopbackHub, place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub.endpoint,
        "HF_HOME": str(place / "hf"),
        "HF_HUB_DISABLE_XET": "1",
        "OMP_NUM_THREADS": "1",
        "STARWATT_CACHE": str(place / "cache"),
    }
    return subprocess.run(
        [sys.executable, "-m", "runners", "bench", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_an_author_tries_a_folder_before_it_is_submitted(tmp_path: Path) -> None:
    with LoopbackHub(tmp_path / "hub") as hub:
        seed.seed(hub, only=["data"])
        model = folder("bert-answers-tiny")
        done = runners(
            hub, tmp_path, "--model", str(model), "--task", "question-answering", str(tmp_path / "out")
        )
    assert done.returncode in (0, 3), done.stderr
    run = read_run_file(tmp_path / "out" / "run.json")
    assert run.quality.metric == "F1"
    assert run.quality.rows == 16
    assert run.quality.correct is not None
    assert (run.plan.profile.id, run.plan.device) == ("quick", "cpu")
    for hardware in ("t4-16gb", "h100-sxm-80gb", "h100-nvl-94gb"):
        assert f"an official run on {hardware}: " in done.stdout
    refused = "would be refused" in done.stdout
    assert refused is (run.quality.value is not None and run.quality.value < 0.1)


@pytest.mark.parametrize("words", [(), ("plan.json", "out", "--model", "org/x"), ("out", "--model", "org/x")])
def test_a_plan_or_a_model_and_its_task(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runners", "bench", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "--task TASK" in done.stderr or "required" in done.stderr
