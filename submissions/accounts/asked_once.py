"""Something a slow stranger must be asked for: kept once known, and no queue of askers while it is not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from leaderboard.domain import HubUnavailable

AWAY_S = 10.0
"""How long a failure is taken for granted, so that not everybody waits to learn the same."""
MOST_ASKING = 4
T = TypeVar("T")


class Turns:
    """So many at once; who comes beyond them is refused at once, since waiting would hold a thread."""

    def __init__(self, most: int = MOST_ASKING) -> None:
        self._free = threading.BoundedSemaphore(most)

    @contextmanager
    def one(self) -> Iterator[None]:
        """A turn. Raises HubUnavailable."""
        if not self._free.acquire(blocking=False):
            raise HubUnavailable(
                "Too many people wait for the Hub's sign-in just now.",
                "Try again in a minute; everything can be read without signing in.",
            )
        try:
            yield
        finally:
            self._free.release()


class AskedOnce(Generic[T]):
    """One such thing. Nobody waits for another's fetch."""

    def __init__(self, fetch: Callable[[], T], monotonic: Callable[[], float] = time.monotonic) -> None:
        """`fetch` raises HubUnavailable where it does not come; `monotonic` tells seconds."""
        self._fetch, self._monotonic = fetch, monotonic
        self._turns = Turns()
        self._known: T | None = None
        self._failure: tuple[float, HubUnavailable] | None = None

    def get(self, *, anew: bool = False) -> T:
        """What it is; `anew`: as it is now.

        Raises:
            HubUnavailable: it did not come, now or a moment ago; or enough others ask already.
        """
        known = self._known
        if known is not None and not anew:
            return known
        failure = self._failure
        if failure is not None and self._monotonic() < failure[0]:
            # A new one each time: an error that is raised by many threads gathers all their tracebacks.
            raise HubUnavailable(failure[1].message, failure[1].remedy)
        with self._turns.one():
            try:
                found = self._fetch()
            except HubUnavailable as error:
                self._failure = (self._monotonic() + AWAY_S, error)
                raise
        self._known, self._failure = found, None
        return found
