"""When the line's turn comes: properties of the arithmetic, whatever waits and whoever runs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from leaderboard.record import Took
from submissions.estimate import Free, Job, expected_s, remaining_s, schedule, typical

CLASSES = ("cpu", "t4-16gb", "h100-sxm-80gb")
seconds = some.floats(0, 1e5, allow_nan=False)
runners = some.lists(
    some.builds(Free, seconds, some.lists(some.sampled_from(CLASSES), unique=True).map(tuple)), max_size=5
)


@some.composite
def lines(draw: some.DrawFn) -> dict[str, list[Job]]:
    wanted = draw(some.lists(some.tuples(some.sampled_from(CLASSES), seconds), max_size=20))
    made: dict[str, list[Job]] = {}
    for seq, (hardware, duration_s) in enumerate(wanted):
        made.setdefault(hardware, []).append(Job(str(seq), seq, duration_s))
    return made


@given(lines(), runners)
def test_each_runs_once_for_its_time_in_the_order_of_its_line(
    waiting: dict[str, list[Job]], free: list[Free]
) -> None:
    spans = schedule(waiting, free)
    at_hand = {hardware for runner in free for hardware in runner.hardware}
    for hardware, line in waiting.items():
        begins = [spans[job.id].begins_s for job in line if job.id in spans]
        assert len(begins) == (len(line) if hardware in at_hand else 0)
        assert begins == sorted(begins)
        for job in line:
            if job.id in spans:
                assert spans[job.id].ends_s == spans[job.id].begins_s + job.seconds


@given(lines(), runners)
def test_no_more_run_at_once_than_there_are_runners_that_can(
    waiting: dict[str, list[Job]], free: list[Free]
) -> None:
    spans = schedule(waiting, free)
    for hardware in CLASSES:
        able = [runner for runner in free if hardware in runner.hardware]
        mine = [spans[job.id] for job in waiting.get(hardware, []) if job.id in spans]
        for span in mine:
            assert span.begins_s >= min(max(runner.free_in_s, 0) for runner in able)
            middle = (span.begins_s + span.ends_s) / 2
            assert sum(one.begins_s < middle < one.ends_s for one in mine) <= len(able)


@given(lines(), runners, seconds)
def test_what_comes_behind_delays_nobody_in_its_own_line(
    waiting: dict[str, list[Job]], free: list[Free], longer_s: float
) -> None:
    before = schedule(waiting, free)
    newest = {hardware: [*line] for hardware, line in waiting.items()}
    newest.setdefault("cpu", []).append(Job("new", 10**6, longer_s))
    after = schedule(newest, free)
    for job in waiting.get("cpu", []):
        assert before.get(job.id) == after.get(job.id)


@given(some.lists(seconds, max_size=20), some.lists(seconds, min_size=1, max_size=4), seconds)
def test_one_more_runner_of_a_class_makes_nobody_later(
    durations: list[float], free: list[float], another: float
) -> None:
    line = {"cpu": [Job(str(place), place, duration_s) for place, duration_s in enumerate(durations)]}
    few = [Free(one, ("cpu",)) for one in free]
    before, after = schedule(line, few), schedule(line, [*few, Free(another, ("cpu",))])
    for id, span in before.items():
        assert after[id].begins_s <= span.begins_s + 1e-6 * (1 + span.begins_s)


def test_a_runner_with_two_classes_takes_the_older_first() -> None:
    waiting = {"cpu": [Job("b", 2, 10.0)], "t4-16gb": [Job("a", 1, 5.0)]}
    spans = schedule(waiting, [Free(3.0, ("cpu", "t4-16gb"))])
    assert spans == {"a": (3.0, 8.0), "b": (8.0, 18.0)}


def test_history_speaks_once_there_are_three() -> None:
    kind = ("cpu", "t", "offline-b1")
    took = [Took(*kind, one) for one in (30.0, 10.0)]
    assert typical(took) == {}
    known = typical([*took, Took(*kind, 11.0), Took("cpu", "other", "offline-b1", 1.0)])
    assert known == {kind: 11.0}
    assert expected_s(known, kind, 99.0) == (11.0, True)
    assert expected_s(known, ("cpu", "other", "offline-b1"), 99.0) == (99.0, False)


@given(seconds, seconds, some.none() | seconds, seconds)
def test_nothing_is_left_less_than_no_time(
    expected: float, elapsed_s: float, told_s: float | None, ago_s: float
) -> None:
    left = remaining_s(expected, elapsed_s, told_s, ago_s)
    assert 0 <= left <= (expected if told_s is None else told_s)
