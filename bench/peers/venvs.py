"""A virtual environment for each peer, with the versions it needs: made once, then kept."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
KEPT = HERE.parents[1] / ".cache" / "bench" / "peers"


class NotInstallable(Exception):
    """pip could not install a peer; the message is pip's last word."""


def python(name: str) -> Path:
    """The interpreter of a peer's environment, made anew when `bench/peers/NAME.txt` changed.

    Raises:
        NotInstallable: pip cannot install it here.
    """
    wanted = HERE / f"{name}.txt"
    folder = KEPT / name
    interpreter, stamp = folder / "bin" / "python", folder / ".installed"
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return interpreter
    print(f"installing {name} into {folder} (PyTorch included: some minutes, this once)", flush=True)
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    _run([str(interpreter), "-m", "pip", "install", "--quiet", "-r", str(wanted)])
    stamp.write_text(digest)
    return interpreter


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
        raise NotInstallable(lines[-1][:160])
