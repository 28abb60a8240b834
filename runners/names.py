"""Which runner it is on its machine: one number each, held while it lives."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from leaderboard.domain import Conflict, StorageUnavailable
from leaderboard.domain.machines import machine_name

MOST_ON_A_MACHINE = 64


@contextlib.contextmanager
def taken_name(host: str, number: int | None = None, folder: Path | None = None) -> Iterator[str]:
    """This runner's name, as `rack-1:2`, held while the block lasts or the process lives.

    Args:
        number: which runner of the machine it is to be; None: the first that is free.
        folder: where the numbers in use are noted; None: a folder for everybody's temporary files.

    Raises:
        Conflict: another runner here has this number, or all are taken.
        StorageUnavailable: the folder cannot be used.
    """
    folder = folder or Path(tempfile.gettempdir()) / f"starwatt-runners-{os.getuid()}"
    try:
        lock, one = _take(folder, range(1, MOST_ON_A_MACHINE + 1) if number is None else (number,))
    except OSError as error:
        raise StorageUnavailable(
            f"The numbers of runners cannot be noted in {folder} ({error.strerror}).",
            "Make it a folder that this user may write, or set TMPDIR.",
        ) from error
    with lock:
        yield f"{machine_name(host)}:{one}"


def _take(folder: Path, wanted: Sequence[int]) -> tuple[IO[str], int]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for one in wanted:
        lock = (folder / f"{one}.lock").open("a")
        try:
            # The kernel drops the lock with the process: a crash leaves no number in use.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        return lock, one
    taken = f"Runner {wanted[0]} of this machine is" if len(wanted) == 1 else f"{len(wanted)} runners are"
    raise Conflict(f"{taken} at work already.", "End it first, or give this one another --number.")
