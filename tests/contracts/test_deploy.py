"""The container's recipe: not built here, where there is no network; its commands are ours all the same."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from leaderboard.domain import StarwattError
from runners.__main__ import _parser

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "attested"
GIVEN = {
    "MODEL": "acme/m",
    "TASK": "text-generation",
    "HARDWARE": "t4-16gb",
    "NONCE": "n",
    "EXCLUSIVE": "yes",
}


@pytest.fixture
def said(tmp_path: Path) -> Path:
    """A `python` that writes down what it is asked."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "out").mkdir()
    stub = tmp_path / "bin" / "python"
    stub.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {shlex.quote(str(tmp_path / "said"))}\n')
    stub.chmod(0o755)
    return tmp_path


def measure(said: Path, *words: str, **given: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{said / 'bin'}:/usr/bin:/bin", "OUT": str(said / "out"), **given}
    return subprocess.run(
        ["sh", str(FOLDER / "measure.sh"), *words], env=environment, capture_output=True, text=True
    )


def test_every_command_of_the_recipe_is_one_of_ours(said: Path) -> None:
    for step in ("plan", "fetch", "run"):
        done = measure(said, step, **GIVEN)
        assert done.returncode == 0, done.stderr
    asked = [shlex.split(line) for line in (said / "said").read_text().splitlines()]
    assert [words[2] for words in asked] == ["plan", "fetch", "bench", "verify", "bundle"]
    parsed = [_parser().parse_args(words[2:]) for words in asked]
    assert parsed[0].nonce == "n"
    assert parsed[1].no_model
    assert parsed[2].exclusive
    assert str(parsed[2].weights) == "/model"
    assert parsed[4].output == said / "out" / "bundle.zip"


def test_a_step_without_what_it_needs_does_nothing(said: Path) -> None:
    assert measure(said, "plan").returncode != 0
    assert measure(said).returncode == 2
    assert not (said / "said").exists()


def test_the_page_and_the_document_name_commands_of_ours() -> None:
    page = (ROOT / "leaderboard" / "board" / "templates" / "attested.html").read_text()
    document = (ROOT / "docs" / "ATTESTED.md").read_text()
    for text in (re.sub(r"\{\{.*?\}\}", "x", page), document):
        joined = text.replace("\\\n", " ")
        commands = re.findall(
            r"^(?:<div.*<code>)?(?:\.venv/bin/)?python -m runners (.+?)(?:</code>.*)?$", joined, re.MULTILINE
        )
        assert len(commands) >= 5
        for command in commands:
            words = shlex.split(command.partition(">")[0])
            try:
                _parser().parse_args(words)
            except (SystemExit, StarwattError) as error:
                raise AssertionError(command) from error


@pytest.mark.parametrize("recipe", ["attested", "hub-jobs"])
def test_what_is_copied_is_there(recipe: str) -> None:
    lines = (ROOT / "deploy" / recipe / "Containerfile").read_text().splitlines()
    copied = [line.split()[1] for line in lines if line.startswith("COPY ")]
    assert copied
    for name in copied:
        assert (ROOT / name).exists(), name
    assert not any(line.startswith("ADD ") for line in lines)
    assert (FOLDER / "measure.sh").read_text().startswith("#!/bin/sh\n")
