"""Secrets on their way to the one page that shows them: kept in memory, for one person, until they are seen.

A form that makes a token answers with another address, so that reloading the page makes no second one. What
it made must get there without lying in the address, in a cookie or in the record.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

KEPT_S = 300.0
"""A browser follows the redirect at once; a slow one gets minutes."""
MOST_KEPT = 256
_Secret = TypeVar("_Secret")


class ShownOnce(Generic[_Secret]):
    """Hands each secret to its owner once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], tuple[float, _Secret]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, owner: str, secret: _Secret) -> str:
        """Keep a secret for somebody, by their subject id; returns what its page's address names it by."""
        key = secrets.token_urlsafe(16)
        with self._lock:
            self._kept[owner, key] = (self._clock(), secret)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return key

    def take(self, owner: str, key: str) -> _Secret | None:
        """The secret, this once; None: it was seen, is somebody else's, or has waited too long."""
        with self._lock:
            since, secret = self._kept.pop((owner, key), (0.0, None))
        return secret if secret is not None and self._clock() - since < KEPT_S else None
