"""A run folder judged again, by the record alone: what `python -m runners verify OUT/` does (METHOD §3.6)."""

from __future__ import annotations

import math
from pathlib import Path

from leaderboard import catalogue
from leaderboard.domain import BadFile, Finding, Run, Window, failed, passed
from leaderboard.rating.aggregate import aggregate
from runners.bench.judge import judge
from runners.bench.record import RUN, TRACE, read_run_file
from runners.bench.trace import Sample, read_trace

_TOLERANCE = 1e-9
"""Relative; the figure is arithmetic on the windows and nothing else."""


def verify(folder: Path) -> tuple[Run, list[Finding]]:
    """The run, and every check: those of the record made again, those only the harness could make as told.

    Raises:
        BadFile: no `run.json` there, or not readable.
        WrongSchema: not a run record, or of another version.
        UnknownName: the run is of a task or hardware class that this catalogue does not have.
    """
    run = read_run_file(folder / RUN)
    task, hardware = catalogue.task(run.plan.task), catalogue.hardware(run.plan.hardware)
    again = judge(run, task, hardware, catalogue.profile(run.plan.profile.id))
    again += [_figures(run, task.phases), _catalogue(run), _trace(run, folder / TRACE)]
    made = {finding.name for finding in again}
    return run, again + [finding for finding in run.findings if finding.name not in made]


def _figures(run: Run, phases: tuple[str, ...]) -> Finding:
    total = aggregate(run.windows, phases)
    pairs = {
        "energy_per_query_j": (run.energy_per_query_j, total.energy_per_query_j),
        "repeatability_j": (run.repeatability_j, total.repeatability_j),
        "latency_s": (run.latency_s, total.seconds_per_query),
    }
    wrong = [
        name
        for name, (told, found) in pairs.items()
        if told is not None and not math.isclose(told, found, rel_tol=_TOLERANCE, abs_tol=1e-15)
    ]
    if wrong:
        return failed(
            "figures-follow-from-windows",
            f"{', '.join(wrong)} cannot have come from the windows in the record.",
            "Measure again: the record was changed, or its harness was.",
            recomputed={name: pairs[name][1] for name in wrong},
        )
    return passed("figures-follow-from-windows", "The figures are those of the windows.")


def _catalogue(run: Run) -> Finding:
    if run.plan.task_hash != catalogue.task_hash(run.plan.task):
        return failed(
            "task-as-catalogued",
            f"The run's {run.plan.task} is not this catalogue's: its content hash differs.",
            "Compare it only with runs of the same task.",
        )
    return passed("task-as-catalogued", "The task is this catalogue's.")


def _trace(run: Run, path: Path) -> Finding:
    """The trace is whole, and has samples in every window long enough to hold some."""
    try:
        samples = read_trace(path)
    except (OSError, ValueError, KeyError) as error:
        raise BadFile(
            f"{path.name} cannot be read ({type(error).__name__}).", "Fetch the run folder again."
        ) from error
    empty = [window for window in run.windows if window.seconds >= 1 and not _inside(samples, window)]
    if empty:
        return failed(
            "trace-covers-windows",
            f"{len(empty)} of {len(run.windows)} windows have no sample in the power trace.",
            "Measure again.",
        )
    return passed("trace-covers-windows", f"The power trace has {len(samples)} samples.")


def _inside(samples: list[Sample], window: Window) -> bool:
    return any(window.start_s <= sample.time_s <= window.end_s for sample in samples)
