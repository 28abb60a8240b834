"""The checks of a finished run, each a Finding (METHOD §3), made from its record and its trace alone.

Pure: so the harness makes them when it has measured, `python -m runners verify` makes them again from a
run's folder, and the Space from a bundle that somebody hands in. What only the running harness could
see stands in the record as it was told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from leaderboard.domain import Device, Finding, HardwareClass, Outcome, Profile, Run, Severity, Task
from leaderboard.judging.boards import of_environment
from leaderboard.judging.conditions import conditions
from leaderboard.judging.numbers import numbers
from leaderboard.judging.samples import Sample
from leaderboard.judging.serving import serving
from leaderboard.judging.traced import of_trace

__all__ = ["TOLD", "judge", "verdict"]

TOLD = ("counter-rises", "idle-as-usual", "boards-unchanged")
"""Checks that only the harness can make: of a moment before or after, or of its machine's history."""


def judge(
    run: Run, samples: Sequence[Sample], task: Task, hardware: HardwareClass, profile: Profile
) -> list[Finding]:
    """Every check that record and trace decide, in the order people read them.

    Args:
        profile: the catalogue's profile of the plan's name, to which the plan's own is held.
    """
    # A replay has no boards to look at, whatever class it stands for.
    boards = bool(run.environment.boards)
    return [
        *numbers(run, task, hardware),
        *serving(run, task),
        *of_environment(run.environment, hardware),
        *of_trace(run, samples, boards=boards, counter=boards and hardware.device is Device.CUDA),
        *conditions(run, task, hardware, profile),
    ]


def verdict(findings: Sequence[Finding]) -> str:
    """Findings in one line: how many passed, were flagged, rejected, or could not be verified; notes only
    where there are some."""
    count = {outcome: sum(finding.outcome is outcome for finding in findings) for outcome in Outcome}
    failed = Counter(finding.severity for finding in findings if finding.outcome is Outcome.FAILED)
    noted = f", {failed[Severity.NOTE]} noted" if failed[Severity.NOTE] else ""
    return (
        f"{count[Outcome.PASSED]} checks passed, {failed[Severity.FLAG]} flagged, "
        f"{failed[Severity.REJECT]} reject, {count[Outcome.UNVERIFIABLE]} not verifiable{noted}"
    )
