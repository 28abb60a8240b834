"""`catalogue`: what the catalogue holds, and its data sets pinned to commits of the Hub."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from leaderboard.catalogue import entries
from leaderboard.catalogue.pins import check_used, data_sets, pins_text, read_pins
from leaderboard.commands import Subparsers, _output
from leaderboard.domain import BadInput, DatasetRef, UnknownName, now
from leaderboard.settings import read_settings

NOT_ALL_PINNED = 1

PIN = """\
Ask the Hub (HF_ENDPOINT) for each data set that the tasks read, energy and quality sets alike: its newest
commit, and whether that has the configuration, split and columns. Those that have are pinned: written to
leaderboard/catalogue/pins.yaml. Those that have not are named with the reason, and not pinned. Rows are
not downloaded: a Parquet file shows its footer, any other file its first row.

What is pinned is kept, since a new revision is a new task hash: plans made before are refused, and
figures before and after are of different queries. --renew takes the newest commits all the same.
A gated data set needs HF_TOKEN, a token of an account that has accepted its terms.
"""

PIN_EXAMPLE = """\
example:
  python -m leaderboard catalogue pin
  python -m leaderboard catalogue pin --check --only openai/gsm8k

exit codes: 0 every data set asked about is pinned and has what is read of it (with --check: and is the
Hub's newest), 1 some are not, or the Hub did not answer, 2 bad input
"""


def add(subparsers: Subparsers) -> None:
    """Add the sub-command's parser, which has sub-commands of its own."""
    parser = subparsers.add_parser(
        "catalogue",
        help="what is in the catalogue; its data sets pinned",
        description="Tasks, hardware classes, protocols and editions, and the commits their data is read at.",
    )
    inner = parser.add_subparsers(metavar="COMMAND", required=True)
    listing = inner.add_parser(
        "list",
        help="tasks with their data sets, hardware classes, protocols, editions",
        description="List the catalogue's entries. Official runs need their task's data set pinned.",
    )
    listing.set_defaults(run=show)
    pin = inner.add_parser(
        "pin",
        help="confirm the data sets on the Hub and freeze their revisions",
        description=PIN,
        epilog=PIN_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    how = pin.add_mutually_exclusive_group()
    how.add_argument(
        "--check",
        action="store_true",
        help="write nothing; 1 where a pin is missing, moved or lacks a column",
    )
    how.add_argument(
        "--renew", action="store_true", help="pin the newest commits, which changes the hashes of tasks"
    )
    pin.add_argument(
        "--only", action="append", metavar="REPO", help="this data set and no other; may be repeated"
    )
    pin.add_argument(
        "--to",
        type=Path,
        metavar="FILE",
        help="read and write pins there; a new one starts with the catalogue's",
    )
    pin.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Pin or check, say what became of each data set, and write the file if it changed."""
    file, tasks = args.to or entries.PINS, entries.written_tasks()
    if args.check and args.to is not None and not file.exists():
        raise BadInput(f"There is no file {file} to check.", "Check the path, or leave --to out.")
    pins = read_pins(file if file.exists() else entries.PINS)
    check_used(pins, tasks.values(), file.name)
    asked = _chosen(data_sets(tasks.values()), args.only)

    from leaderboard.commands._data_sets import DataSets
    from leaderboard.commands._pinning import check_one, pin_one

    hub, today = DataSets(read_settings().hub_token), now().date()
    lines, good, after = [], 0, dict(pins)
    for place, (name, parts) in enumerate(asked.items(), start=1):
        sys.stderr.write(f"[{place}/{len(asked)}] {name}\n")
        old = pins.get(name)
        outcome = (
            check_one(hub, parts, old)
            if args.check
            else pin_one(hub, parts, old, renew=args.renew, today=today)
        )
        lines.append(f"{name}: {_plain(outcome.said)}")
        good += outcome.good
        if outcome.pin is not None:
            after[name] = outcome.pin
    if not args.check and after and (after != pins or not file.exists()):
        _output.to_file(file, pins_text(after))
        lines.append(f"written: {file}")
    lines.append(f"{good} of {len(asked)} {'as pinned' if args.check else 'pinned'}")
    _output.to_stdout("\n".join(lines) + "\n")
    return 0 if good == len(asked) else NOT_ALL_PINNED


def show(_: argparse.Namespace) -> int:
    """Write the catalogue's entries, one a line."""
    tasks = [
        (
            task.id,
            f"block of {task.block:,}",
            _at(task.dataset),
            f"quality: {_at(task.quality.dataset)}" if task.quality.dataset else "quality: on the queries",
        )
        for task in entries.tasks().values()
    ]
    hardware = [(each.id, each.title) for each in entries.hardware_classes().values()]
    protocols = [
        (each.id, each.title, "run here" if each.available else "not run here yet")
        for each in entries.protocols().values()
    ]
    editions = [
        (each.id, each.status.value, each.dated.isoformat(), each.title)
        for each in entries.editions().values()
    ]
    sections: dict[str, Sequence[Sequence[str]]] = {
        "tasks": tasks,
        "hardware": hardware,
        "protocols": protocols,
        "editions": editions,
    }
    _output.to_stdout("\n".join(f"{name}\n{_table(rows)}" for name, rows in sections.items()))
    return 0


def _chosen(known: dict[str, list[DatasetRef]], only: Sequence[str] | None) -> dict[str, list[DatasetRef]]:
    if only is None:
        return known
    for name in only:
        if name not in known:
            raise UnknownName("data set", name, list(known))
    return {name: known[name] for name in known if name in only}


def _at(ref: DatasetRef) -> str:
    return f"{ref.repo_id} {ref.revision[:12] if ref.revision else 'unpinned'}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
    return "".join(f"  {line}\n" for line in lines)


def _plain(text: str) -> str:
    """What the Hub said, without characters that could move a terminal's cursor."""
    return "".join(char if char.isprintable() else " " for char in text)
