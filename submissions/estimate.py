"""When what waits should begin and end: arithmetic alone, on seconds from now.

An expectation, not a promise: it takes each run to last as long as its like did, and nothing to be added.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from leaderboard.record import Took

FEWEST = 3
"""Finished runs from which their median is believed over the plan's expectation."""

Kind = tuple[str, str, str]
"""Hardware, task, protocol: runs of one kind last about as long as each other."""


class Job(NamedTuple):
    """One that waits."""

    id: str
    seq: int
    """Rises in the order of submitting."""
    seconds: float
    """How long it should last."""


class Free(NamedTuple):
    """A runner that will take work."""

    free_in_s: float
    """0: it waits for some."""
    hardware: tuple[str, ...]


class Span(NamedTuple):
    """Seconds from now."""

    begins_s: float
    ends_s: float


def typical(took: Iterable[Took], fewest: int = FEWEST) -> dict[Kind, float]:
    """The median seconds of each kind that has enough finished runs."""
    seconds: defaultdict[Kind, list[float]] = defaultdict(list)
    for one in took:
        seconds[one.hardware, one.task, one.protocol].append(one.seconds)
    return {kind: median(found) for kind, found in seconds.items() if len(found) >= fewest}


def expected_s(known: Mapping[Kind, float], kind: Kind, planned_s: float) -> tuple[float, bool]:
    """How long a run should last, and whether history says so (else its plan does)."""
    found = known.get(kind)
    return (planned_s, False) if found is None else (found, True)


def schedule(lines: Mapping[str, Sequence[Job]], runners: Iterable[Free]) -> dict[str, Span]:
    """When each submission begins and ends, by id; those that no runner will take are left out.

    A runner that is free takes what a claim would give it: of the first in the lines of its classes the one
    that was submitted first.

    Args:
        lines: hardware class → its line, in the order of claims.
        runners: those that will take work.
    """
    waiting = {hardware: deque(line) for hardware, line in lines.items() if line}
    free = [(max(runner.free_in_s, 0.0), place, runner) for place, runner in enumerate(runners)]
    heapq.heapify(free)
    spans: dict[str, Span] = {}
    while free and waiting:
        at_s, place, runner = heapq.heappop(free)
        offered = [hardware for hardware in runner.hardware if hardware in waiting]
        if not offered:
            continue
        taken = min(offered, key=lambda hardware: waiting[hardware][0].seq)
        job = waiting[taken].popleft()
        if not waiting[taken]:
            del waiting[taken]
        spans[job.id] = Span(at_s, at_s + job.seconds)
        heapq.heappush(free, (at_s + job.seconds, place, runner))
    return spans


def remaining_s(
    expected: float, elapsed_s: float, told_s: float | None = None, told_ago_s: float = 0.0
) -> float:
    """What is left of a run: what its runner told less the time since; else the expected less the past."""
    if told_s is not None:
        return max(told_s - told_ago_s, 0.0)
    return max(expected - elapsed_s, 0.0)
