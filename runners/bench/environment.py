"""What a run really ran on, as found: machine, board, packages, code."""

from __future__ import annotations

import hashlib
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path

import psutil

from leaderboard.domain import Device, Environment
from runners.bench.machine import Machine

PACKAGES = (
    "torch",
    "transformers",
    "sentence-transformers",
    "tokenizers",
    "safetensors",
    "numpy",
    "zeus",
    "nvidia-ml-py",
    "vllm",
    "httpx2",
)
"""Packages that make the number."""
_ROOT = Path(__file__).resolve().parents[2]


def read_environment(
    device: Device, meter: str, sandbox: str, threads: int | None, machine: Machine
) -> Environment:
    """This machine, now; its GPUs as they were before the run."""
    gpus = machine.gpus
    board = gpus.boards[0] if gpus and gpus.boards else None
    commit, dirty = _git()
    return Environment(
        device=device,
        os=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        cpu_model=_cpu_model(),
        cpu_cores=psutil.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 1e9, 1),
        gpu_name=board.name if board else None,
        gpu_uuid_hash=board.uuid_hash if board else None,
        gpus=len(gpus.boards) if gpus else 0,
        driver=gpus.driver if gpus else None,
        nvml_origin=gpus.origin if gpus else None,
        boards=gpus.boards if gpus else (),
        exclusive=machine.exclusive,
        counter_step_s=machine.counter_step_s,
        meter=meter,
        sandbox=sandbox,
        threads=threads,
        packages={name: version for name in PACKAGES if (version := _version(name))},
        git_commit=commit,
        git_dirty=dirty,
    )


def harness_hash() -> str:
    """sha256 of the code that measures and judges: every module of `runners/bench` and
    `leaderboard/judging`, by name and content."""
    digest = hashlib.sha256()
    for folder in (_ROOT / "runners" / "bench", _ROOT / "leaderboard" / "judging"):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _cpu_model() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1).strip() if found else platform.processor() or platform.machine() or "unknown"


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git() -> tuple[str | None, bool | None]:
    """Commit and whether tracked files differ from it; None where there is no repository."""
    try:
        commit = _ask_git("rev-parse", "HEAD")
        return commit, bool(_ask_git("status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return None, None


def _ask_git(*words: str) -> str:
    asked = ["git", "-C", str(_ROOT), *words]
    return subprocess.run(asked, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
