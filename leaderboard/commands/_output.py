"""What a sub-command writes: all of it or nothing."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from pathlib import Path

from leaderboard.domain import StorageUnavailable


def to_stdout(text: str) -> None:
    """Write UTF-8 to standard output, whatever the locale, and make sure that it arrived.

    Raises:
        StorageUnavailable: it could not be written (a full disk behind a redirection).
        BrokenPipeError: the reader went away; `leaderboard.__main__` ends quietly then.
    """
    try:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_stdout()
        raise StorageUnavailable(
            f"Standard output cannot be written: {error.strerror}.", "Make room, or write elsewhere."
        ) from error


def to_file(path: Path, text: str) -> None:
    """Write a file whole: beside it first, safely on the disk, then renamed over what was there.

    Raises:
        StorageUnavailable: it could not be written; what was there is untouched.
    """
    if path.exists() and not path.is_file():
        raise StorageUnavailable(f"{path} is not a file.", "Name a file to write.")
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        try:
            with beside.open("xb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise StorageUnavailable(
            f"{path} cannot be written: {error.strerror}.",
            "Name a file in a folder that is there and writable.",
        ) from error


def drop_stdout() -> None:
    """Send what is left in standard output's buffer nowhere: the interpreter's last flush stays quiet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last through a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
