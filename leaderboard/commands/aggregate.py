"""`aggregate`: mean and spread of somebody's repeats, or which of their readings are none."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from leaderboard.commands import Subparsers, _output
from leaderboard.rating.readings import ITERATION, UNITS, Readings, read_readings
from leaderboard.rating.sheet import read_bytes

DESCRIPTION = f"""\
Mean, spread and coefficient of variation of the repeats of one measurement, a CSV file with a column
`{ITERATION}` and columns of readings, each named by phase and unit ({", ".join(UNITS)}).

A reading that is missing, zero, negative or not finite is never averaged in: the file is refused, and
every such reading is named. The spread is the standard deviation over the iterations.
"""

EXAMPLE = """\
example: published repeats of which two went wrong; without --leave-out they are refused
  python -m leaderboard aggregate leaderboard/catalogue/reference/aies-bad-readings.csv --leave-out 5,7

Exit codes: 0 done, 1 a reading is none, 2 not such a file or an iteration that is not in it.
"""


def add(subparsers: Subparsers) -> None:
    """Add the sub-command's parser."""
    parser = subparsers.add_parser(
        "aggregate",
        help="mean and spread of a CSV file of repeats",
        description=DESCRIPTION,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE.csv", help="the repeats; - reads standard input")
    parser.add_argument(
        "--leave-out",
        default="",
        metavar="N[,N…]",
        help="iterations that do not count; the output names them",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the whole table, or say what forbids it."""
    leave_out = [label.strip() for label in args.leave_out.split(",") if label.strip()]
    if args.file == "-":
        data, name = sys.stdin.buffer.read(), "standard input"
    else:
        data, name = read_bytes(Path(args.file)), Path(args.file).name
    _output.to_stdout(_table(read_readings(data, name, leave_out)))
    return 0


def _table(readings: Readings) -> str:
    name, counting = _plain(readings.name), _plain(", ".join(readings.iterations))
    left_out = _plain(", ".join(readings.left_out)) or "none"
    rows = [
        ("phase", "mean", "spread", "CV", "unit"),
        *(
            (_plain(each.phase), f"{each.mean:.5g}", f"{each.deviation:.3g}", f"{each.cv:.2%}", each.unit)
            for each in readings.columns
        ),
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(row[n].rjust(widths[n]) for n in (1, 2, 3)), row[4]])
        for row in rows
    ]
    head = [
        f"{name}: {len(readings.iterations)} iterations ({counting})",
        f"left out, because --leave-out says so: {left_out}",
    ]
    return "\n".join([*head, "", *lines, ""])


def _plain(text: str) -> str:
    """A name out of a file, without characters that could move a terminal's cursor."""
    return "".join(char if char.isprintable() else " " for char in text)
