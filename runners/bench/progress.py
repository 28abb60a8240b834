"""How far a run has come, told three ways: a bar on a terminal, plain lines, or JSON lines for a worker."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal, Protocol, TextIO

from leaderboard.domain import Plan, StarwattError, Task

Style = Literal["bar", "json"]
LOAD_S = 8.0
"""A process start: imports and weights, until the first one has shown how long it takes."""
QUALITY_S = 5.0
"""Labelled rows, one by one; how long a row takes is not known before."""
WINDOW_OVERRUN = 1.1
"""A window is whole passes, so it ends after its least length."""


@dataclass
class Step:
    """One step of the run; steps of one `kind` take about as long as each other."""

    kind: str
    label: str
    expected_s: float
    part: str = ""
    """The rung of a sweep that it belongs to, in words."""


def steps_of(plan: Plan, task: Task, sees_idle: bool) -> list[Step]:
    """The steps of a plan with what they should take, seconds."""
    steps = [Step("idle", "idle baseline", plan.profile.idle_s)] if sees_idle else []
    if plan.ladder is None:
        return [*steps, *_starts_of(plan, task, "", scored=True)]
    for precision, batch in plan.ladder.rungs:
        first = batch == plan.ladder.batches[0]
        steps += _starts_of(plan, task, f"batch {batch} · {precision}", scored=first)
    return steps


def _starts_of(plan: Plan, task: Task, rung: str, *, scored: bool) -> list[Step]:
    """The steps of one measurement."""
    profile = plan.profile
    slices = 1 if profile.warmup_tolerance is None else 3
    steps: list[Step] = []
    for number in range(1, profile.starts + 1):
        where = f"{rung}: " if rung else ""
        where += f"start {number} of {profile.starts}: " if profile.starts > 1 else ""
        steps.append(Step("load", f"{where}loading the model", LOAD_S))
        steps.append(Step("warm-up", f"{where}warming up", slices * profile.warmup_slice_s))
        for phase in task.phases:
            for window in range(1, profile.windows + 1):
                label = f"{where}{phase}, window {window} of {profile.windows}"
                steps.append(Step(phase, label, WINDOW_OVERRUN * profile.window_s))
        for phase in task.metered:
            steps.append(Step(phase, f"{where}{phase}, to explain", WINDOW_OVERRUN * profile.window_s))
    if scored:
        steps.append(Step("quality", f"{rung}: scoring the answers".removeprefix(": "), QUALITY_S))
    for step in steps:
        step.part = rung
    return steps


class Teller(Protocol):
    """Shows progress somewhere."""

    def step(self, fraction: float, message: str, remaining_s: float) -> None: ...
    def tick(self, fraction: float, message: str, remaining_s: float) -> None: ...
    def say(self, text: str) -> None: ...
    def failed(self, error: StarwattError) -> None: ...
    def close(self) -> None: ...


class Progress:
    """Walks through the steps; what a step really took corrects the rest of its kind."""

    def __init__(
        self, steps: list[Step], teller: Teller, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._steps, self._teller, self._clock = steps, teller, clock
        self._began = self._step_began = clock()
        self._at = -1
        self._furthest = 0.0

    def next(self) -> None:
        """The step before is over; the next one begins."""
        now = self._clock()
        if self._at >= 0:
            done = self._steps[self._at]
            took = now - self._step_began
            for step in self._steps[self._at :]:
                if step.kind == done.kind:
                    step.expected_s = took
        self._at += 1
        self._step_began = now
        if self._at < len(self._steps):
            self._teller.step(*self._now())

    def leave(self, parts: Collection[str]) -> None:
        """What is left of these parts will not be done."""
        done, due = self._steps[: self._at + 1], self._steps[self._at + 1 :]
        self._steps = [*done, *(step for step in due if step.part not in parts)]

    def tick(self) -> None:
        """Time has passed inside a step."""
        if 0 <= self._at < len(self._steps):
            self._teller.tick(*self._now())

    def _now(self) -> tuple[float, str, float]:
        now = self._clock()
        inside = self._steps[self._at].expected_s - (now - self._step_began)
        remaining = max(0.0, inside) + sum(step.expected_s for step in self._steps[self._at + 1 :])
        elapsed = now - self._began
        fraction = elapsed / (elapsed + remaining) if elapsed + remaining > 0 else 0.0
        # A step that takes longer than expected makes the rest longer too; a bar does not run backwards.
        self._furthest = max(self._furthest, min(fraction, 0.99))
        return self._furthest, self._steps[self._at].label, remaining


class BarTeller:
    """A tqdm bar on a terminal, plain lines anywhere else."""

    def __init__(self, stream: TextIO | None = None) -> None:
        from tqdm import tqdm

        self._stream = stream or sys.stderr
        self._bar = (
            tqdm(total=100, file=self._stream, bar_format="{l_bar}{bar}| {elapsed}{postfix}", leave=True)
            if self._stream.isatty()
            else None
        )

    def step(self, fraction: float, message: str, remaining_s: float) -> None:
        if self._bar is None:
            self.say(f"{fraction:4.0%}  {message}, about {remaining_s:.0f} s left")
        else:
            self.tick(fraction, message, remaining_s)

    def tick(self, fraction: float, message: str, remaining_s: float) -> None:
        if self._bar is not None:
            self._bar.n = round(100 * fraction)
            self._bar.set_postfix_str(f"{remaining_s:.0f} s left, {message}", refresh=True)

    def say(self, text: str) -> None:
        if self._bar is None:
            self._stream.write(text + "\n")
            self._stream.flush()
        else:
            self._bar.write(text, file=self._stream)

    def failed(self, error: StarwattError) -> None:
        """The command line says it, in one line."""

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class JsonTeller:
    """JSON lines for a worker: `{"fraction", "message", "remaining_s"}`, and `{"failed": …}` at the end."""

    EVERY_S = 0.5

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream or sys.stdout, clock
        self._told = -self.EVERY_S

    def step(self, fraction: float, message: str, remaining_s: float) -> None:
        self._told = self._clock()
        self._write({"fraction": fraction, "message": message, "remaining_s": remaining_s})

    def tick(self, fraction: float, message: str, remaining_s: float) -> None:
        if self._clock() - self._told >= self.EVERY_S:
            self.step(fraction, message, remaining_s)

    def say(self, text: str) -> None:
        """Said in the log, which the worker reads."""

    def failed(self, error: StarwattError) -> None:
        self._write({"failed": {"code": error.code, "message": error.message, "remedy": error.remedy}})

    def close(self) -> None:
        """Nothing is held."""

    def _write(self, document: object) -> None:
        self._stream.write(json.dumps(document) + "\n")
        self._stream.flush()
