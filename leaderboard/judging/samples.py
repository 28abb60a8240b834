"""What a run samples besides its windows, as `trace.parquet` keeps it (METHOD §3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

EVERY_S = 0.1
"""Power and the energy counter."""
STATE_EVERY_S = 1.0
"""Temperature, clocks, throttle reasons, processes, the wall clock."""
STEP = "step"
"""The `phase` of the counter's own readings beside a window's edge, from which its energy is made."""


class Sample(NamedTuple):
    """One row of the trace; None: not read at that moment."""

    time_s: float
    """CLOCK_MONOTONIC, the clock of the windows."""
    phase: str
    """What was going on: idle, load, warm-up, a window's phase; or `STEP`."""
    power_w: float | None = None
    """Of all measured GPUs together, watts."""
    counter_j: float | None = None
    """The energy counter of all measured GPUs together, J since the run's first reading."""
    temperature_c: float | None = None
    """Of the hottest GPU, °C."""
    sm_clock_mhz: int | None = None
    memory_clock_mhz: int | None = None
    """Of the slowest GPU."""
    reasons: int | None = None
    """NVML's clocks event reasons, a bit mask, of all GPUs together."""
    foreign: int | None = None
    """Processes on the GPUs that are not this run's own; None: NVML does not tell."""
    wall_s: float | None = None
    """The wall clock at that moment, seconds since 1970."""
    rung: str | None = None
    """Of a sweep: which rung was measured, in words; the column is there in the traces of sweeps alone."""


COLUMNS = tuple(name for name in Sample._fields if name != "rung")
"""Of every trace; those of sweeps have `rung` too."""


class State(NamedTuple):
    """The boards at one moment; None: the driver does not tell."""

    temperature_c: float | None = None
    sm_clock_mhz: int | None = None
    memory_clock_mhz: int | None = None
    reasons: int | None = None
    processes: frozenset[int] | None = None
    """Ids of the processes on the GPUs, as NVML tells them."""


def write_trace(samples: Sequence[Sample], path: Path) -> None:
    """Parquet with page checksums; one column per field of `Sample`."""
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {
        "phase": pa.string(),
        "rung": pa.string(),
        "sm_clock_mhz": pa.int32(),
        "memory_clock_mhz": pa.int32(),
    }
    kinds |= {"reasons": pa.int64(), "foreign": pa.int32()}
    columns = {
        name: pa.array([getattr(sample, name) for sample in samples], kinds.get(name, pa.float64()))
        for name in (Sample._fields if any(sample.rung is not None for sample in samples) else COLUMNS)
    }
    parquet.write_table(pa.table(columns), path, compression="zstd", write_page_checksum=True)


def read_trace(path: Path) -> list[Sample]:
    """The samples of a trace, its page checksums verified.

    Raises:
        OSError, ValueError, KeyError: not a trace, or damaged.
    """
    from pyarrow import parquet

    return samples_of(parquet.read_table(path, page_checksum_verification=True))


def samples_of(table: Any) -> list[Sample]:
    """The samples of a table with one column per field of `Sample`. Raises KeyError: one is missing."""
    names = Sample._fields if "rung" in table.column_names else COLUMNS
    columns = [table.column(name).to_pylist() for name in names]
    return [Sample(*row) for row in zip(*columns, strict=True)]
