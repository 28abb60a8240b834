"""The command that shows every task, on some of them: a loopback Hub, simulated H100s, real runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from leaderboard import catalogue
from tests.demo.variants import VARIANTS
from tests.fakes.card import NoCompiler, library

ROOT = Path(__file__).resolve().parents[2]


def test_every_task_is_shown() -> None:
    assert {variant.task for variant in VARIANTS} == set(catalogue.tasks())
    names = [variant.name for variant in VARIANTS]
    assert len(set(names)) == len(names)


def test_runs_are_shown_with_phases_counts_and_quality(tmp_path: Path) -> None:
    try:
        library()
    except NoCompiler as error:
        pytest.skip(str(error))
    document = tmp_path / "TASKS.md"
    document.write_text("before\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nafter\n")
    words = ["--only", "question-answering", "--only", "labels-differ", "--write", str(document)]
    # Its figures have to hold, which they do not where other work takes the cores: once in three.
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-m", "tests.demo.tasks", *words],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=600,
        )
        if done.returncode == 0:
            break
    assert done.returncode == 0, done.stdout + done.stderr
    text = document.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    rows = [line for line in text.splitlines() if line.startswith(("| question", "| text-class"))]
    assert len(rows) == 2
    assert "F1 " in rows[0]
    assert "tokens in" in rows[0]
    assert "preprocess " in rows[0]
    assert "forward " in rows[0]
    assert "Not applicable: The model's labels are" in rows[1]
