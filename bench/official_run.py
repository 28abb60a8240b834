"""A whole official run on a simulated H100: two starts, windows of a minute, against the card's true energy.

The model computes on the CPU and the card's power follows its work, so the run is stamped `simulated`; its
windows, edges, warm-up, trace and checks are those of a real one. It takes about twenty minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from huggingface_hub import HfApi

from leaderboard.domain import Outcome, Run
from runners.bench.record import RUN, read_run_file
from runners.bench.sandbox import ROOT
from tests.fakes.card import BOARDS, Card
from tests.fakes.card.follow import Follower
from tests.fakes.hub import encoders, seed
from tests.fakes.hub.server import LoopbackHub

HARDWARE = "h100-sxm-80gb"
OFFICIAL_WITHIN, QUICK_WITHIN = 0.001, 0.004


def measure(folder: Path, profile: str) -> tuple[Run, list[float]]:
    """The run, and the relative error of every window."""
    with ExitStack() as stack:
        hub = stack.enter_context(LoopbackHub(folder / "hub"))
        seed.seed(hub, only=["encoders", "data"])
        environment = {**os.environ, "HF_ENDPOINT": hub.endpoint}
        runners = [sys.executable, "-m", "runners"]
        words = ["--model", encoders.ENCODERS[0].repo_id, "--task", "sentence-similarity"]
        words += ["--hardware", HARDWARE, "--device", "cpu", "--precision", "fp32", "--profile", profile]
        made = subprocess.run(
            [*runners, "plan", *words], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE
        )
        plan = json.loads(made.stdout)
        # An official run needs pinned queries; this Hub's commit pins them for this run.
        data = HfApi(hub.endpoint).dataset_info(plan["dataset"]["repo_id"])
        plan["dataset"]["revision"] = data.sha
        (folder / "plan.json").write_text(json.dumps(plan))
        card = stack.enter_context(Card(folder / "card", [BOARDS[HARDWARE]]))
        card.ripple(BOARDS[HARDWARE].load_w * 0.03, 7.3)
        command = [*runners, "bench", str(folder / "plan.json"), str(folder / "out")]
        job = subprocess.Popen(
            [*command, "--cache", str(folder / "cache")],
            cwd=ROOT,
            env={**environment, **card.environment()},
        )
        with Follower(card, job.pid):
            code = job.wait()
        if code not in (0, 3):
            raise RuntimeError(f"the run ended with {code}")
        run = read_run_file(folder / "out" / RUN)
        truths = [card.true_energy_j(window.start_s, window.end_s) for window in run.windows]
    pairs = zip(run.windows, truths, strict=True)
    return run, [abs(window.energy_j / truth_j - 1) for window, truth_j in pairs]


def main() -> int:
    """Print the windows' errors and the verdict; exit code 0 when all are within the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="the quick profile; half a minute")
    given = parser.parse_args()
    profile, within = ("quick", QUICK_WITHIN) if given.small else ("official", OFFICIAL_WITHIN)
    with tempfile.TemporaryDirectory(prefix="official-") as folder:
        run, errors = measure(Path(folder), profile)
    print(f"{run.plan.model.repo_id}, {profile}, {run.provenance.value}; error of each window")
    for window, error in zip(run.windows, errors, strict=True):
        print(f"{window.phase:11} start {window.start + 1} {window.seconds:7.2f} s {error:9.4%}")
    for finding in run.findings:
        if finding.outcome is Outcome.FAILED:
            print(f"{finding.severity.value:7} {finding.name}: {finding.message}")
    took_s = (run.finished_at - run.started_at).total_seconds()
    print(f"took {took_s:.0f} s; {run.plan.expected_duration_s:.0f} s were expected")
    verdict = "ok" if max(errors) <= within else "short"
    print(f"official_run: {max(errors):.4%} worst window (target ≤ {within:.1%}): {verdict}")
    return 0 if verdict == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
