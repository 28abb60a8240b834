"""Limits of the process that holds a model: how many processes, how much memory (DESIGN §6).

By a control group of its own where one can be made, of version 2 or 1; else by limits that each process has
for itself, which a model with many processes gets round. Which of them it was is in the run's log.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import psutil

MOST_PROCESSES = 4096
"""Threads count too; a process with a GPU or many cores has hundreds."""
SHARE_OF_MEMORY = 0.9
"""What a model may have of the machine's memory: the rest lets the parent go on and say what happened."""
ROOT = Path("/sys/fs/cgroup")
_PROCESSES = "pids.max"
_MEMORY = {"memory.max": "2", "memory.limit_in_bytes": "1"}
_ENTER = (
    'for group do [ "$group" = -- ] && break; '
    'echo $$ > "$group/cgroup.procs" || exit 97; shift; done; shift; '
)
_count = itertools.count()
_TRIES = 100


class Limits(NamedTuple):
    """How much a model's processes may have, together."""

    processes: int
    memory_bytes: int

    @classmethod
    def of_machine(cls) -> Limits:
        return cls(MOST_PROCESSES, int(SHARE_OF_MEMORY * psutil.virtual_memory().total))


class Fence:
    """The limits in force for one child: make it, start what `around` gives, leave it when that has ended."""

    def __init__(self, limits: Limits, root: Path = ROOT, own: Path = Path("/proc/self/cgroup")) -> None:
        self._limits = limits
        self._groups = _make(limits, root, own)
        if self._groups:
            self.why = "by a control group"
        else:
            self.why = "by each process's own limits only, since no control group can be made here"

    def around(self, command: Sequence[str]) -> list[str]:
        """The command that starts another within the limits."""
        if self._groups:
            groups = [str(group) for group in self._groups]
            return ["/bin/sh", "-c", f'{_ENTER}exec "$@"', "sh", *groups, "--", *command]
        # The data limit counts what is written to, not what is only reserved, as drivers do by the terabyte.
        data_kb, processes = self._limits.memory_bytes // 1024, self._limits.processes
        own = f"ulimit -d {data_kb}; ulimit -u {processes} 2>/dev/null; "
        return ["/bin/sh", "-c", f'{own}exec "$@"', "sh", *command]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for group in self._groups:
            _end(group)


def _end(group: Path) -> None:
    """Kill what is left in a group, and take it away. An empty one left behind does no harm."""
    for _ in range(_TRIES):
        with contextlib.suppress(OSError, ProcessLookupError):
            for pid in (group / "cgroup.procs").read_text().split():
                os.kill(int(pid), signal.SIGKILL)
        try:
            group.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.02)
        else:
            return


def _make(limits: Limits, root: Path, own: Path) -> list[Path]:
    """A group for both, or one for each; empty: there can be none."""
    made: list[Path] = []
    name = f"starwatt-{os.getpid()}-{next(_count)}"
    try:
        for wanted in ("pids", "memory"):
            if not any(_has(group, wanted) for group in made):
                made.append(_make_one(wanted, name, root, own))
        for group in made:
            _limit(group, limits)
    except OSError:
        for group in made:
            with contextlib.suppress(OSError):
                group.rmdir()
        return []
    return made


def _make_one(wanted: str, name: str, root: Path, own: Path) -> Path:
    """A group that has this controller, beside our own one or in it. Raises OSError."""
    for parent in _parents(wanted, root, own):
        group = parent / name
        try:
            with contextlib.suppress(OSError):
                # Only version 2 has this file, and only a group without processes lets it be written.
                (parent / "cgroup.subtree_control").write_text("+pids +memory")
            group.mkdir(exist_ok=True)
        except OSError:
            continue
        if _has(group, wanted):
            return group
        group.rmdir()
    raise OSError(f"no group with {wanted}")


def _parents(wanted: str, root: Path, own: Path) -> list[Path]:
    found = []
    for line in own.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for tree in [root, root / "unified"] if not controllers else [root / wanted]:
            if not controllers or wanted in controllers.split(","):
                here = tree / path.lstrip("/")
                found += [here, here.parent] if path != "/" else [here]
    return found


def _has(group: Path, wanted: str) -> bool:
    return any((group / name).exists() for name in ([_PROCESSES] if wanted == "pids" else _MEMORY))


def _limit(group: Path, limits: Limits) -> None:
    if (group / _PROCESSES).exists():
        (group / _PROCESSES).write_text(str(limits.processes))
    for name in _MEMORY:
        if (group / name).exists():
            (group / name).write_text(str(limits.memory_bytes))
            with contextlib.suppress(OSError):
                # What does not fit must not go to the disk instead.
                (group / "memory.swap.max").write_text("0")
