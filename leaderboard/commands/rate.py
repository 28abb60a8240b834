"""`rate`: stars for anyone's CSV of energies."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from leaderboard.commands import Subparsers, _output
from leaderboard.domain import MIN_REFERENCES, Rule
from leaderboard.rating.table import RatedTable, rate_bytes, rate_file

_LINES_SHOWN = 10

DESCRIPTION = """\
Give every row of a CSV file one to five stars by its energy, among the rows of its own cell.

The file's columns come out as they were, followed by the stars (blank: not rated) and cell_size, the
number of rows with energy in the cell. Five stars are the most frugal.

  --rule quintile   a fifth of a cell's rows for each star; cells of fewer than ten rows are not rated
  --rule range      five bands of equal width between the least and the greatest energy of the cell
"""

EXAMPLE = """\
example:
  python -m leaderboard rate leaderboard/catalogue/reference/aies-2025-02.csv \\
      --rule range --energy gpu_energy_wh_per_1000 --cell task,model_class --out-column rating

Energies may be in any one unit and stand with a decimal point. The file is UTF-8, without a byte order
mark, separated by commas; a row with blank energy is not rated.
"""


def add(subparsers: Subparsers) -> None:
    """Add the sub-command's parser."""
    parser = subparsers.add_parser(
        "rate",
        help="stars for a CSV file of energies",
        description=DESCRIPTION,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE.csv", help="the table; - reads standard input")
    parser.add_argument(
        "--rule", required=True, choices=[rule.value for rule in Rule], help="how stars are given"
    )
    parser.add_argument("--energy", required=True, metavar="COLUMN", help="column of energies")
    parser.add_argument(
        "--cell",
        required=True,
        metavar="COL[,COL…]",
        help="columns that tell cells apart; blank is a cell too",
    )
    parser.add_argument(
        "--out-column", default="rating", metavar="NAME", help="name of the column of stars (rating)"
    )
    parser.add_argument("--output", metavar="FILE", help="write there instead of to standard output")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Rate, write the whole table or nothing, and say on stderr what was not rated."""
    rule, cell = Rule(args.rule), args.cell.split(",")
    if args.file == "-":
        data = sys.stdin.buffer.read()
        rated = rate_bytes(
            data, "standard input", rule=rule, energy=args.energy, cell=cell, out_column=args.out_column
        )
    else:
        rated = rate_file(
            Path(args.file), rule=rule, energy=args.energy, cell=cell, out_column=args.out_column
        )
    if args.output is None:
        _output.to_stdout(rated.text)
    else:
        _output.to_file(Path(args.output), rated.text)
    for note in _notes(rated):
        sys.stderr.write(f"note: {note}\n")
    return 0


def _notes(rated: RatedTable) -> list[str]:
    notes = []
    if rated.without_energy:
        notes.append(
            f"not rated and not counted, because the energy is blank: {_named(rated.without_energy)}"
        )
    if rated.small_cells:
        cells = "1 cell has" if rated.small_cells == 1 else f"{rated.small_cells} cells have"
        notes.append(f"not rated: {cells} fewer than {MIN_REFERENCES} rows with energy")
    if rated.few_cells:
        cells = "1 cell has" if rated.few_cells == 1 else f"{rated.few_cells} cells have"
        notes.append(
            f"rated, but {cells} fewer than {MIN_REFERENCES} rows with energy: each row moves the whole scale"
        )
    return notes


def _named(lines: Sequence[int]) -> str:
    first = ", ".join(str(line) for line in lines[:_LINES_SHOWN])
    more = len(lines) - _LINES_SHOWN
    return f"line{'s' if len(lines) > 1 else ''} {first}{f' and {more} more' if more > 0 else ''}"
