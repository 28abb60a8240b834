"""The record's folder: made, proved to be writable, and held by one process (DESIGN §4)."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from leaderboard.domain import StorageUnavailable
from leaderboard.record.trouble import storage_unavailable

DATABASE = "record.sqlite"
LOCK = "record.lock"


class Lock:
    """Sole ownership of a record for as long as this process lives, or until it is released.

    The kernel drops the lock with the process, so a crash leaves nothing to clean up.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def release(self) -> None:
        self._file.close()


def take(folder: Path) -> Lock:
    """Make the folder if it is missing and lock it.

    Raises:
        StorageUnavailable: it is a file, cannot be written, has no space, or another process owns it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Opened for appending: who holds the lock must not lose its number to who asks for it.
        file = (folder / LOCK).open("a+", encoding="ascii")
    except OSError as error:
        raise storage_unavailable(folder, error) from error
    try:
        _lock(folder, file)
    except BaseException:
        file.close()
        raise
    return Lock(file)


def _lock(folder: Path, file: IO[str]) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        holder = file.read(20).strip()
        who = f"process {holder}" if holder.isdigit() else "another process"
        raise StorageUnavailable(
            f"The record in {folder} is in use by {who}.",
            "One process owns a record: stop that one, or start with a folder and a port of your own: "
            "PORT=8000 STARWATT_DATA=./other make run.",
        ) from error
    except OSError as error:
        raise storage_unavailable(folder, error) from error
    try:
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        # Proves before anything else that this disk takes writes.
        os.fsync(file.fileno())
    except OSError as error:
        raise storage_unavailable(folder, error) from error
