"""Who waits for the writer, gathered into groups: those who come together share a commit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
PATIENCE_S = 0.002
"""The longest that a group is held open for others."""


class Gathering(Generic[T]):
    """A line that is taken from in groups, by one thread.

    A group is held open for a moment when others are likely to come: those who were answered last tend to ask
    again at once. Where only one asks at a time, nobody ever waits for others.
    """

    def __init__(self, most: int, wait: Callable[[threading.Condition, float], object] | None = None) -> None:
        """`most`: members of a group. `wait`: lets so many seconds pass; tests have things happen then."""
        self._most = most
        self._wait = wait or threading.Condition.wait
        self._changed = threading.Condition(threading.Lock())
        self._waiting: list[T] = []
        self._wanted = 1
        self._expected = 1
        self._open = True

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, one: T) -> bool:
        """Stand in line; False: it is closed."""
        with self._changed:
            if not self._open:
                return False
            self._waiting.append(one)
            # Only who makes the group complete wakes the other thread: waking costs as much as a statement.
            if len(self._waiting) >= self._wanted:
                self._changed.notify()
            return True

    def close(self) -> None:
        """Let nobody in any more."""
        with self._changed:
            self._open = False
            self._changed.notify()

    def expect_back(self, count: int) -> None:
        """So many of the last group are about to be answered and may come again, beside those who wait."""
        # Before they are: then nobody is counted as answered and as waiting again.
        with self._changed:
            self._expected = count + len(self._waiting)

    def take(self, patience_s: float) -> list[T]:
        """The next group, in the order they came, once there is one; empty: closed, and nobody waits.

        `patience_s`: how long it may be held open for those who were in the last one.
        """
        with self._changed:
            self._wanted, self._expected = min(self._expected, self._most), 1
            if len(self._waiting) < self._wanted > 1 and self._open:
                self._wait(self._changed, min(patience_s, PATIENCE_S))
            self._wanted = 1
            while not self._waiting and self._open:
                self._changed.wait()
            group = self._waiting[: self._most]
            del self._waiting[: self._most]
            return group
