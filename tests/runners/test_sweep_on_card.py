"""A sweep of a real model on a simulated H100, whose true energy is known: the curve is the truth's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from leaderboard.domain import SweepRung, windows_of
from runners.bench.record import RUN, read_run_file
from runners.bench.sandbox import ROOT
from tests.fakes.card import BOARDS, Card, NoCompiler, library
from tests.fakes.hub import encoders, seed
from tests.fakes.hub.server import LoopbackHub
from tests.runners.on_card import benched

HARDWARE = "h100-sxm-80gb"
RUNNERS = [sys.executable, "-m", "runners"]
NEAR = 0.01
"""How near to the truth every rung must be."""


def a_short_plan(environment: Mapping[str, str]) -> str:
    """As the command line makes it, with windows of half a second."""
    words = ["--model", encoders.ENCODERS[0].repo_id, "--task", "sentence-similarity", "--device", "cpu"]
    words += ["--hardware", HARDWARE, "--protocol", "offline-sweep", "--profile", "quick"]
    words += ["--precision", "fp32", "--batches", "1,8"]
    told = subprocess.run(
        [*RUNNERS, "plan", *words], cwd=ROOT, env=environment, check=True, capture_output=True
    ).stdout
    plan = json.loads(told)
    assert plan["ladder"] == {"batches": [1, 8], "precisions": ["fp32"]}
    plan["profile"] |= {"windows": 2, "window_s": 0.5, "idle_s": 1.0}
    return json.dumps(plan)


def per_query_j(rung: SweepRung, card: Card) -> float:
    """What the card really took, phase by phase, J per query."""
    total = 0.0
    for phase in ("preprocess", "forward"):
        windows = [window for start in windows_of(rung.windows, phase) for window in start]
        each = [card.true_energy_j(window.start_s, window.end_s) / window.queries for window in windows]
        total += sum(each) / len(each)
    return total


def test_every_rung_has_the_energy_that_the_card_took(tmp_path: Path) -> None:
    try:
        library()
    except NoCompiler as error:
        pytest.skip(str(error))
    plan, out = tmp_path / "plan.json", tmp_path / "out"
    with (
        LoopbackHub(tmp_path / "hub") as hub,
        Card(tmp_path / "card", [BOARDS[HARDWARE]]) as card,
    ):
        seed.seed(hub, only=["encoders", "data"])
        environment = {**os.environ, "HF_ENDPOINT": hub.endpoint, "HF_HUB_DISABLE_XET": "1"}
        plan.write_text(a_short_plan(environment))
        # Its own ripple, so that the power is as uneven as a real load's.
        card.ripple(BOARDS[HARDWARE].load_w * 0.03, 7.3)
        code, _ = benched(card, plan, out, environment)
        sweep = read_run_file(out / RUN).sweep
        assert sweep is not None
        assert [rung.batch for rung in sweep.rungs] == [1, 8]
        for rung in sweep.rungs:
            assert rung.energy_per_query_j == pytest.approx(per_query_j(rung, card), rel=NEAR)
            assert {finding.name for finding in rung.findings if finding.rejects} <= {"windows-agree"}
            # Sixty-four queries a pass, whatever the batch, and each of them answered.
            assert {window.queries % 64 for window in rung.windows} == {0}
            assert {window.queries - (window.answered or 0) for window in rung.windows} == {0}
    judged = subprocess.run(
        [*RUNNERS, "verify", str(out)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert judged.returncode == code, judged.stdout
    assert "passed       rungs-as-told: All 2 rungs are found as they say." in judged.stdout
