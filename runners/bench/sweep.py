"""A sweep: every rung of the ladder measured as a run of its own, one after the other (METHOD §2).

Memory that ends, a precision that the model has not, a process that fails: each ends the ladder of its
precision, with its cause, and the others go on. What the hardware cannot tell ends the sweep; its rungs stay
in the folder, and the same plan goes on from there.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

from leaderboard.domain import (
    BrokenRung,
    ChildFailed,
    MeasurementFailed,
    NoReading,
    Precision,
    QualityResult,
    Refused,
    Run,
    SweepRung,
    now,
    rung_of,
    rung_plan,
    sweep_run,
)
from leaderboard.domain.sweeps import Cause
from leaderboard.judging.samples import Sample
from runners.bench import weights
from runners.bench.environment import read_environment
from runners.bench.record import write_run
from runners.bench.rig import Rig
from runners.bench.shelf import RungShelf
from runners.bench.starts import Starts


def climb(rig: Rig, shelf: RungShelf, out: Path) -> Run:
    """Measure what is missing of a sweep, and write its folder.

    Raises:
        MeasurementFailed: no rung has a figure.
        NoReading: the meter gave nothing usable; what was measured is kept.
    """
    sweep = _Sweep(rig, shelf)
    sweep.take_up()
    if sweep.due:
        with ExitStack() as stack:
            rig.ready(stack)
            sweep.measure()
    run = sweep.whole()
    write_run(out, run, sweep.samples)
    shelf.clear()
    return run


class _Sweep:
    """The rungs so far."""

    def __init__(self, rig: Rig, shelf: RungShelf) -> None:
        assert rig.plan.ladder is not None
        self._rig, self._shelf = rig, shelf
        self._plan, self._ladder = rig.plan, rig.plan.ladder
        self._runs: dict[tuple[Precision, int], Run] = {}
        self._samples: dict[tuple[Precision, int], list[Sample]] = {}
        self._broken: dict[Precision, BrokenRung] = {}

    def take_up(self) -> None:
        """What an earlier session left."""
        rig = self._rig
        sandboxed = "bubblewrap, no network" if rig.sandboxed else "none"
        here = read_environment(self._plan.device, rig.meter.name, sandboxed, None, rig.machine)
        for precision, batch in self._ladder.rungs:
            if found := self._shelf.measured(precision, batch, here):
                self._runs[precision, batch], self._samples[precision, batch] = found
                rig.journal.say(f"{_words(precision, batch)}: measured before, and intact.")
            elif broken := self._shelf.broken(precision, batch):
                self._broken[precision] = broken
                rig.journal.say(f"{broken.words}: found out before: {broken.message}")
        due = {_words(*rung) for rung in self.due}
        rig.progress.leave({_words(*rung) for rung in self._ladder.rungs} - due)

    @property
    def due(self) -> list[tuple[Precision, int]]:
        """Rungs of which nothing is known yet, in their order; none above where a ladder ended."""
        return [
            (precision, batch)
            for precision, batch in self._ladder.rungs
            if (precision, batch) not in self._runs
            and not (precision in self._broken and batch >= self._broken[precision].batch)
        ]

    def measure(self) -> None:
        """Rung after rung."""
        # A model that must not be loaded at all is no matter of a rung.
        self._rig.fetch()
        while self.due:
            precision, batch = self.due[0]
            try:
                self._measure(precision, batch)
            except (Refused, MeasurementFailed) as error:
                self._end(precision, batch, error)

    def _measure(self, precision: Precision, batch: int) -> None:
        rig, plan = self._rig, rung_plan(self._plan, precision, batch)
        words = _words(precision, batch)
        rig.journal.say(f"{words}.")
        weights.check_precision(rig.weights, precision)
        began_s, started_at = time.monotonic(), now()
        starts = Starts(rig, plan, batch)
        quality = self._quality(precision)
        starts.run(scored=quality is None)
        rig.machine.look_again()
        rig.trace.check()
        samples = [sample._replace(rung=words) for sample in rig.trace.samples if sample.time_s >= began_s]
        run = starts.assembled(started_at, samples, quality)
        self._shelf.keep(run, batch, samples)
        self._runs[precision, batch], self._samples[precision, batch] = run, samples

    def _quality(self, precision: Precision) -> QualityResult | None:
        """As the smallest batch of the precision scored it: a batch changes no answer."""
        first = self._runs.get((precision, self._ladder.batches[0]))
        return None if first is None else first.quality

    def _end(self, precision: Precision, batch: int, error: Refused | MeasurementFailed) -> None:
        """The ladder of a precision ends here, unless it is the machine that failed.

        Raises:
            NoReading: it is.
        """
        rig = self._rig
        if isinstance(error, NoReading):
            raise error
        rig.trace.check()
        rig.machine.look_again()
        broken = BrokenRung(
            precision=precision, batch=batch, cause=_cause(error), message=error.message, remedy=error.remedy
        )
        self._broken[precision] = broken
        self._shelf.keep_broken(broken)
        rig.journal.say(f"{broken.words}: no figure ({broken.cause}). {error}")
        rig.progress.leave({_words(precision, each) for each in self._ladder.batches if each >= batch})

    def whole(self) -> Run:
        """The sweep as one run.

        Raises:
            MeasurementFailed: no rung has a figure.
        """
        broken = [self._broken[each] for each in self._ladder.precisions if each in self._broken]
        rungs = [rung_of(self._runs[rung], rung[1]) for rung in self._ladder.rungs if rung in self._runs]
        if not rungs:
            why = " ".join(f"{one.words}: {one.message}" for one in broken)
            raise MeasurementFailed(f"No rung of the sweep has a figure. {why}", broken[0].remedy)
        run = sweep_run(next(iter(self._runs.values())), self._plan, rungs, broken)
        self._rig.journal.say(_summary(rungs, broken))
        return run

    @property
    def samples(self) -> list[Sample]:
        """Of every rung, one rung after the other."""
        return [
            sample for rung in self._ladder.rungs if rung in self._samples for sample in self._samples[rung]
        ]


def _cause(error: Refused | MeasurementFailed) -> Cause:
    if isinstance(error, Refused):
        return "precision"
    return "out-of-memory" if isinstance(error, ChildFailed) and error.out_of_memory else "child"


def _summary(rungs: list[SweepRung], broken: list[BrokenRung]) -> str:
    best = min(rungs, key=lambda rung: rung.energy_per_query_j)
    ends = "".join(f" {one.words} has none ({one.cause})." for one in broken)
    return f"{len(rungs)} rungs; the least is {best.energy_per_query_j:.4g} J per query, {best.words}.{ends}"


def _words(precision: Precision, batch: int) -> str:
    return f"batch {batch} · {precision}"
