"""How fast the Hub may be asked: its own waits, our commits an hour, and how long we keep trying."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from leaderboard.publish.hub import HubBusy, StaleParent

HOUR_S = 3600.0
COMMITS_PER_HOUR = 100
"""For each repository (DESIGN §4); the Hub itself stops at about 128."""

T = TypeVar("T")


class OwnLimit(HubBusy):
    """Nobody was asked: it is too early for a call or a commit, by our own count."""


class Pace:
    """What was promised to the Hub and has to be kept from one publishing to the next.

    One for a Hub and a process. A start forgets it: then the Hub's own 429 says when to come back.
    """

    def __init__(self, commits_per_hour: float = COMMITS_PER_HOUR) -> None:
        self._commits_per_hour = commits_per_hour
        self._not_before_s = -math.inf
        self._tries: dict[str, deque[float]] = {}
        self._turn = threading.Lock()

    def told_to_wait(self, now_s: float, seconds: float) -> None:
        """The Hub asked, at `now_s` of the clock, not to be called for so many seconds."""
        with self._turn:
            self._not_before_s = max(self._not_before_s, now_s + seconds)

    def before_a_call_s(self, now_s: float) -> float:
        """Seconds until the Hub may be called again; 0: at once."""
        return max(0.0, self._not_before_s - now_s)

    def before_a_commit_s(self, repository: str, now_s: float) -> float:
        """Seconds until a repository may get a further commit; 0: at once."""
        with self._turn:
            tries = self._tries.setdefault(repository, deque())
            while tries and now_s - tries[0] >= HOUR_S:
                tries.popleft()
            return 0.0 if len(tries) < self._commits_per_hour else max(0.0, tries[0] + HOUR_S - now_s)

    def commit_tried(self, repository: str, now_s: float) -> None:
        """Count a commit. Before its answer is known: one whose reply is lost was made too."""
        with self._turn:
            self._tries.setdefault(repository, deque()).append(now_s)


@dataclass(frozen=True)
class Patience:
    """How often and how long to try."""

    tries: int = 6
    first_wait_s: float = 1.0
    """Doubled with every try, where the Hub does not say how long."""
    longest_wait_s: float = 120.0
    """A Hub that asks for more is left alone until the next time, and then until its wait is over."""
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    """Seconds that only rise."""
    pace: Pace = field(default_factory=Pace)

    def keep_trying(self, step: Callable[[], T]) -> T:
        """What `step` returns, tried again after a wait while the Hub is busy or somebody was faster.

        A step looks before it acts, so that it may be tried any number of times.

        Raises:
            HubBusy, StaleParent: still so after the last try, or the Hub asks for too long a wait.
        """
        self._wait(self.pace.before_a_call_s(self.clock()), "The Hub asked to be left alone")
        for tried in itertools.count(1):
            try:
                return step()
            except (HubBusy, StaleParent) as error:
                wait_s = self.first_wait_s * 2.0 ** (tried - 1)
                if isinstance(error, HubBusy) and error.retry_after_s is not None:
                    wait_s = error.retry_after_s
                    if not isinstance(error, OwnLimit):
                        self.pace.told_to_wait(self.clock(), wait_s)
                if tried >= self.tries or wait_s > self.longest_wait_s:
                    raise
                self.sleep(wait_s)
        raise AssertionError("a count without an end has ended")

    def await_commit(self, repository: str) -> None:
        """Wait until a repository may get a further commit, and count it as made.

        Raises:
            OwnLimit: that is too long to wait for now.
        """
        wait_s = self.pace.before_a_commit_s(repository, self.clock())
        self._wait(wait_s, f"{repository} has had its commits of this hour")
        self.pace.commit_tried(repository, self.clock())

    def _wait(self, wait_s: float, why: str) -> None:
        if wait_s > self.longest_wait_s:
            raise OwnLimit(f"{why}: publishing goes on in {wait_s:.0f} s.", wait_s)
        if wait_s > 0:
            self.sleep(wait_s)
