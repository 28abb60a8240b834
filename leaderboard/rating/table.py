"""Stars for anyone's CSV: what `python -m leaderboard rate` does (DESIGN §8, METHOD §5).

Every row is a reference model of its own cell.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from leaderboard.domain import MIN_REFERENCES, BadFile, BadInput, Reference, Rule
from leaderboard.rating.bands import make_bands
from leaderboard.rating.sheet import Sheet, number, read_bytes, read_sheet, shown
from leaderboard.rating.stars import stars

SIZE_COLUMN = "cell_size"


@dataclass(frozen=True)
class RatedTable:
    """The finished CSV, and what a reader should be told beside it."""

    text: str
    """All columns and rows as they were, then the stars (blank: not rated) and the size of the cell."""
    without_energy: tuple[int, ...]
    """Lines whose energy is blank: neither rated nor counted."""
    small_cells: int
    """Cells with too few rows to be rated by `quintile`."""
    few_cells: int = 0
    """Cells that were rated with fewer rows than `quintile` asks for: each row moves their whole scale."""


def rate_file(
    path: Path, *, rule: Rule, energy: str, cell: Sequence[str], out_column: str = "rating"
) -> RatedTable:
    """Rate the rows of a CSV file. `rate_bytes` says how.

    Raises:
        BadFile: it cannot be read, or not as such a table.
        BadInput: the column names given do not make sense together.
    """
    return rate_bytes(read_bytes(path), str(path), rule=rule, energy=energy, cell=cell, out_column=out_column)


def rate_bytes(
    data: bytes, name: str, *, rule: Rule, energy: str, cell: Sequence[str], out_column: str = "rating"
) -> RatedTable:
    """Rate the rows of a CSV.

    Rows with the same text in all `cell` columns are one cell; blank is a text like any other. A row with
    blank energy is neither rated nor counted in its cell. Lines end in a line feed.

    Args:
        data: the file's bytes.
        name: what messages call it.
        energy: column of energies, in any one unit.
        cell: columns that tell cells apart.
        out_column: name of the new column of stars.

    Raises:
        BadFile: it is not such a table; the message names line and column.
        BadInput: the column names given do not make sense together.
    """
    _check_names(cell, out_column)
    sheet = read_sheet(data, name, {energy, *cell})
    for new in (out_column, SIZE_COLUMN):
        if new in sheet.header:
            raise BadFile(
                f"{name} has a column {shown(new)} already.",
                "Rename that column, or name another one with --out-column."
                if new == out_column
                else "Rename that column; the size of the cell is written under this name.",
            )
    energies = _energies(sheet, energy)
    keys = [sheet.column(column) for column in cell]
    cells: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(sheet.rows):
        cells[tuple(row[key] for key in keys)].append(place)

    ratings = [""] * len(sheet.rows)
    sizes = [0] * len(sheet.rows)
    small = few = 0
    for places in cells.values():
        known = [(place, value) for place in places if (value := energies[place]) is not None]
        for place in places:
            sizes[place] = len(known)
        references = [Reference(model=f"line {sheet.lines[place]}", energy=value) for place, value in known]
        bands = make_bands(rule, references)
        if bands is None:
            small += bool(known)
            continue
        few += len(known) < MIN_REFERENCES
        for (place, _), star in zip(known, stars([value for _, value in known], bands), strict=True):
            ratings[place] = str(star)
    return RatedTable(
        text=_write(sheet, out_column, ratings, sizes),
        without_energy=tuple(
            line for line, value in zip(sheet.lines, energies, strict=True) if value is None
        ),
        small_cells=small,
        few_cells=few,
    )


def _check_names(cell: Sequence[str], out_column: str) -> None:
    if not cell or not all(cell):
        raise BadInput(
            "--cell names no column.", "Name the columns that tell cells apart: --cell task,model_class."
        )
    if not out_column or out_column == SIZE_COLUMN:
        raise BadInput(
            f"--out-column is {shown(out_column)}.", f"Give it another name; {SIZE_COLUMN} is written anyway."
        )


def _energies(sheet: Sheet, column: str) -> list[float | None]:
    index = sheet.column(column)
    return [
        number(row[index], f"{sheet.name}, line {line}, column {shown(column)}")
        for row, line in zip(sheet.rows, sheet.lines, strict=True)
    ]


def _write(sheet: Sheet, out_column: str, ratings: Sequence[str], sizes: Sequence[int]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*sheet.header, out_column, SIZE_COLUMN])
    writer.writerows(
        [*row, rating, size] for row, rating, size in zip(sheet.rows, ratings, sizes, strict=True)
    )
    return out.getvalue()
