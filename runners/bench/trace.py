"""The power trace: ten samples a second through the run, kept as `trace.parquet` (METHOD §3.5)."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from leaderboard.domain import NoReading, Window
from runners.bench.meter import Meter

EVERY_S = 0.1


class Sample(NamedTuple):
    time_s: float
    """CLOCK_MONOTONIC, the clock of the windows."""
    power_w: float
    phase: str
    """What was going on: idle, load, warm-up, or a window's phase."""


class Trace:
    """Samples a meter's power from a thread of its own while the context is open."""

    def __init__(self, meter: Meter, every_s: float = EVERY_S) -> None:
        self._meter, self._every_s = meter, every_s
        self._samples: list[Sample] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="trace", daemon=True)
        self.phase = "load"
        self.lost = ""
        """Why sampling ended early; empty if it did not."""

    @property
    def samples(self) -> Sequence[Sample]:
        return tuple(self._samples)

    def _sample(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                power = self._meter.power_w()
            except NoReading as error:
                # The window's own reading decides over the run; the trace only explains it.
                self.lost = error.message
                return
            if power is not None:
                self._samples.append(Sample(time.monotonic(), power, self.phase))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()


def integrated_j(samples: Sequence[Sample], window: Window) -> float | None:
    """Energy of a window by the trace alone, J (trapezia); None with fewer than twenty samples inside."""
    inside = [sample for sample in samples if window.start_s <= sample.time_s <= window.end_s]
    if len(inside) < 20:
        return None
    times = np.array([sample.time_s for sample in inside])
    powers = np.array([sample.power_w for sample in inside])
    # The ends, up to one sample wide, are taken at the nearest sample's power.
    edges = (times[0] - window.start_s) * powers[0] + (window.end_s - times[-1]) * powers[-1]
    return float(np.trapezoid(powers, times) + edges)


def write_trace(samples: Sequence[Sample], path: Path) -> None:
    """Parquet with page checksums: columns `time_s`, `power_w`, `phase`."""
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table(
        {
            "time_s": pa.array([sample.time_s for sample in samples], pa.float64()),
            "power_w": pa.array([sample.power_w for sample in samples], pa.float64()),
            "phase": pa.array([sample.phase for sample in samples], pa.string()),
        }
    )
    parquet.write_table(table, path, compression="zstd", write_page_checksum=True)


def read_trace(path: Path) -> list[Sample]:
    """The samples of a trace, its page checksums verified.

    Raises:
        OSError, ValueError: not a trace, or damaged.
    """
    from pyarrow import parquet

    table = parquet.read_table(path, page_checksum_verification=True)
    columns = [table.column(name).to_pylist() for name in Sample._fields]
    return [Sample(*row) for row in zip(*columns, strict=True)]
