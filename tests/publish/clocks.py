"""A clock that moves only when somebody sleeps on it."""

from __future__ import annotations


class Clock:
    """Seconds that rise by what is slept; nobody really waits."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now_s += seconds
