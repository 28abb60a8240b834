"""The trace of a run as its page needs it: read from the run's folder, thinned so that no peak is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leaderboard.domain import BadFile, NotFound, Run
from leaderboard.record import Record

TRACE = "trace.parquet"
STEP = "step"
"""The phase of rows that hold the counter's readings beside an edge; they have no power."""
MOST_POINTS = 1200
"""Of a line; a plot has no more columns to show them in."""
MOST_SAMPLES = 2_000_000
"""Of a trace that is read: more than a day at 10 Hz. A small file may unpack to more than there is memory."""
_HELD_BACK = 0x08 | 0x20 | 0x40 | 0x80
"""NVML's clocks event reasons that mean a slowdown by heat, power brake or hardware."""

Points = list[tuple[float, float]]
"""Seconds since the run's first sample, and a value."""


@dataclass(frozen=True)
class Span:
    """A part of the run: idle, load, warm-up, or one window of a phase."""

    name: str
    start_s: float
    end_s: float
    window: str = ""
    """Start and window, in words; empty for what is not rated."""


@dataclass(frozen=True)
class Trace:
    """What happened while a run went on; times in seconds since its first sample."""

    seconds: float
    power: Points
    """W."""
    temperature: Points
    """°C."""
    sm_clock: Points
    """MHz."""
    spans: list[Span] = field(default_factory=list)
    held_back: list[float] = field(default_factory=list)
    """When the GPU was held back."""
    foreign: list[float] = field(default_factory=list)
    """When another process was on it."""


def trace_file(record: Record, run: Run) -> Path:
    """Where a run's trace is kept.

    Raises:
        NotFound: this run has none.
    """
    path = record.run_folder(run.id) / TRACE
    if not path.is_file():
        raise NotFound(f"The run {run.id} has no trace.", "Runs handed in without one have none.")
    return path


def read_columns(path: Path) -> dict[str, list[object]]:
    """The trace's columns, with every page's checksum verified.

    Raises:
        BadFile: damaged, no trace, or larger than any run's.
    """
    from pyarrow import parquet

    try:
        if parquet.read_metadata(path).num_rows > MOST_SAMPLES:
            raise BadFile(f"The trace has more than {MOST_SAMPLES:,} samples.", "It is kept, and not shown.")
        table = parquet.read_table(path, page_checksum_verification=True)
        columns: dict[str, list[object]] = {
            name: table.column(name).to_pylist() for name in table.column_names
        }
    except (OSError, ValueError, KeyError) as error:
        raise BadFile(
            f"The trace cannot be read ({type(error).__name__}).", "Measure again: it is damaged."
        ) from error
    if not {"time_s", "phase", "power_w"} <= columns.keys() or not columns["time_s"]:
        raise BadFile("The trace has no times, phases or power.", "Measure again with this harness.")
    return columns


def read_trace(path: Path, run: Run) -> Trace:
    """The trace of a run, thinned.

    Raises:
        BadFile: damaged, or no trace.
    """
    columns = read_columns(path)
    # Of a sweep, the rung whose figures the run shows: the others may even be of another day's clock.
    rung = run.sweep.base.words if run.sweep is not None else None
    own = columns.get("rung", [rung] * len(columns["time_s"]))
    rows = [
        row for row in range(len(columns["time_s"])) if columns["phase"][row] != STEP and own[row] == rung
    ]
    times = [float(str(columns["time_s"][row])) for row in rows]
    if not times:
        raise BadFile("The trace has no samples.", "Measure again with this harness.")
    zero_s = times[0]

    def line(name: str) -> Points:
        values = [columns[name][row] if name in columns else None for row in rows]
        return thin(
            [
                (time_s - zero_s, float(value))
                for time_s, value in zip(times, values, strict=True)
                if isinstance(value, int | float)
            ]
        )

    def moments(name: str, mask: int) -> list[float]:
        found = [columns[name][row] if name in columns else None for row in rows]
        return [
            time_s - zero_s
            for time_s, value in zip(times, found, strict=True)
            if isinstance(value, int) and value & mask
        ]

    return Trace(
        seconds=max(times[-1], run.windows[-1].end_s) - zero_s,
        power=line("power_w"),
        temperature=line("temperature_c"),
        sm_clock=line("sm_clock_mhz"),
        spans=_spans(run, zero_s),
        held_back=moments("reasons", _HELD_BACK),
        foreign=moments("foreign", ~0),
    )


def _spans(run: Run, zero_s: float) -> list[Span]:
    stages = [
        Span(stage.kind, stage.start_s - zero_s, stage.end_s - zero_s)
        for stage in run.stages
        # The idle baseline of a sweep is older than all rungs but the first.
        if run.sweep is None or stage.start_s >= zero_s
    ]
    windows = [
        Span(
            window.phase,
            window.start_s - zero_s,
            window.end_s - zero_s,
            f"start {window.start + 1}, window {window.repeat + 1}",
        )
        for window in run.windows
    ]
    return sorted([*stages, *windows], key=lambda span: span.start_s)


def thin(points: Sequence[tuple[float, float]], most: int = MOST_POINTS) -> Points:
    """At most so many points: of each stretch its least and its greatest, so that peaks stay."""
    if len(points) <= most:
        return list(points)
    size = -(-len(points) // (most // 2))
    kept: Points = []
    for first in range(0, len(points), size):
        stretch = points[first : first + size]
        ends = {min(stretch, key=lambda point: point[1]), max(stretch, key=lambda point: point[1])}
        kept += sorted(ends)
    return kept
