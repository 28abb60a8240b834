"""Asking a Space until it answers: it may restart, or the way to it may be cut (DESIGN §4)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from leaderboard.domain import SpaceUnavailable

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 10.0
"""Between tries, doubled each time. With the longest answer waited for, a line that is mended after a cut
of any length is noticed within half a minute."""
_Answer = TypeVar("_Answer")


class Stopped(Exception):
    """The worker was told to end now."""


def patiently(
    ask: Callable[[], _Answer], stop: threading.Event, say: Callable[[str], None], tries: int | None = None
) -> _Answer:
    """Ask until the Space answers, with longer and longer pauses.

    Args:
        stop: set from elsewhere, ends the asking.
        say: hears of every try that failed.
        tries: so many at most; None: no end.

    Raises:
        Stopped: the worker was told to end meanwhile.
        SpaceUnavailable: the last try failed too.
    """
    pause_s, tried = FIRST_PAUSE_S, 0
    while True:
        try:
            return ask()
        except SpaceUnavailable as error:
            tried += 1
            if tried == tries:
                raise
            say(f"{error.message} Tried again in {pause_s:g} s.")
            if stop.wait(pause_s):
                raise Stopped from error
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
