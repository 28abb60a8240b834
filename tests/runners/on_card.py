"""A run on a simulated card as a test holds it: what happens to the card at which line of the run's log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leaderboard import catalogue
from leaderboard.domain import Device, Finding, Plan, Run
from runners.bench.record import LOG, RUN, read_run_file
from tests import builders
from tests.fakes.card import Card
from tests.fakes.card.follow import Follower
from tests.runners.conftest import short

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 120


@dataclass
class Bench:
    """One run to be made on a card."""

    card: Card
    folder: Path
    model: Path
    hardware: str = "h100-sxm-80gb"
    window_s: float = 0.3
    windows: int = 2
    device: Device = Device.CPU
    """Where the plan says that the model computes; the impostor computes nowhere."""
    happens: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    """What is done to the card, by a part of the log's line at which it is done."""
    told: Mapping[str, object] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def log(self) -> str:
        return (self.out / LOG).read_text() if (self.out / LOG).exists() else ""

    @property
    def run(self) -> Run:
        return read_run_file(self.out / RUN)

    def finding(self, name: str) -> Finding:
        return next(finding for finding in self.run.findings if finding.name == name)

    def plan(self) -> Plan:
        profile = short(window_s=self.window_s, windows=self.windows, idle_s=0.3)
        made = catalogue.make_plan(
            builders.model_ref(),
            task="sentence-similarity",
            hardware=self.hardware,
            device=self.device,
            profile="quick",
        )
        return made.model_copy(update={"profile": profile, "block": profile.block})

    def measure(self) -> tuple[int, str]:
        """Run it to its end; exit code and standard error."""
        self.folder.mkdir(parents=True, exist_ok=True)
        told = self.folder / "told.json"
        plan = self.plan().model_dump(mode="json")
        places = {"out": self.out, "cache": self.folder / "cache", "model": self.model}
        told.write_text(
            json.dumps({"plan": plan, **self.told, **{name: str(path) for name, path in places.items()}})
        )
        environment = {**os.environ, **self.card.environment(), **self.environment}
        with (self.folder / "errors.txt").open("wb") as errors:
            job = subprocess.Popen(
                [sys.executable, "-m", "tests.runners.card_job", str(told)],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
            try:
                self._follow(job)
            finally:
                job.kill()
                job.wait()
        return job.returncode, (self.folder / "errors.txt").read_text()

    def _follow(self, job: subprocess.Popen[bytes]) -> None:
        """The card works as soon as idle is measured; what else happens stands in `happens`."""
        due = {"Idle: ": lambda: self.card.power(self.card.boards[0].load_w), **self.happens}
        until_s = time.monotonic() + LONGEST_S
        while job.poll() is None and time.monotonic() < until_s:
            log = self.log
            for line in [line for line in due if line in log]:
                due.pop(line)()
            time.sleep(0.005)


def benched(card: Card, plan: Path, out: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """How `python -m runners bench` ended, and what it said of a real model on a card, which its load moves.

    On shared cores a short run's windows may differ, and it ends with 3; the energy is true all the same.
    """
    job = subprocess.Popen(
        [sys.executable, "-m", "runners", "bench", str(plan), str(out), "--cache", str(out.parent / "cache")],
        cwd=ROOT,
        env={**environment, **card.environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with Follower(card, job.pid):
        said, errors = job.communicate(timeout=400)
    assert job.returncode in (0, 3), errors
    return job.returncode, said
