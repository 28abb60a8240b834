"""Time as the record knows it: a wall clock for what is written down, a monotonic one for leases."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Protocol

from leaderboard.domain import now


class Clock(Protocol):
    """What the record asks of a clock."""

    def now(self) -> datetime:
        """The wall clock, aware: written into events, never used to measure a duration."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start that never jump: what leases are measured by."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return now()

    def monotonic(self) -> float:
        return time.monotonic()


class HandClock:
    """A clock that stands still until it is moved by hand: for tests and replays."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._passed_s = 0.0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._passed_s += seconds

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        return self._passed_s
