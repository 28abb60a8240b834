from __future__ import annotations

import io
import json

from leaderboard import catalogue
from leaderboard.domain import BadInput
from runners.bench.progress import BarTeller, JsonTeller, Progress, Step, steps_of
from tests.runners.conftest import Listener, make_plan


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_plan_has_a_step_for_everything_that_takes_time() -> None:
    task = catalogue.task("sentence-similarity")
    quick = make_plan(profile=catalogue.profile("quick"))
    kinds = [step.kind for step in steps_of(quick, task, sees_idle=False)]
    assert kinds == ["load", "warm-up", *["preprocess"] * 3, *["forward"] * 3, "quality"]
    writing = [step.kind for step in steps_of(quick, catalogue.task("summarization"), sees_idle=False)]
    assert writing[-4:] == ["generate", "generate", "prefill", "quality"]
    official = make_plan(profile=catalogue.profile("official"))
    steps = steps_of(official, task, sees_idle=True)
    assert [step.kind for step in steps].count("load") == 2
    assert steps[0].kind == "idle"
    assert "start 2 of 2" in steps[-2].label
    assert sum(step.expected_s for step in steps) > 12 * 60


def test_what_a_step_took_corrects_the_rest_of_its_kind() -> None:
    clock, listener = Clock(), Listener()
    steps = [Step("load", "loading", 10), Step("w", "one", 1), Step("w", "two", 1), Step("w", "three", 1)]
    progress = Progress(steps, listener, clock)
    progress.tick()
    progress.next()
    assert listener.steps[-1] == (0.0, "loading", 13.0)
    clock.now += 5
    progress.next()
    assert listener.steps[-1][2] == 3.0
    clock.now += 5
    progress.next()
    # The first window took five seconds, so each of the two that are left is expected to.
    assert listener.steps[-1] == (0.625, "two", 10.0)
    clock.now += 100
    progress.tick()
    progress.next()
    fractions = [fraction for fraction, _, _ in listener.steps]
    assert fractions == sorted(fractions)
    assert max(fractions) <= 0.99
    progress.next()
    progress.tick()
    assert listener.ticks == 1


def test_a_worker_reads_json_lines_and_not_too_many() -> None:
    clock, stream = Clock(), io.StringIO()
    teller = JsonTeller(stream, clock)
    teller.step(0.1, "loading", 9.0)
    for _ in range(10):
        clock.now += 0.2
        teller.tick(0.2, "loading", 8.0)
    teller.say("not for the worker")
    teller.failed(BadInput("What.", "How."))
    teller.close()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert lines[0] == {"fraction": 0.1, "message": "loading", "remaining_s": 9.0}
    assert len(lines) == 1 + 3 + 1
    assert lines[-1] == {"failed": {"code": "bad_input", "message": "What.", "remedy": "How."}}


def test_without_a_terminal_there_are_plain_lines() -> None:
    stream = io.StringIO()
    teller = BarTeller(stream)
    teller.step(0.25, "window 1 of 3", 12.4)
    teller.tick(0.3, "window 1 of 3", 11.0)
    teller.say("Idle: 3.0 W.")
    teller.close()
    assert stream.getvalue().splitlines() == [" 25%  window 1 of 3, about 12 s left", "Idle: 3.0 W."]


def test_on_a_terminal_there_is_a_bar() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    teller = BarTeller(stream)
    teller.step(0.5, "window 2 of 3", 7.0)
    teller.say("Idle: 3.0 W.")
    teller.failed(BadInput("What.", "How."))
    teller.close()
    shown = stream.getvalue()
    assert "50%" in shown
    assert "window 2 of 3" in shown
    assert "Idle: 3.0 W." in shown
    assert "How." not in shown
