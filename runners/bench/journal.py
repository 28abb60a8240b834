"""The log of a run: written to `log.txt` as it happens, scrubbed of tokens, and shown."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from runners.scrub import scrub

LARGEST = 4 << 20
"""Characters kept of one run's log; a model that prints without end must not fill a disk."""


class Journal:
    """Lines with the time since the run began. Any thread may write."""

    def __init__(self, path: Path, show: Callable[[str], None], *, on: bool = False) -> None:
        """
        Args:
            on: whether to go on with the log that is there.
        """
        self._file: TextIO = path.open("a" if on else "w", encoding="utf-8")
        self._show = show
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._left = LARGEST

    def say(self, text: str) -> None:
        """A step of the run: into the log and before the user's eyes."""
        self._write(text)
        self._show(text)

    def note(self, text: str) -> None:
        """A line for the log alone."""
        self._write(text)

    def _write(self, text: str) -> None:
        line = f"{time.monotonic() - self._began:9.3f} s  {scrub(text)}\n"
        with self._lock:
            if self._file.closed or self._left <= 0:
                return
            self._left -= len(line)
            self._file.write(line if self._left > 0 else "… the log is full; the rest is left out.\n")
            self._file.flush()

    def close(self) -> None:
        with self._lock:
            self._file.close()
