"""The files of a Space: what git tracks here, without what only tests, benchmarks and runners need."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leaderboard.domain import BadInput

ROOT = Path(__file__).resolve().parents[2]
"""The checkout that this code runs from."""
LEFT_OUT = (".ci/", "bench/", "deploy/", "runners/", "tests/", "requirements-dev.txt")
"""What a Space does without; `runners` is a program of its own, of which the Space imports nothing."""
NEEDED = ("README.md", "app.py", "requirements.txt")


@dataclass(frozen=True)
class Checkout:
    """What would be deployed."""

    files: Mapping[str, bytes]
    """Path in the Space → content, as it lies here now."""
    commit: str
    """The newest commit, shortened."""
    changed: bool
    """Whether a tracked file differs from that commit."""


def checkout(root: Path = ROOT) -> Checkout:
    """The files of a Space in a git checkout.

    Raises:
        BadInput: no git, no checkout, or not one of this project.
    """
    listed = _git(root, "ls-files", "-z").split("\0")
    paths = [path for path in listed if path and not path.startswith(LEFT_OUT) and (root / path).is_file()]
    missing = [name for name in NEEDED if name not in paths]
    if missing:
        raise BadInput(f"{root} has no {', '.join(missing)}.", "Deploy from a checkout of this project.")
    return Checkout(
        {path: (root / path).read_bytes() for path in paths},
        _git(root, "rev-parse", "--short", "HEAD").strip(),
        bool(_git(root, "status", "--porcelain", "--untracked-files=no").strip()),
    )


def git_oid(content: bytes) -> str:
    """The git blob id of a file, by which the Hub lists what is not large."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=True)
    except FileNotFoundError as error:
        raise BadInput("There is no git here, which knows what to deploy.", "Install git.") from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr.decode("utf-8", "replace").splitlines() or ["no reason given"])[0]
        raise BadInput(f"{root} cannot be deployed: {said}.", "Deploy from a git checkout.") from error
    return done.stdout.decode()
