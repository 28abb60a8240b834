"""Times as people say them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from leaderboard.board.render import brief, soon
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
    ("after_s", "words"),
    [
        (0.2, "12:00 UTC, now"),
        (200, "12:03 UTC, in 3 min"),
        (-8, "11:59 UTC, 8 s ago"),
        (26 * 3600, "11-03 14:00 UTC, in 26 h"),
    ],
)
def test_a_time_near_another(after_s: float, words: str) -> None:
    assert soon(NOON + timedelta(seconds=after_s), NOON) == words


def test_no_time_is_said_to_be_none() -> None:
    assert soon(None, NOON) == "–"
