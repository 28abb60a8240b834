"""Groups: filled when others are likely to come, and never waited for when not."""

from __future__ import annotations

import threading
from collections.abc import Callable

from leaderboard.record.gathering import PATIENCE_S, Gathering


class Moment:
    """Stands for the wait: what happens while it lasts, and how long it would have been."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], object] = lambda: None
        self.asked: list[float] = []

    def __call__(self, changed: threading.Condition, seconds: float) -> None:
        self.asked.append(seconds)
        changed.release()
        self.meanwhile()
        changed.acquire()


def gathering(most: int = 100) -> tuple[Gathering[int], Moment]:
    moment = Moment()
    return Gathering(most, moment), moment


def put(line: Gathering[int], *ones: int) -> None:
    for one in ones:
        assert line.put(one)


def serve(line: Gathering[int], patience_s: float = 1.0) -> list[int]:
    """Take a group, and be about to answer it."""
    group = line.take(patience_s)
    line.expect_back(len(group))
    return group


def test_who_is_alone_is_never_kept_waiting() -> None:
    line, moment = gathering()
    for one in range(5):
        put(line, one)
        assert serve(line) == [one]
    assert moment.asked == []


def test_who_is_back_before_the_next_group_is_taken_is_counted_once() -> None:
    line, moment = gathering()
    put(line, 1, 2)
    assert serve(line) == [1, 2]
    put(line, 1, 2)
    assert serve(line) == [1, 2]
    assert moment.asked == []


def test_those_who_were_answered_are_waited_for() -> None:
    line, moment = gathering()
    put(line, 1, 2, 3)
    assert serve(line) == [1, 2, 3]
    put(line, 4)
    moment.meanwhile = lambda: put(line, 5, 6)
    assert line.take(0.001) == [4, 5, 6]
    assert moment.asked == [0.001]


def test_a_group_that_is_whole_is_not_held_open() -> None:
    line, moment = gathering()
    put(line, 1, 2)
    assert serve(line) == [1, 2]
    put(line, 3, 4)
    assert line.take(1.0) == [3, 4]
    assert moment.asked == []


def test_who_came_while_others_were_served_counts_too() -> None:
    line, moment = gathering()
    put(line, 1)
    assert line.take(1.0) == [1]
    put(line, 2, 3, 4)
    line.expect_back(1)
    moment.meanwhile = lambda: put(line, 5)
    assert line.take(1.0) == [2, 3, 4, 5]
    assert len(moment.asked) == 1


def test_patience_ends() -> None:
    line, moment = gathering()
    put(line, 1, 2, 3)
    serve(line)
    put(line, 4)
    assert serve(line, 60.0) == [4]
    assert moment.asked == [PATIENCE_S]
    put(line, 5)
    assert serve(line, 60.0) == [5]  # of those who stayed away nobody is expected any more
    assert moment.asked == [PATIENCE_S]


def test_a_group_has_a_largest_size_and_keeps_the_order() -> None:
    line, moment = gathering(most=3)
    put(line, *range(7))
    assert [serve(line) for _ in range(2)] == [[0, 1, 2], [3, 4, 5]]
    assert len(line) == 1
    moment.meanwhile = lambda: put(line, 7, 8)
    assert line.take(1.0) == [6, 7, 8]


def test_closing_lets_nobody_in_and_everybody_out() -> None:
    line, moment = gathering(most=2)
    put(line, 1, 2, 3)
    line.close()
    assert not line.put(4)
    assert [line.take(1.0) for _ in range(3)] == [[1, 2], [3], []]
    assert moment.asked == []


def test_who_waits_for_the_first_is_woken_by_it_and_by_closing() -> None:
    line: Gathering[int] = Gathering(10)
    groups: list[list[int]] = []

    def work() -> None:
        while group := serve(line, 0.001):
            groups.append(group)

    thread = threading.Thread(target=work)
    thread.start()
    for one in range(100):
        put(line, one)
    line.close()
    thread.join(60)
    assert not thread.is_alive()
    assert [one for group in groups for one in group] == list(range(100))
