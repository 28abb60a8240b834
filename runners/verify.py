"""A run folder judged again from record and raw samples: `python -m runners verify OUT/` (METHOD §3.6)."""

from __future__ import annotations

from pathlib import Path

from leaderboard.domain import BadFile, Finding, Run
from leaderboard.judging.again import judge_again
from leaderboard.judging.samples import Sample, read_trace
from runners.bench.record import RUN, TRACE, read_run_file


def verify(folder: Path) -> tuple[Run, list[Finding]]:
    """The run, and every check: made again from record and trace, or as told where only the harness could.

    Raises:
        BadFile: no `run.json` or no trace there, or not readable.
        WrongSchema: not a run record, or of another version.
        UnknownName: the run is of a task or hardware class that this catalogue does not have.
    """
    run = read_run_file(folder / RUN)
    return run, judge_again(run, _samples(folder / TRACE))


def _samples(path: Path) -> list[Sample]:
    try:
        return read_trace(path)
    except (OSError, ValueError, KeyError) as error:
        raise BadFile(
            f"The trace {path} cannot be read ({type(error).__name__}): it is missing or damaged.",
            "Without its raw samples a run cannot be judged again: measure again.",
        ) from error
