"""Times as people say them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leaderboard.board.times import brief, clock, soon
from tests.builders import NOON


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (8.4, "8 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (200, "3 min"),
        (3599, "1 h"),
        (7500, "2 h 5 min"),
    ],
)
def test_a_duration_at_a_glance(seconds: float, words: str) -> None:
    assert brief(seconds) == words


@pytest.mark.parametrize(
    ("after_s", "away", "told"),
    [
        (0.2, "now", "12:00 UTC"),
        (200, "in 3 min", "12:03 UTC"),
        (-8, "8 s ago", "11:59 UTC"),
        (26 * 3600, "in 26 h", "11-03 14:00 UTC"),
    ],
)
def test_a_time_near_another(after_s: float, away: str, told: str) -> None:
    when = NOON + timedelta(seconds=after_s)
    assert (soon(when, NOON), clock(when, NOON)) == (away, told)
