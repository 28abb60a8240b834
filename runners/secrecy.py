"""Secrets that a process was started with, kept from every other process of the same user.

What a program is started with stays in `/proc/PID/environ`, whatever it does to its environment later, and
its memory is open to whoever runs as the same user. Without a sandbox a model does.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

_HANDED = "SECRETS_IN_DESCRIPTOR"
_SET_DUMPABLE = 4
"""prctl's number."""


def hide() -> None:
    """Close this process to others of its user: environment, memory and open files (where there is prctl)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def take(names: Sequence[str]) -> dict[str, str]:
    """Secrets of the environment, none of which any process can read there afterwards; and `hide`.

    For that the program is started once more in this very process, without them: they come through a pipe.
    """
    handed = os.environ.pop(_HANDED, None)
    if handed is None:
        found = {name: os.environ[name] for name in names if os.environ.get(name)}
        if found:
            _start_again(found)
        hide()
        return {}
    hide()
    with os.fdopen(int(handed), encoding="utf-8") as pipe:
        taken: dict[str, str] = json.load(pipe)
    return taken


def _start_again(secrets: dict[str, str]) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as pipe:
        json.dump(secrets, pipe)
    os.set_inheritable(reading, True)
    kept = {name: value for name, value in os.environ.items() if name not in secrets}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**kept, _HANDED: str(reading)})


def others_with(secret: str) -> list[int]:
    """Processes besides this one that were started with a secret, as far as this one may look."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        if int(path.name) == os.getpid():
            continue
        try:
            if secret.encode() in (path / "environ").read_bytes():
                found.append(int(path.name))
        except OSError:
            # Gone, or not ours to see: nor is it the model's.
            continue
    return found
