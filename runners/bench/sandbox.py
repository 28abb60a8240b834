"""The sandbox a model runs in: bubblewrap, without network, token, home or anything to write to (DESIGN §7).

Only what the child needs is there, read-only: the system's libraries, Python, our packages, its inputs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from leaderboard.domain import Device, Refused

Mode = Literal["auto", "require", "off"]
ROOT = Path(__file__).resolve().parents[2]
"""Where our packages are."""

_PASSED = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
    "CUDA_DEVICE_ORDER",
    "LD_LIBRARY_PATH",
)
"""All of our own environment that a child sees."""


def child_environment(environ: Mapping[str, str], device: Device) -> dict[str, str]:
    """An environment by allow-list: no token, no home, no way to the Hub."""
    kept = {name: environ[name] for name in _PASSED if name in environ}
    if device is Device.CPU:
        # One thread gives the same figure on an idle machine and on a busy one; it is recorded.
        kept.setdefault("OMP_NUM_THREADS", "1")
    return {
        **kept,
        "HOME": "/tmp",
        "HF_HOME": "/tmp/hf",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        # What their warnings are about is checked; the log is for the model's own errors.
        "TRANSFORMERS_VERBOSITY": "error",
        "DIFFUSERS_VERBOSITY": "error",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONPATH": str(ROOT),
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def bubblewrap(readable: Sequence[Path], writable: Sequence[Path] = ()) -> list[str]:
    """The command that goes before another to put it into the sandbox.

    Args:
        readable: folders that may be read besides the system, Python and our packages.
        writable: folders that may be written to, such as the one of a server's socket.
    """
    command = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),
    ]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", str(path.readlink()), str(path)]
        elif path.exists():
            command += ["--ro-bind", str(path), str(path)]
    for path in (Path("/usr"), Path("/etc/ld.so.cache"), Path("/etc/localtime"), Path("/sys")):
        command += ["--ro-bind-try", str(path), str(path)]
    for prefix in dict.fromkeys(
        (sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parent.parent))
    ):
        command += ["--ro-bind", prefix, prefix]
    for package in ("runners", "leaderboard"):
        command += ["--ro-bind", str(ROOT / package), str(ROOT / package)]
    for path in readable:
        command += ["--ro-bind", str(path), str(path)]
    for path in writable:
        command += ["--bind", str(path), str(path)]
    for node in sorted(Path("/dev").glob("nvidia*")):
        command += ["--dev-bind", str(node), str(node)]
    return [*command, "--remount-ro", "/", "--chdir", str(ROOT), "--"]


@lru_cache
def bare() -> list[str]:
    """The command that goes before another that runs without the sandbox: root there is without its rights.

    Else it could read any process, and with it the tokens of the one that started it.
    """
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return []
    command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--"]
    tried = subprocess.run([*command, "true"], capture_output=True, timeout=30)
    return command if tried.returncode == 0 else []


def why_not() -> str:
    """Why bubblewrap does not work here; empty when it does."""
    if shutil.which("bwrap") is None:
        return "bwrap is not installed"
    try:
        tried = subprocess.run(
            [*bubblewrap(()), sys.executable, "-S", "-c", "pass"],
            capture_output=True,
            text=True,
            timeout=30,
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bwrap does not start ({error})"
    return "" if tried.returncode == 0 else f"bwrap fails here: {tried.stderr.strip()[:200]}"


def choose(mode: Mode, development: bool) -> tuple[bool, str]:
    """Whether to use the sandbox, and a line that says why.

    `auto` goes without only on hardware whose figures stay in development editions anyhow.

    Raises:
        Refused: a sandbox is needed and does not work.
    """
    if mode == "off":
        return False, "no sandbox, as asked: the figure is never more than an estimate"
    reason = why_not()
    if not reason:
        return True, "the model runs in a bubblewrap sandbox without network"
    if mode == "auto" and development:
        return False, f"no sandbox ({reason}); this hardware is for development only"
    raise Refused(
        f"A model would run without a sandbox: {reason}.",
        "Install bubblewrap, or accept the risk with --unsafe-no-sandbox; the figure is then an estimate.",
    )
