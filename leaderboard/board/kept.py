"""Answers that hold until the record changes: what pages of one view share, found once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from leaderboard.record import Record

T = TypeVar("T")
_MOST = 512


class Kept(Generic[T]):
    """The answers asked for last, each under its key."""

    def __init__(self, record: Record, most: int = _MOST) -> None:
        self._record = record
        self._most = most
        self._version = -1
        self._answers: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, find: Callable[[], T]) -> T:
        """What is kept under the key, else what `find` says. It may be asked twice by two at once."""
        version = self._record.version
        with self._lock:
            if version != self._version:
                self._version = version
                self._answers.clear()
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        found = find()
        with self._lock:
            # What was found while the record changed may be of before: the next one looks again.
            if version == self._version == self._record.version:
                self._answers[key] = found
                while len(self._answers) > self._most:
                    self._answers.popitem(last=False)
        return found
