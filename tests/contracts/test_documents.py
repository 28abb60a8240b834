"""What the documents say is what the code has."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from leaderboard import settings
from runners import settings as runner_settings

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_is_in_its_document_and_no_other() -> None:
    tables = (ROOT / "docs" / "SETTINGS.md").read_text()
    space, runner = tables.split("A runner reads these")
    for table, variables in ((space, settings.VARIABLES), (runner, runner_settings.VARIABLES)):
        assert set(re.findall(r"^\| `([A-Z_]+)` \|", table, flags=re.MULTILINE)) == set(variables)


def test_the_space_front_matter() -> None:
    front = yaml.safe_load((ROOT / "README.md").read_text().split("---\n")[1])
    assert front["sdk"] == "gradio"
    assert front["app_file"] == "app.py"
    assert str(front["python_version"]).startswith("3.11")
    assert "leaderboard" in front["tags"]
    # The Hub always includes openid and profile, and takes neither by name.
    assert front["hf_oauth"] is True and front["hf_oauth_scopes"] == []


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for document in ("README.md", "CONTRIBUTING.md", "docs/MEASURE.md"):
        named = set(re.findall(r"`make ([a-z]+)", (ROOT / document).read_text()))
        assert named <= targets, document


def test_links_between_documents_lead_somewhere() -> None:
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_the_space_requirements_name_no_model_library() -> None:
    lines = [
        line for line in (ROOT / "requirements.txt").read_text().splitlines() if not line.startswith("#")
    ]
    names = {re.split(r"[<>=\[ ]", line)[0] for line in lines if line}
    assert {"gradio", "huggingface-hub", "datasets", "pandas", "apscheduler"} <= names
    assert not names & {"torch", "transformers", "zeus", "sentence-transformers", "diffusers"}
    runner = (ROOT / "runners" / "requirements.txt").read_text()
    assert re.search(r"^zeus>=", runner, flags=re.MULTILINE)
    assert "zeus-ml" not in runner


def test_no_large_file_is_in_the_project() -> None:
    if shutil.which("git") is None:
        pytest.skip("no git on this machine: install it to see which files belong to the project")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file():
            assert path.stat().st_size < 2**20, f"{name} is larger than 1 MiB"
