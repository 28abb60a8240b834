"""The files of a data set by path. Tables lie in a temporary folder: a large one is never held in memory."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from leaderboard.publish.layout import MANIFEST


class Files(Mapping[str, bytes]):
    """Path → content, by path and the manifest last. A file on disk is read each time it is asked for."""

    def __init__(self) -> None:
        self._small: dict[str, bytes] = {}
        self._large: dict[str, Path] = {}
        self._folder: Path | None = None

    def put(self, path: str, content: bytes) -> None:
        """Keep a file in memory."""
        self._small[path] = content

    def put_again(self, path: str, other: str) -> None:
        """The same content under another path."""
        if other in self._large:
            self._large[path] = self._large[other]
        else:
            self._small[path] = self._small[other]

    def place(self, path: str) -> Path:
        """Where to write a file that is to lie on disk; it is gone when nobody holds these files any more."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="starwatt-publish-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._large[path] = self._folder / str(len(self._large))
        return self._large[path]

    def on_disk(self, path: str) -> Path | None:
        """The file itself, where it lies on disk."""
        return self._large.get(path)

    def __getitem__(self, path: str) -> bytes:
        place = self._large.get(path)
        return self._small[path] if place is None else place.read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._small, *self._large}, key=lambda path: (path == MANIFEST, path)))

    def __len__(self) -> int:
        return len({*self._small, *self._large})


class Chosen(Mapping[str, bytes]):
    """Some of a data set's files."""

    def __init__(self, files: Mapping[str, bytes], paths: Collection[str]) -> None:
        self._files = files
        self._paths = tuple(paths)

    def on_disk(self, path: str) -> Path | None:
        """The file itself, where it lies on disk."""
        return source_of(self._files, path)

    def __getitem__(self, path: str) -> bytes:
        if path not in self._paths:
            raise KeyError(path)
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def source_of(files: Mapping[str, bytes], path: str) -> Path | None:
    """Where a file lies on disk, for who can send it from there; None: it is in memory."""
    return files.on_disk(path) if isinstance(files, Files | Chosen) else None
