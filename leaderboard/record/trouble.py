"""What trouble with the disk means to a person: one sentence, one remedy, always StorageUnavailable."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from leaderboard.domain import StorageUnavailable

_PRIMARY = 0xFF
"""The low byte of an SQLite error code is the primary code; the rest is detail."""

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_STORAGE = _DAMAGED | {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_MAKE_ROOM = "Free some space on that disk and try again; what was written before is safe."


def sqlite_code(error: BaseException) -> int | None:
    """The primary SQLite code of an error, with or without SQLAlchemy around it; None for other errors."""
    original = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlite_errorcode", None)
    return None if code is None else code & _PRIMARY


def is_storage_trouble(error: BaseException) -> bool:
    """Whether the disk failed, as against a statement that was refused."""
    return isinstance(error, OSError) or sqlite_code(error) in _STORAGE


def storage_unavailable(folder: Path, error: BaseException) -> StorageUnavailable:
    """The trouble in words: what could not be done in which folder, why, and what to do."""
    code = sqlite_code(error)
    number = error.errno if isinstance(error, OSError) else None
    why = _reason(error)
    if code == sqlite3.SQLITE_FULL or number in _NO_SPACE:
        return StorageUnavailable(f"There is no space left for the record in {folder} ({why}).", _MAKE_ROOM)
    if code in _DAMAGED:
        return StorageUnavailable(
            f"The record in {folder} is damaged ({why}).",
            "Put a copy of record.sqlite back, or move it away to start with an empty record.",
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL):
        return StorageUnavailable(
            f"Another program holds record.sqlite in {folder} ({why}).",
            "Close what has the file open for writing and try again.",
        )
    return StorageUnavailable(
        f"The record in {folder} cannot be read or written ({why}).",
        "Set STARWATT_DATA to a folder that can be written, on a disk that is there.",
    )


def _reason(error: BaseException) -> str:
    """The system's own words, on one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    original = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(original).split()) or type(error).__name__
