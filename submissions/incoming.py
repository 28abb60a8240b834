"""Run folders on their way in: each file whole, or in pieces that go on where they were cut (DESIGN §4).

A piece says where it begins; the answer says how much is here. So a lost connection, a lost answer, a
repeated piece and a Space that restarted all end the same way: the runner asks what is here, and goes on.
A file is only there once all of it is, has the sha256 that was told at first, and is on disk.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from leaderboard.domain import BadInput, FenceLost, NotFound
from leaderboard.record import Record
from leaderboard.record.trouble import storage_unavailable

RUN_FILES = ("run.json", "trace.parquet", "log.txt")
LARGEST_FILE = 64 * 1024 * 1024
LARGEST_PIECE = 4 * 1024 * 1024
_FOLDER = re.compile(r"([0-9a-z]{12})-([0-9]+)")
"""How the folder of a run that is not finished is named: its submission and its fence."""
_LOCKS = 16


class Whole(NamedTuple):
    """What a file will be once all of it is here."""

    size: int
    """Bytes."""
    sha256: str
    """64 figures, hexadecimal."""


class Here(NamedTuple):
    """What of a file is here."""

    bytes: int
    complete: bool


class Incoming:
    """The folders of runs that are not finished, one for each submission and fence."""

    def __init__(self, record: Record) -> None:
        self._record = record
        # Two tries of one piece may overlap when the first one's answer was given up.
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def folder(self, submission_id: str, fence: int) -> Path:
        return self._record.folder / "incoming" / f"{submission_id}-{fence}"

    def put_file(self, submission_id: str, fence: int, name: str, body: bytes) -> Here:
        """Take a whole file at once. Raises as `put_piece`."""
        whole = Whole(len(body), hashlib.sha256(body).hexdigest())
        return self.put_piece(submission_id, fence, name, whole, 0, body)

    def here(self, submission_id: str, fence: int, name: str, whole: Whole) -> Here:
        """How much of a file is here. Raises as `put_piece`."""
        _check(name, whole)
        self._record.hear(submission_id, fence)
        folder = self.folder(submission_id, fence)
        with self._of(submission_id, name), _disk(folder):
            return _here(folder, name, whole)

    def put_piece(
        self, submission_id: str, fence: int, name: str, whole: Whole, offset: int, piece: bytes
    ) -> Here:
        """Add a piece, as far as it is new; what begins behind what is here is not taken.

        Returns:
            what is here now. Nothing, if all had come and it was not what was told: it begins anew.

        Raises:
            BadInput: another name than a run folder has, or a file or a piece that is too large.
            FenceLost: the lease went to another runner.
            StorageUnavailable: the disk is full or gone; what was here before still is.
        """
        _check(name, whole)
        if offset < 0 or offset + len(piece) > whole.size:
            raise BadInput(f"{name} has {whole.size:,} bytes; this piece goes past them.", "Hand it in anew.")
        folder = self.folder(submission_id, fence)
        with self._of(submission_id, name), _disk(folder):
            self._record.hear(submission_id, fence)
            folder.mkdir(parents=True, exist_ok=True)
            try:
                return _add(folder, name, whole, offset, piece)
            except FileNotFoundError:
                # Its folder went under our hands: the lease was lost meanwhile.
                self._record.check_fence(submission_id, fence)
                raise

    def sweep(self) -> list[str]:
        """Delete what came of runs that their runner holds no longer; returns the folders' names."""
        swept = []
        for path in (self._record.folder / "incoming").glob("*-*"):
            named = _FOLDER.fullmatch(path.name)
            if named is None:
                continue
            try:
                self._record.check_fence(named[1], int(named[2]))
            except (FenceLost, NotFound):
                shutil.rmtree(path, ignore_errors=True)
                swept.append(path.name)
        return swept

    def _of(self, submission_id: str, name: str) -> threading.Lock:
        return self._locks[hash((submission_id, name)) % _LOCKS]


def _check(name: str, whole: Whole) -> None:
    if name not in RUN_FILES:
        raise BadInput(f"A run folder has no file {name[:40]!r}.", f"It has {', '.join(RUN_FILES)}.")
    if not 0 <= whole.size <= LARGEST_FILE:
        raise BadInput(
            f"{name} is larger than {LARGEST_FILE // 2**20} MiB.", "Hand in a smaller file: measure less."
        )


def _here(folder: Path, name: str, whole: Whole) -> Here:
    if _is_whole(folder / name, whole):
        return Here(whole.size, complete=True)
    part = _part(folder, name, whole)
    return Here(part.stat().st_size if part.exists() else 0, complete=False)


def _add(folder: Path, name: str, whole: Whole, offset: int, piece: bytes) -> Here:
    here = _here(folder, name, whole)
    if here.complete or offset > here.bytes:
        return here
    part = _part(folder, name, whole)
    if here.bytes == 0:
        # Of a file that was another one before, nothing is kept.
        for other in folder.glob(f"{name}.*.part"):
            other.unlink()
    with part.open("ab") as file:
        file.write(piece[here.bytes - offset :])
        file.flush()
        if file.tell() < whole.size:
            return Here(file.tell(), complete=False)
        os.fsync(file.fileno())
    if not _is_whole(part, whole):
        part.unlink()
        return Here(0, complete=False)
    part.replace(folder / name)
    _keep_name(folder)
    return Here(whole.size, complete=True)


def _part(folder: Path, name: str, whole: Whole) -> Path:
    return folder / f"{name}.{whole.sha256[:16]}.part"


def _is_whole(path: Path, whole: Whole) -> bool:
    if not path.is_file() or path.stat().st_size != whole.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == whole.sha256


def _keep_name(folder: Path) -> None:
    """Have the folder's new name on disk too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    """The disk's trouble in words."""
    try:
        yield
    except OSError as error:
        raise storage_unavailable(folder, error) from error
