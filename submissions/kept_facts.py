"""What the Hub said a moment ago: whoever looks before they submit asks it once, not twice."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from leaderboard.domain import ModelFacts
from submissions.hub_facts import HubFacts

KEPT_S = 10.0
"""Short: a branch may move on, and what is submitted is meant to be its newest commit."""
MOST = 1024


class KeptFacts:
    """A Hub whose answers are good for some seconds. What it refuses or fails is asked again each time."""

    def __init__(
        self, hub: HubFacts, kept_s: float = KEPT_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._hub = hub
        self._kept_s = kept_s
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str | None], tuple[float, ModelFacts]] = OrderedDict()

    def facts(self, repo_id: str, revision: str | None) -> ModelFacts:
        """As `HubFacts.facts`, at most `kept_s` old."""
        key = (repo_id, revision)
        with self._lock:
            known = self._known.get(key)
        if known is not None and self._clock() - known[0] < self._kept_s:
            return known[1]
        asked_at = self._clock()
        facts = self._hub.facts(repo_id, revision)
        with self._lock:
            self._known[key] = (asked_at, facts)
            self._known.move_to_end(key)
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return facts

    def search(self, text: str, limit: int) -> list[str]:
        """As `HubFacts.search`."""
        return self._hub.search(text, limit)
