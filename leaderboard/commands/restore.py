"""`restore`: the record again, out of its log on the Hub or in a folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from leaderboard.commands import Subparsers, _output, _places
from leaderboard.domain import BadInput, NotFound

DESCRIPTION = """\
Make the record in a data folder that has none: from the private data set ORG/PREFIX-record on the Hub
(STARWATT_DATASET or --dataset, and HF_TOKEN), or from a copy of it in a folder. Every hash is checked, and
what was made is hashed once more from its rows. Nothing is restored by halves.

The Space does the same by itself when it starts with an empty disk.
"""


def add(subparsers: Subparsers) -> None:
    """Add the sub-command's parser."""
    parser = subparsers.add_parser(
        "restore",
        help="the record again, from its log on the Hub or in a folder",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--from-folder", type=Path, metavar="DIR", help="a copy of the data set …-record")
    _places.add_data(parser, "folder to restore into")
    _places.add_dataset(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Restore, and print the hash of what was made."""
    from leaderboard.publish import check_dataset, make_hub
    from leaderboard.publish.restore import FolderSource, check_empty, restore, restore_from_hub
    from leaderboard.record import Record

    settings = _places.settings_of(args)
    check_empty(settings.data)
    if args.from_folder is not None:
        restored = restore(FolderSource(args.from_folder), settings.data)
    else:
        hub = make_hub(settings)
        if hub is None or settings.dataset is None:
            raise BadInput(
                "There is nowhere to restore from.",
                "Set STARWATT_DATASET (or --dataset) and HF_TOKEN, or name a copy with --from-folder.",
            )
        found = restore_from_hub(hub, check_dataset(settings.dataset), settings.data)
        if found is None:
            raise NotFound(
                f"Nothing was logged to {settings.dataset}-record yet.", "Look at the data set's name."
            )
        restored = found
    with Record.read(settings.data) as record:
        again = record.record_hash()
    _output.to_stdout(f"Restored into {settings.data}: {restored.sentence}\n")
    if again != restored.record_hash:
        _output.to_stdout(f"but its rows make {again}: look at the log's writer\n")
        return 1
    return 0
