"""The trace: power and counter ten times a second, the boards' state once a second (METHOD §3.5).

It is also the run's watchman: a GPU that is lost, or a counter that stands still, is seen here within two
seconds, whatever the model is doing meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, TypeVar

from leaderboard.domain import NoReading
from leaderboard.judging.samples import EVERY_S, STATE_EVERY_S, STEP, Sample, State
from runners.bench.edges import SILENCE_S, Edge
from runners.bench.meter import Meter, Reading, Skipped

Foreign = Callable[[frozenset[int] | None], int | None]
"""How many of the processes on the GPUs are not the run's own."""
_Answer = TypeVar("_Answer")


class Trace:
    """Samples a meter and its boards from a thread of its own while the context is open."""

    def __init__(
        self,
        meter: Meter,
        state: Callable[[], State] | None = None,
        foreign: Foreign = lambda _: None,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            state: asks the boards, once a second; None where there are none.
            foreign: counts processes that are not the run's own.
            wall: the wall clock, whose steps are watched.
        """
        self._meter, self._state, self._foreign = meter, state, foreign
        self._wall, self._clock = wall, clock
        self._samples: list[Sample] = []
        self._steps: list[Sample] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="trace", daemon=True)
        self._zero_j: float | None = None
        self._counter_j: float | None = None
        self._moved_s = clock()
        self._lost: NoReading | None = None
        self.phase = "load"

    @property
    def samples(self) -> Sequence[Sample]:
        """All rows so far, in the order of their times."""
        return sorted([*self._samples, *self._steps], key=lambda sample: sample.time_s)

    def check(self) -> None:
        """Raise what the watchman saw.

        Raises:
            NoReading: the hardware is lost, or its counter stands still.
        """
        if self._lost is not None:
            raise NoReading(self._lost.message, self._lost.remedy)

    def keep(self, edge: Edge) -> None:
        """Write down the counter's own readings beside an edge, from which its energy was made."""
        for step in edge.steps:
            self._steps.append(Sample(step.time_s, STEP, counter_j=self._since_zero(step)))

    def _watch(self) -> None:
        due_s = state_due_s = self._clock()
        while not self._stop.wait(max(0.0, due_s - self._clock())):
            with_state = due_s >= state_due_s
            if not self.sample(with_state):
                return
            state_due_s += STATE_EVERY_S if with_state else 0.0
            # What was missed while this thread had to wait stays missing: no burst makes up for it.
            due_s = max(due_s + EVERY_S, self._clock())
            state_due_s = max(state_due_s, due_s - STATE_EVERY_S)

    def sample(self, with_state: bool) -> bool:
        """Take one sample, with the boards' state or without; False when the hardware is lost."""
        try:
            self._take(with_state)
        except NoReading as error:
            self._lost = error
            return False
        return True

    def _take(self, with_state: bool) -> None:
        power_w = _unless_skipped(self._meter.power_w)
        reading = _unless_skipped(self._meter.read) if self._meter.step_s > 0 else None
        now_s = self._clock()
        counter_j = None if reading is None else self._since_zero(reading)
        self._watch_counter(counter_j, now_s)
        if not with_state:
            self._samples.append(Sample(now_s, self.phase, power_w, counter_j))
            return
        state = (_unless_skipped(self._state) if self._state else None) or State()
        self._samples.append(
            Sample(
                now_s,
                self.phase,
                power_w,
                counter_j,
                state.temperature_c,
                state.sm_clock_mhz,
                state.memory_clock_mhz,
                state.reasons,
                self._foreign(state.processes),
                self._wall() + now_s - self._clock(),
            )
        )

    def _watch_counter(self, counter_j: float | None, now_s: float) -> None:
        if self._meter.step_s <= 0:
            return
        if counter_j is not None and counter_j != self._counter_j:
            self._counter_j, self._moved_s = counter_j, now_s
        if now_s - self._moved_s > SILENCE_S:
            raise NoReading(
                f"{self._meter.name} has given no new reading for {SILENCE_S:g} s.",
                "The GPU, its driver or its counter hangs: look at the driver's log and measure again.",
            )

    def _since_zero(self, reading: Reading) -> float:
        total = sum(reading.energy_j)
        if self._zero_j is None:
            self._zero_j = total
        return total - self._zero_j

    def __enter__(self) -> Self:
        self._moved_s = self._clock()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()


def _unless_skipped(ask: Callable[[], _Answer]) -> _Answer | None:
    """An answer; None where just this one was refused."""
    try:
        return ask()
    except Skipped:
        return None
