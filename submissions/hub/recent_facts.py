"""The Hub's answers, kept for a moment: checks as one types ask for the same model again and again."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from leaderboard.domain import HubUnavailable, ModelFacts, NotFound, Refused, StarwattError, Unavailable
from submissions.hub.facts import HubFacts

KEPT_S = 20.0
"""Long enough for typing, short enough for somebody who mends the model and looks again."""
SILENT_S = 60.0
"""How long a Hub that did not answer a search is asked for no other: names are offered at every key."""
MOST_KEPT = 512
AT_ONCE = 16
"""Questions to the Hub under way at most: a slow Hub must not take every thread of the site."""
_PATIENCE_S = 5.0
_Answer = TypeVar("_Answer")


class RecentFacts:
    """Asks another `HubFacts`, and remembers what it said, also that there is no such model."""

    def __init__(self, hub: HubFacts, clock: Callable[[], float] = time.monotonic) -> None:
        self._hub = hub
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._lock = threading.Lock()
        self._silent: tuple[float, HubUnavailable] | None = None
        self._places = threading.BoundedSemaphore(AT_ONCE)

    @property
    def account(self) -> str:
        return self._hub.account

    def facts(self, repo_id: str, revision: str | None) -> ModelFacts:
        """As `HubFacts.facts`; what was previewed a moment ago is what is submitted.

        Raises:
            Unavailable: too many ask at once. And what the other raises.
        """
        return self._remembered((repo_id, revision), lambda: self._hub.facts(repo_id, revision))

    def search(self, text: str, limit: int) -> list[str]:
        """As `HubFacts.search`; at once, without asking, where the Hub was silent a moment ago.

        Raises:
            Unavailable: too many ask at once. And what the other raises.
        """
        silent = self._silent
        if silent is not None and self._clock() - silent[0] < SILENT_S:
            raise silent[1]
        try:
            return self._remembered((text, limit, "search"), lambda: self._hub.search(text, limit))
        except HubUnavailable as error:
            self._silent = self._clock(), error.with_traceback(None)
            raise

    def _remembered(self, key: Hashable, ask: Callable[[], _Answer]) -> _Answer:
        with self._lock:
            since, known = self._kept.get(key, (float("-inf"), None))
        if self._clock() - since >= KEPT_S:
            known = self._ask(key, ask)
        if isinstance(known, StarwattError):
            raise known
        answer: _Answer = known
        return answer

    def _ask(self, key: Hashable, ask: Callable[[], Any]) -> Any:
        if not self._places.acquire(timeout=_PATIENCE_S):
            raise Unavailable("Many ask the Hub at this moment.", "Try again in a few seconds.")
        try:
            answer = ask()
        # That it is not there, or closed, is an answer too; that the Hub is silent is none.
        except (NotFound, Refused) as error:
            answer = error
        finally:
            self._places.release()
        with self._lock:
            self._kept[key] = (self._clock(), answer)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return answer
