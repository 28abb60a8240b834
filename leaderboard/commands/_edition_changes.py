"""`edition compare`: who moved from one edition to another, and why, as text or as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from leaderboard import succession
from leaderboard.commands import _output, _places
from leaderboard.domain import EditionStatus, Rating, UnknownName, three_significant
from leaderboard.rating.changes import CellChanges, Kind
from leaderboard.rating.document import document

DESCRIPTION = """\
Compare two editions cell by cell: whose stars differ, whether the model was measured anew or only the edges
between the stars moved, which models are new, gone, or under the same name other weights. The record is only
read.
"""

EXAMPLE = """\
example:
  python -m leaderboard edition compare 2026-11 2027-05 --task text-generation
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("before", metavar="A", help="the older edition")
    parser.add_argument("after", metavar="B", help="the newer edition")
    parser.add_argument("--task", metavar="ID", help="only the cells of this task")
    _places.add_data(parser)
    parser.add_argument("--json", action="store_true", help="JSON instead of text, unmoved models included")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the comparison; 0 whoever moved."""
    from leaderboard.record import Record

    with Record.read(_places.settings_of(args).data) as record:
        cells = succession.compare(record, args.before, args.after)
        waiting = {edition.id for edition in record.editions() if edition.status is EditionStatus.OPEN}
    if args.task is not None:
        tasks = sorted({cell.cell.task for cell in cells})
        if args.task not in tasks:
            raise UnknownName("task of these editions", args.task, tasks)
        cells = [cell for cell in cells if cell.cell.task == args.task]
    if args.json:
        text = json.dumps(document(args.before, args.after, cells), indent=2, ensure_ascii=False)
        _output.to_stdout(text + "\n")
        return 0
    lines = [f"{args.before} → {args.after}", *_summary(cells)]
    lines += [f"{id} is open: it has no bands yet." for id in (args.before, args.after) if id in waiting]
    lines += [line for cell in cells for line in _cell(cell)] or ["", "Neither has a figure."]
    _output.to_stdout("".join(f"{line}\n" for line in lines))
    return 0


def _summary(cells: Sequence[CellChanges]) -> Sequence[str]:
    """All cells in one line, ahead of everything; nothing where neither edition has a figure."""
    counts = [(kind, sum(cell.count(kind) for cell in cells)) for kind in Kind]
    told = ", ".join(f"{count} {kind.value}" for kind, count in counts if count)
    if not told:
        return []
    if all(kind in (Kind.NEW, Kind.GONE) for kind, count in counts if count):
        told += "; nothing to compare, since no cell has a model in both"
    return [f"In all: {told}."]


def _cell(cell: CellChanges) -> Sequence[str]:
    counts = [(kind, cell.count(kind)) for kind in Kind]
    told = ", ".join(f"{count} {kind.value}" for kind, count in counts if count)
    lines = ["", f"{cell.key}: {told}"]
    if cell.edges:
        edges = (
            f"{edge.stars}★ {three_significant(edge.before)} → {three_significant(edge.after)}"
            for edge in cell.edges
        )
        lines.append(f"  edges, Wh: {', '.join(edges)}")
    for change in cell.changes:
        if change.kind is not Kind.UNMOVED:
            stars = f"{_stars(change.before)} → {_stars(change.after)}"
            lines.append(f"  {change.row.model}  {stars}  {change.reason}")
    return lines


def _stars(row: Rating | None) -> str:
    return "–" if row is None or row.stars is None else f"{row.stars}★"
