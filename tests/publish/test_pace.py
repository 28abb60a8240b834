"""Waits that the Hub asked for, and our own count of commits, kept on a clock that nobody waits on."""

from __future__ import annotations

import pytest

from leaderboard.publish.hub import HubBusy
from leaderboard.publish.pace import COMMITS_PER_HOUR, HOUR_S, OwnLimit, Pace, Patience
from tests.publish.clocks import Clock

REPOSITORY = "starwatt/energy-ratings"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def patience(clock: Clock, pace: Pace | None = None, longest_wait_s: float = 120.0) -> Patience:
    return Patience(
        tries=3, longest_wait_s=longest_wait_s, sleep=clock.sleep, clock=clock, pace=pace or Pace()
    )


def test_a_repository_gets_a_hundred_commits_an_hour_and_then_the_next_hour(clock: Clock) -> None:
    waiting = patience(clock, longest_wait_s=2 * HOUR_S)
    started_s = clock.now_s
    made_s = []
    for _ in range(2 * COMMITS_PER_HOUR + 1):
        waiting.await_commit(REPOSITORY)
        made_s.append(clock.now_s - started_s)
        clock.sleep(1.0)
    assert made_s[COMMITS_PER_HOUR - 1] == COMMITS_PER_HOUR - 1
    assert made_s[COMMITS_PER_HOUR] == HOUR_S
    assert made_s[-1] == 2 * HOUR_S


def test_each_repository_has_its_own_count(clock: Clock) -> None:
    pace = Pace(commits_per_hour=1)
    patience(clock, pace).await_commit(REPOSITORY)
    patience(clock, pace).await_commit("starwatt/energy-runs")
    assert pace.before_a_commit_s(REPOSITORY, clock()) == HOUR_S


def test_a_long_wait_for_the_next_commit_is_left_to_the_next_publishing(clock: Clock) -> None:
    pace = Pace(commits_per_hour=1)
    patience(clock, pace).await_commit(REPOSITORY)
    before_s = clock.now_s
    with pytest.raises(OwnLimit, match="in 3600 s") as told:
        patience(clock, pace).await_commit(REPOSITORY)
    assert told.value.retry_after_s == HOUR_S and clock.now_s == before_s
    # Other repositories are not held up by it.
    assert pace.before_a_call_s(clock()) == 0


def test_a_wait_too_long_for_now_is_kept_by_the_next_publishing(clock: Clock) -> None:
    pace, calls = Pace(), []

    def busy() -> None:
        calls.append(clock.now_s)
        raise HubBusy("come back later", 600.0)

    with pytest.raises(HubBusy):
        patience(clock, pace).keep_trying(busy)
    clock.sleep(100.0)
    with pytest.raises(OwnLimit, match="in 500 s"):
        patience(clock, pace).keep_trying(busy)
    assert len(calls) == 1
    clock.sleep(400.0)
    assert patience(clock, pace).keep_trying(lambda: clock.now_s) == calls[0] + 600.0


def test_own_limits_inside_a_step_do_not_count_as_the_hubs(clock: Clock) -> None:
    pace = Pace(commits_per_hour=1)
    waiting = patience(clock, pace, longest_wait_s=60.0)
    waiting.await_commit(REPOSITORY)
    with pytest.raises(OwnLimit):
        waiting.keep_trying(lambda: waiting.await_commit(REPOSITORY))
    assert pace.before_a_call_s(clock()) == 0
