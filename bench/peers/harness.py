"""A harness run once on a simulated card: what it says, what is true, and with which exit code it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from leaderboard.domain import rejections
from peers.material import Material
from runners.bench.record import LOG, RUN, read_run_file
from runners.bench.sandbox import ROOT
from tests.fakes.card import H100_SXM, Card
from tests.fakes.card.follow import WORKERS, Follower

HERE = Path(__file__).resolve().parent
Case = Literal["plain", "gpu-lost", "no-nvidia-smi", "two-gpus-one-asked", "two-gpus-none-named"]
LONGEST_S = 600.0
LOST_AFTER_S = 0.2
"""How far into the measured loop the GPU falls off the bus."""
GREEDY = {"do_sample": False, "num_beams": 1}
SAMPLED = {"do_sample": True, "temperature": 0.7, "top_p": 0.9, "top_k": 50}
"""What ai_energy_benchmarks generates with; a command cannot change it."""


class Window(NamedTuple):
    """Queries of one loop: joules a harness says they took, and joules they really took."""

    seconds: float
    queries: int
    said_j: float
    true_j: float

    @property
    def error(self) -> float:
        return self.said_j / self.true_j - 1


@dataclass
class Said:
    """What came of one run; without a window, there is no figure."""

    code: int
    seconds: float
    """Of the whole command."""
    windows: list[Window] = field(default_factory=list)
    """Generation."""
    short: list[Window] = field(default_factory=list)
    """Its other phase, whose work is short: preprocessing (ours), prefill (energy_star)."""
    message: str = ""

    @property
    def queries(self) -> int:
        return sum(window.queries for window in self.windows)

    @property
    def per_query_j(self) -> float | None:
        return sum(window.said_j for window in self.windows) / self.queries if self.queries else None

    @property
    def true_per_query_j(self) -> float | None:
        return sum(window.true_j for window in self.windows) / self.queries if self.queries else None

    @property
    def rate(self) -> float:
        """Queries a second of the measured loops."""
        return self.queries / sum(window.seconds for window in self.windows)


class Harness:
    """One of those that are compared."""

    def __init__(self, name: str, title: str, python: Path) -> None:
        self.name, self.title, self._python = name, title, python

    def bare(self, material: Material, folder: Path) -> tuple[float, int]:
        """Queries a second of the bare loop, and how many tokens the longest query has."""
        folder.mkdir(parents=True)
        sampled = self.name == "ai_energy"
        tokens = {"max_new_tokens": material.new_tokens, "min_new_tokens": material.new_tokens}
        told = {
            "model": str(material.model),
            "texts": material.texts,
            "tokenises": sampled,
            "generate": tokens | (SAMPLED if sampled else GREEDY),
        }
        (folder / "told.json").write_text(json.dumps(told))
        with (folder / "errors.txt").open("wb") as errors:
            done = subprocess.run(
                [str(self._python), str(HERE / "bare.py"), str(folder / "told.json")],
                env=_environment(folder),
                check=True,
                stdout=subprocess.PIPE,
                stderr=errors,
                timeout=LONGEST_S,
            )
        answer = json.loads(done.stdout)
        return len(material.texts) / answer["seconds"], answer["longest"]

    def run(self, material: Material, folder: Path, case: Case = "plain") -> Said:
        """Run it once; `case` is what goes wrong."""
        folder.mkdir(parents=True)
        asked = case == "two-gpus-one-asked"
        boards = [H100_SXM] * (2 if case.startswith("two") else 1)
        with ExitStack() as stack:
            card = stack.enter_context(Card(folder / "card", boards))
            if len(boards) > 1:
                # Somebody else's work, on the board that is not asked for.
                card.power(H100_SXM.load_w, board=1)
            environment = _environment(folder, smi=case != "no-nvidia-smi") | card.environment()
            command, environment = self._command(material, folder, asked, environment)
            stack.enter_context(
                Follower(card, os.getpid(), workers=(*WORKERS, "run_optimum.py", "run_ai_energy.py"))
            )
            errors = stack.enter_context((folder / "errors.txt").open("wb"))
            output = stack.enter_context((folder / "output.txt").open("wb"))
            began_s = time.monotonic()
            job = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=errors)
            stack.callback(job.kill)
            while job.poll() is None and case == "gpu-lost" and not self._measures(folder):
                time.sleep(0.01)
            if case == "gpu-lost":
                card.lose(time.monotonic() + LOST_AFTER_S)
            code = job.wait(LONGEST_S)
            said = Said(code, time.monotonic() - began_s)
            self._read(folder, said, card)
        if not said.windows:
            lines = (folder / "errors.txt").read_text(errors="replace").strip().splitlines()
            said.message = next((line for line in lines if line.startswith("error: ")), "".join(lines[-1:]))
        return said

    def _command(
        self, material: Material, folder: Path, asked: bool, environment: dict[str, str]
    ) -> tuple[list[str], dict[str, str]]:
        """What to start. `asked`: GPU 0 is named, in the harness's own way of doing so."""
        told = {
            "model": str(material.model),
            "data": str(material.data),
            "queries": len(material.texts),
            "new_tokens": material.new_tokens,
            "gpu": "0" if asked else None,
            "began": str(folder / "began"),
        }
        (folder / "told.json").write_text(json.dumps(told))
        return [str(self._python), str(HERE / f"run_{self.name}.py"), str(folder / "told.json")], environment

    def _measures(self, folder: Path) -> bool:
        """Whether the measured loop has begun."""
        return (folder / "began").exists()

    def _read(self, folder: Path, said: Said, card: Card) -> None:
        """What it says, beside the truth."""
        output = (folder / "output.txt").read_text()
        if not output:
            return
        told: dict[str, Any] = json.loads(output)
        for kind, kept in (("windows", said.windows), ("short", said.short)):
            for one in told.get(kind, []):
                true_j = card.true_energy_j(one["began_s"], one["ended_s"])
                kept.append(Window(one["ended_s"] - one["began_s"], one["queries"], one["energy_j"], true_j))


