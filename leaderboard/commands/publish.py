"""`publish`: the record's data sets into the data folder, and to the Hub where one is set."""

from __future__ import annotations

import argparse

from leaderboard.commands import Subparsers, _output, _places
from leaderboard.domain import Forbidden

DESCRIPTION = """\
Write ratings and runs as Parquet with a card into DATA/published, and to the Hub when a data set and a
token are set (STARWATT_DATASET or --dataset, and HF_TOKEN). Only what changed is committed.

Estimates, simulations and development editions go to …-dev and never anywhere else. It may run beside the
Space: it only reads the record.
"""


def add(subparsers: Subparsers) -> None:
    """Add the sub-command's parser."""
    parser = subparsers.add_parser(
        "publish",
        help="ratings and runs to a folder and to the Hub",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    parser.add_argument("--repair", action="store_true", help="put every file anew, whatever lies there")
    _places.add_data(parser)
    _places.add_dataset(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Publish, and say for each data set what changed or why nothing did."""
    from leaderboard.publish import PUBLISHED, Publisher, check_dataset, make_hub
    from leaderboard.record import Record

    settings = _places.settings_of(args)
    if args.dataset is not None:
        check_dataset(args.dataset)
        if settings.hub_token is None:
            raise Forbidden(
                f"Nothing can be published to {args.dataset} without a token.",
                "Set HF_TOKEN to one that may write this organisation's data sets, or leave --dataset out.",
            )
    with Record.read(settings.data) as record:
        publisher = Publisher(
            record, make_hub(settings), settings.data / PUBLISHED, settings.dataset, owns_record=False
        )
        report = publisher.publish(dry_run=args.dry_run, repair=args.repair)
    _output.to_stdout("\n".join(report.lines) + "\n")
    return 0
