"""The parent of a run: opens the meter, starts the child, times its windows, and judges (METHOD §3)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from leaderboard import catalogue
from leaderboard.domain import Plan, Run, StarwattError, now
from runners.bench import sandbox
from runners.bench.journal import Journal
from runners.bench.meter import Meter
from runners.bench.preflight import check_plan
from runners.bench.process import Deadlines
from runners.bench.progress import Teller
from runners.bench.record import LOG, open_folder, write_run
from runners.bench.rig import Rig
from runners.bench.serving.options import Options, check_options
from runners.bench.shelf import RungShelf
from runners.bench.starts import Starts
from runners.bench.sweep import climb
from runners.fetch import Inputs, fetch


@dataclass(frozen=True)
class Settings:
    """How this machine runs a plan; nothing here changes a number."""

    cache: Path
    sandbox: sandbox.Mode = "auto"
    exclusive: bool = False
    """Whether whoever runs this machine vouches that nothing else uses its GPUs."""
    deadlines: Deadlines = field(default_factory=Deadlines)
    meter: Meter | None = None
    """Instead of the one the hardware calls for: a replay, in tests and rehearsals."""
    child: Sequence[str] | None = None
    """Instead of our own child: another program that speaks `wire`."""
    inputs: Callable[[Plan, Path], Inputs] = fetch
    wall: Callable[[], float] = time.time
    """The wall clock that the trace watches."""
    serving: Options = field(default_factory=Options)
    """How a served plan is put on."""


def bench(plan: Plan, out: Path, settings: Settings, teller: Teller) -> Run:
    """Measure a plan and write its folder: `log.txt`, `trace.parquet` and, last, `run.json`.

    The folder of a sweep that was ended in the middle is gone on with: its whole rungs stay.

    Returns:
        the run, whose findings may forbid a figure (`Run.valid`).

    Raises:
        BadInput: the plan is not of this catalogue or harness, or OUT cannot be used.
        Conflict: another run is measuring on the same GPU.
        Refused: an official run with an unpinned data set, no sandbox, or a model that must not be loaded.
        MeasurementFailed: the meter or the child gave no figure.
        Unavailable: the Hub or the disk.
    """
    task, hardware = check_plan(plan)
    check_options(settings.serving, plan, catalogue.protocol(plan.protocol))
    shelf = RungShelf.open(out, plan) if plan.ladder else None
    if shelf is None:
        open_folder(out)
    journal = Journal(out / LOG, teller.say, on=shelf is not None and shelf.resumed)
    try:
        if catalogue.protocol(plan.protocol).serving:
            from runners.bench.serving.rig import prepare

            return _measured(*prepare(plan, task, hardware, settings, journal, teller, out), out)
        rig = Rig(plan, task, hardware, settings, journal, teller)
        return _measured(rig, Starts(rig, plan), out) if shelf is None else climb(rig, shelf, out)
    except StarwattError as error:
        # The command line says it too; the log is what reaches the submitter.
        journal.note(f"{error.code}: {error}")
        raise
    finally:
        journal.close()


def _measured(rig: Rig, starts: Starts, out: Path) -> Run:
    """One measurement of the plan, from the meter's opening to the verdict."""
    started_at = now()
    with ExitStack() as stack:
        rig.ready(stack)
        starts.run()
        rig.machine.look_again()
    rig.trace.check()
    rig.progress.next()
    run = starts.assembled(started_at, rig.trace.samples)
    write_run(out, run, rig.trace.samples)
    return run