class Ours(Harness):
    """`python -m runners bench`, as anybody starts it."""

    def __init__(self) -> None:
        super().__init__("ours", "Starwatt", Path(sys.executable))

    def _command(
        self, material: Material, folder: Path, asked: bool, environment: dict[str, str]
    ) -> tuple[list[str], dict[str, str]]:
        more = {"HF_ENDPOINT": material.endpoint, "HF_HUB_OFFLINE": "0"} | (
            {"CUDA_VISIBLE_DEVICES": "0"} if asked else {}
        )
        words = ["bench", str(material.plan), str(folder / "out"), "--cache", str(material.cache)]
        return [sys.executable, "-m", "runners", *words], {**environment, **more, "PYTHONPATH": str(ROOT)}

    def _measures(self, folder: Path) -> bool:
        log = folder / "out" / LOG
        # The line tells of the first window's end; the others follow at once.
        return log.exists() and "generate, window 1" in log.read_text()

    def _read(self, folder: Path, said: Said, card: Card) -> None:
        if not (folder / "out" / RUN).exists():
            return
        run = read_run_file(folder / "out" / RUN)
        if not run.valid:
            named = [each.name for each in rejections(run.findings)]
            said.message = f"rejected: {', '.join(named)}"
        for window in run.windows:
            true_j = card.true_energy_j(window.start_s, window.end_s)
            kept = said.windows if window.phase == "generate" else said.short
            kept.append(Window(window.seconds, window.queries, window.energy_j, true_j))


def _environment(folder: Path, smi: bool = True) -> dict[str, str]:
    """One thread each, nothing of this machine's own GPUs, nothing kept from an earlier run."""
    programs = folder / "bin"
    programs.mkdir()
    for path in os.environ["PATH"].split(os.pathsep):
        for program in Path(path).glob("*"):
            if program.name != "nvidia-smi" and not (programs / program.name).is_symlink():
                (programs / program.name).symlink_to(program)
    if smi:
        # CodeCarbon believes in a GPU only where this program is; it never reads anything from it.
        (programs / "nvidia-smi").write_text("#!/bin/sh\n")
        (programs / "nvidia-smi").chmod(0o755)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("CUDA", "HF_", "NVIDIA"))
    }
    own = {"PATH": str(programs), "HOME": str(folder), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    return {**kept, **own}
