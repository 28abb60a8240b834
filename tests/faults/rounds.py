"""How often each fault is tried: a little in `make test`, in full by `make faults`.

`FAULT_ROUNDS=full` is what `make faults` sets; `FAULT_ROUNDS=30` tries every row thirty times.
"""

from __future__ import annotations

import os
from typing import NamedTuple

GIVEN = os.environ.get("FAULT_ROUNDS", "")
FULL = bool(GIVEN)
"""Whether this is the long run, whose report is wanted and whose seconds are judged."""


class Row(NamedTuple):
    """One fault."""

    what: str
    small: int
    full: int
    target: str


ROWS = {
    "fleet": Row(
        "kill -9 of Space, worker, bench", 3, 200, "0 lost, 0 doubled, 0 torn, the Space back in < 2 s"
    ),
    "space": Row("kill -9 of a Space that takes submissions", 1, 40, "each acknowledged one there, once"),
    "bench": Row("kill -9 of a run, parent or child", 4, 60, "none looks finished that is not"),
    "stopped": Row("worker stopped past its lease, then continued", 2, 100, "every write refused"),
    "slurm": Row("kill slurmctld, slurmd, slurmstepd", 1, 5, "none rated twice; jobs survive the controller"),
    "disk": Row("disk full", 1, 20, "every acknowledged row kept, a clear message, goes on"),
    "jobs": Row("jobs API at 30 % faults, lost replies included", 20, 200, "one job per attempt"),
    "publishing": Row("publishing to a Hub at 30 % faults", 10, 200, "no row lost, none doubled"),
    "partition": Row(
        "line between worker and Space cut, seconds", 120, 120, "goes on; handed in within 30 s of healing"
    ),
    "clocks": Row("clocks that step by up to an hour", 2, 50, "0 wrong expiries"),
    "operations": Row(
        "100 random operations of 8 clients, in turn", 3, 1000, "0 double claims, every invariant holds"
    ),
    "crowd": Row("100 random operations of 8 clients, at once", 4, 1000, "0 double claims"),
}


def rounds(row: str) -> int:
    """How often to try a row's fault now."""
    if not GIVEN:
        return ROWS[row].small
    return ROWS[row].full if GIVEN == "full" else int(GIVEN)
