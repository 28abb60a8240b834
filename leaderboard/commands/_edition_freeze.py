"""`edition freeze`: bands of an edition in a data folder that no Space owns."""

from __future__ import annotations

import argparse

from leaderboard import freezing
from leaderboard.commands import _output, _places
from leaderboard.domain import StorageUnavailable
from leaderboard.record.folder import DATABASE

DESCRIPTION = """\
Freeze the bands of an edition of ours: every cell with ten reference models gets its edges, stored with the
models that made them, and its rows get their stars. Cells that were frozen before keep their bands.

One process owns a record. Where a Space has it, ask the Space: python -m submissions desk freeze EDITION
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("edition", metavar="EDITION", help="one of our editions")
    _places.add_data(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Freeze, and print the reference models of every newly frozen cell."""
    from leaderboard.record import Record

    folder = _places.settings_of(args).data
    if not (folder / DATABASE).is_file():
        raise StorageUnavailable(
            f"There is no record in {folder}.", "Name the folder of one with --data or STARWATT_DATA."
        )
    try:
        record = Record.open(folder)
    except StorageUnavailable as error:
        raise StorageUnavailable(
            error.message,
            f"If a Space has it, ask the Space: `python -m submissions desk freeze {args.edition}`. "
            f"Else: {error.remedy}",
        ) from error
    with record:
        cells = freezing.freeze(record, args.edition)
    lines = [f"{key}: {count} reference models" for key, count in cells.items()]
    _output.to_stdout("".join(f"{line}\n" for line in lines or ["No cell was newly frozen."]))
    return 0
