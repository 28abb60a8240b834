"""One way of reading a GPU's energy, as a process: `python bench/readers/energy.py ours|zeus|codecarbon`.

It is told windows, one JSON line each, and answers what it read and between which moments (CLOCK_MONOTONIC).
"""

from __future__ import annotations

import json
import logging
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

LEAD_S = 0.25
"""How long before the first edge the counter may be watched: the longest step that windows are made for."""


class Asked(NamedTuple):
    """A window to read."""

    isolated: bool
    """Whether the load is on inside the window only."""
    start_s: float
    end_s: float


class Read(NamedTuple):
    """What was read."""

    start_s: float
    end_s: float
    energy_j: float


Reader = Callable[[Asked], Read]


def until(moment_s: float, meanwhile: Callable[[], None] | None = None) -> None:
    """Wait; the last part of it looking at the clock alone."""
    while (left := moment_s - time.monotonic()) > 0:
        if meanwhile is not None:
            meanwhile()
        elif left > 0.002:
            time.sleep(left - 0.001)


def ours() -> Reader:
    """Our meter, as runners/bench/windows.py uses it."""
    from leaderboard import catalogue
    from leaderboard.domain import Device
    from runners.bench.edges import CounterWatch
    from runners.bench.meter import open_meter, spent_j

    meter = open_meter(catalogue.hardware("h100-sxm-80gb"), Device.CUDA)

    def isolated(asked: Asked) -> Read:
        # Nothing may change beside an edge that lies between two steps; so both edges are steps.
        until(asked.start_s - LEAD_S)
        begin = CounterWatch(meter).at_step()
        until(asked.end_s)
        end = CounterWatch(meter).at_step()
        return Read(begin.time_s, end.time_s, spent_j(begin.energy_j, end.energy_j, meter.name))

    def steady(asked: Asked) -> Read:
        until(asked.start_s)
        watch = CounterWatch(meter)
        watch.until_step()
        # As long as a model's process takes to end its query and say so.
        until(time.monotonic() + random.uniform(0, 0.05), watch.pause)
        begin = watch.edge(time.monotonic())
        watch = CounterWatch(meter)
        until(asked.end_s - 0.5)
        until(asked.end_s, watch.pause)
        end = watch.edge(time.monotonic())
        return Read(begin.time_s, end.time_s, spent_j(begin.energy_j, end.energy_j, meter.name))

    return lambda asked: isolated(asked) if asked.isolated else steady(asked)


def zeus() -> Reader:
    """Zeus as its documentation shows it; the device needs no synchronising, since no kernel runs."""
    from zeus.monitor import ZeusMonitor

    monitor = ZeusMonitor(gpu_indices=[0], cpu_indices=[])

    def read(asked: Asked) -> Read:
        until(asked.start_s)
        start_s = time.monotonic()
        monitor.begin_window("window", sync_execution=False)
        until(asked.end_s)
        end_s = time.monotonic()
        found = monitor.end_window("window", sync_execution=False)
        return Read(start_s, end_s, sum(found.gpu_energy.values()))

    return read


def codecarbon() -> Reader:
    """CodeCarbon's tasks; its GPU energy alone."""
    from codecarbon import OfflineEmissionsTracker

    tracker: Any = OfflineEmissionsTracker(
        country_iso_code="FRA",
        save_to_file=False,
        log_level="critical",
        allow_multiple_runs=True,
        measure_power_secs=1,
    )

    def read(asked: Asked) -> Read:
        until(asked.start_s)
        start_s = time.monotonic()
        tracker.start_task("window")
        until(asked.end_s)
        end_s = time.monotonic()
        found = tracker.stop_task("window")
        return Read(start_s, end_s, found.gpu_energy * 3.6e6)

    return read


READERS: dict[str, Callable[[], Reader]] = {"ours": ours, "zeus": zeus, "codecarbon": codecarbon}


def main() -> None:
    """Read windows until the input ends."""
    logging.disable(logging.CRITICAL)
    answer = sys.stdout
    # What a library prints is not an answer.
    sys.stdout = sys.stderr
    read = READERS[sys.argv[1]]()
    print(json.dumps("ready"), file=answer, flush=True)
    for line in sys.stdin:
        print(json.dumps(read(Asked(**json.loads(line)))), file=answer, flush=True)


if __name__ == "__main__":
    main()
