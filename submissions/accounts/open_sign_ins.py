"""How many sign-ins may be under way: each is a write that anybody can cause without being anybody."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta

from leaderboard.domain import TooMany
from leaderboard.record.clock import Clock

MOST_OPEN = 5000
MOST_PER_ADDRESS = 50
"""A class or a conference behind one address signs in; nobody alone begins so many."""


class OpenSignIns:
    """Counted in memory, so that a refusal costs nothing. A restart counts anew."""

    def __init__(
        self,
        clock: Clock,
        lasts_s: float,
        *,
        most: int = MOST_OPEN,
        most_per_address: int = MOST_PER_ADDRESS,
    ) -> None:
        """`lasts_s`: after so many seconds one is over by itself."""
        self._clock, self._lasts = clock, timedelta(seconds=lasts_s)
        self._most, self._most_per_address = most, most_per_address
        self._lock = threading.Lock()
        # All last equally long: the order in which they began is the one in which they end.
        self._open: dict[str, tuple[datetime, str]] = {}
        self._of_address: Counter[str] = Counter()

    def begin(self, key: str, address: str) -> None:
        """Take a place. `address`: the hash of where it comes from; empty: not known, only the whole counts.

        Raises:
            TooMany: none is free.
        """
        with self._lock:
            now = self._clock.now()
            while self._open and (oldest := next(iter(self._open.items())))[1][0] <= now:
                self._forget(oldest[0])
            if address and self._of_address[address] >= self._most_per_address:
                ends = next(end for end, where in self._open.values() if where == address)
                raise _too_many("from your network", ends - now)
            if len(self._open) >= self._most:
                raise _too_many("here", next(iter(self._open.values()))[0] - now)
            self._open[key] = (now + self._lasts, address)
            self._of_address[address] += 1

    def end(self, key: str) -> None:
        """Free its place. Nothing where there is none."""
        with self._lock:
            self._forget(key)

    def _forget(self, key: str) -> None:
        _, address = self._open.pop(key, (None, None))
        if address is None:
            return
        self._of_address[address] -= 1
        if not self._of_address[address]:
            del self._of_address[address]


def _too_many(where: str, wait: timedelta) -> TooMany:
    return TooMany(
        f"Too many sign-ins were begun {where} in the last minutes and not ended.",
        "Try again in some minutes; everything can be read without signing in.",
        retry_after_s=max(wait.total_seconds(), 1),
    )
