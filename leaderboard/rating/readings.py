"""Repeats of one measurement as somebody published them: mean and spread, or why there are none (METHOD §1).

A reading that is missing, zero, negative or not finite is no figure and is averaged into none: all of them
are named at once. What is left out is left out by name.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Sequence

from pydantic import Field

from leaderboard.domain import BadFile, MeasurementFailed, UnknownName, Word
from leaderboard.domain.units import Spread
from leaderboard.rating.sheet import Sheet, read_sheet, shown

ITERATION = "iteration"
"""The column that names the repeats; every other one holds readings."""
UNITS = {
    "_wh_per_1000": "Wh per 1,000 queries",
    "_kwh": "kWh",
    "_wh": "Wh",
    "_j": "J",
    "_w": "W",
    "_s": "s",
}
"""How a column's name ends, and the unit that this says; the first ending that fits counts."""
_READING = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|inf(inity)?)", re.ASCII | re.IGNORECASE)
_MEASURE_AGAIN = (
    "Measure these again; what is to be left out is named with --leave-out, and the result says so."
)


class Repeats(Word):
    """One column over the iterations that count."""

    phase: str
    """The column's name without its unit: prefill, decode, generate …"""
    unit: str
    mean: float = Field(gt=0, allow_inf_nan=False)
    """In that unit."""
    deviation: Spread
    """Standard deviation over the iterations (n − 1), in that unit."""
    cv: Spread
    """Deviation ÷ mean."""


class Readings(Word):
    """What a file of repeats comes to."""

    name: str
    iterations: tuple[str, ...]
    """Those that count, in the file's order."""
    left_out: tuple[str, ...]
    """Those that were asked to be left out, in the file's order."""
    columns: tuple[Repeats, ...]
    """In the file's order."""


def read_readings(data: bytes, name: str, leave_out: Sequence[str] = ()) -> Readings:
    """Mean, deviation and coefficient of variation of every column of readings.

    Args:
        data: a CSV file with a column `iteration`; its others are named by phase and unit, as `decode_wh`.
        leave_out: iterations that do not count, as the file names them.

    Raises:
        BadFile: not such a file, or a cell that is neither a number nor blank.
        UnknownName: an iteration to be left out is not in the file.
        MeasurementFailed: a reading that counts is missing, not above zero or not finite (all of them are
            named), or fewer than two iterations count.
    """
    sheet = read_sheet(data, name, [ITERATION])
    labels = _labels(sheet)
    for label in leave_out:
        if label not in labels:
            raise UnknownName(ITERATION, label, labels)
    counting = [place for place, label in enumerate(labels) if label not in leave_out]
    columns = [
        (place, *_phase_and_unit(sheet, column))
        for place, column in enumerate(sheet.header)
        if column != ITERATION
    ]
    if not columns:
        raise BadFile(f"{name} has no column of readings.", f"Name one by phase and unit: {_endings()}.")
    left_out = tuple(label for label in labels if label in leave_out)
    values = {
        place: {row: _value(sheet, row, place) for row in range(len(sheet.rows))} for place, *_ in columns
    }
    faults = {
        labels[row]: [
            f"{phase} {_said(values[place][row], unit)}"
            for place, phase, unit in columns
            if not _is_reading(values[place][row])
        ]
        for row in counting
    }
    wrong = [f"iteration {label} ({', '.join(each)})" for label, each in faults.items() if each]
    also = f" Left out, as asked: {', '.join(left_out)}." if left_out else ""
    if wrong:
        raise MeasurementFailed(
            f"{name} has readings that are not above zero and finite: {', '.join(wrong)}.{also}",
            _MEASURE_AGAIN,
        )
    if len(counting) < 2:
        raise MeasurementFailed(
            f"{name} has {len(counting)} iterations that count; how well they repeat needs two.{also}",
            "Measure more of them.",
        )
    return Readings(
        name=name,
        iterations=tuple(labels[row] for row in counting),
        left_out=left_out,
        columns=tuple(
            _repeats(phase, unit, [values[place][row] for row in counting]) for place, phase, unit in columns
        ),
    )


def _labels(sheet: Sheet) -> list[str]:
    column = sheet.column(ITERATION)
    labels: list[str] = []
    for line, row in zip(sheet.lines, sheet.rows, strict=True):
        label = row[column].strip()
        if not label or label in labels:
            what = f"the iteration {shown(label)} stands twice" if label else "the iteration has no name"
            raise BadFile(f"{sheet.name}, line {line}: {what}.", "Give every iteration a name of its own.")
        labels.append(label)
    return labels


def _phase_and_unit(sheet: Sheet, column: str) -> tuple[str, str]:
    for ending, unit in UNITS.items():
        phase = column.removesuffix(ending)
        if phase and phase != column:
            return phase, unit
    raise BadFile(
        f"{sheet.name}: the unit of the column {shown(column)} is not known.",
        f"Take it out, or let its name end in one of {_endings()}.",
    )


def _endings() -> str:
    return ", ".join(UNITS)


def _value(sheet: Sheet, row: int, place: int) -> float:
    """A cell's number, whatever it is worth; NaN where it is blank."""
    text = sheet.rows[row][place].strip()
    if not text:
        return math.nan
    if not _READING.fullmatch(text):
        raise BadFile(
            f"{sheet.name}, line {sheet.lines[row]}: {shown(text)} in {shown(sheet.header[place])} "
            "is not a number.",
            "Write numbers with a decimal point, and leave blank what was not measured.",
        )
    return float(text)


def _is_reading(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _said(value: float, unit: str) -> str:
    return "missing" if math.isnan(value) else f"{value:g} {unit}"


def _repeats(phase: str, unit: str, values: Sequence[float]) -> Repeats:
    # Exact sums: figures near the largest float have a mean too.
    mean = statistics.mean(values)
    deviation = statistics.stdev(values)
    return Repeats(phase=phase, unit=unit, mean=mean, deviation=deviation, cv=deviation / mean)
