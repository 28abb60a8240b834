"""`python -m runners bench` with a real model on a simulated H100 and T4, whose true energy is known."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from leaderboard.domain import Outcome, Provenance, Run
from runners.bench.record import RUN, read_run_file
from runners.bench.sandbox import ROOT
from tests.fakes.card import BOARDS, Card, NoCompiler, library
from tests.fakes.hub import encoders, seed
from tests.fakes.hub.server import LoopbackHub
from tests.runners.on_card import benched


class Measured(NamedTuple):
    out: Path
    run: Run
    truths_j: list[float]
    """Of every window, in their order."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path_factory.mktemp("hub")) as running:
        seed.seed(running, only=["encoders", "data"])
        yield running


@pytest.fixture(scope="module", params=["h100-sxm-80gb", "t4-16gb"])
def measured(
    request: pytest.FixtureRequest, hub: LoopbackHub, tmp_path_factory: pytest.TempPathFactory
) -> Measured:
    try:
        library()
    except NoCompiler as error:
        pytest.skip(str(error))
    hardware: str = request.param
    folder = tmp_path_factory.mktemp(hardware)
    environment = {**os.environ, "HF_ENDPOINT": hub.endpoint, "HF_HUB_DISABLE_XET": "1"}
    runners = [sys.executable, "-m", "runners"]
    words = ["--model", encoders.ENCODERS[0].repo_id, "--task", "sentence-similarity"]
    words += ["--hardware", hardware, "--device", "cpu", "--profile", "quick"]
    plan = folder / "plan.json"
    plan.write_bytes(
        subprocess.run(
            [*runners, "plan", *words], cwd=ROOT, env=environment, check=True, capture_output=True
        ).stdout
    )
    out = folder / "out"
    with Card(folder / "card", [BOARDS[hardware]]) as card:
        # Its own ripple, so that the power is as uneven as a real load's.
        card.ripple(BOARDS[hardware].load_w * 0.03, 7.3)
        _, said = benched(card, plan, out, environment)
        run = read_run_file(out / RUN)
        assert {finding.name for finding in run.findings if finding.rejects} <= {"windows-agree"}, said
        truths = [card.true_energy_j(window.start_s, window.end_s) for window in run.windows]
    return Measured(out, run, truths)


def test_every_window_has_the_energy_that_the_card_took(measured: Measured) -> None:
    assert len(measured.run.windows) == 6
    for window, truth_j in zip(measured.run.windows, measured.truths_j, strict=True):
        assert window.energy_j == pytest.approx(truth_j, rel=0.004)


def test_idle_and_load_are_told_apart(measured: Measured) -> None:
    board = BOARDS[measured.run.plan.hardware]
    assert measured.run.idle_power_w == pytest.approx(board.idle_w, rel=0.05)
    figures = measured.run.figures
    assert figures is not None
    assert figures.mean_power_w == pytest.approx(board.load_w, rel=0.05)
    assert figures.net_energy_per_query_j is not None
    assert figures.net_energy_per_query_j < measured.run.energy_per_query_j


def test_the_record_says_simulated_and_what_it_ran_on(measured: Measured) -> None:
    run = measured.run
    assert run.provenance is Provenance.SIMULATED
    told = {finding.name: finding.outcome for finding in run.findings}
    assert told["nvml-origin"] is Outcome.FAILED
    assert told["gpu-identity"] is Outcome.PASSED
    assert run.environment.boards[0].name == BOARDS[run.plan.hardware].name
    assert run.environment.counter_step_s == pytest.approx(0.1, rel=0.2)


def test_the_folder_is_judged_the_same_again(measured: Measured) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runners", "verify", str(measured.out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == (0 if measured.run.valid else 3), done.stdout
    assert "passed       energy-follows-from-counter" in done.stdout
    assert "passed       findings-as-told" in done.stdout
    assert json.loads((measured.out / RUN).read_text())["provenance"] == "simulated"
