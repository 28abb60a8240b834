"""`verify`: what was published, against the record."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from leaderboard.commands import Subparsers, _output, _places
from leaderboard.settings import Settings

if TYPE_CHECKING:
    from leaderboard.publish import Difference

DIFFERENT = 1

DESCRIPTION = """\
Compare every published file with the record: its hash with the manifest, its rows with the record's.
The folder DATA/published is looked at, and the Hub too where a data set is set (STARWATT_DATASET or
--dataset); public data sets need no token. With HF_TOKEN the private log of the record is replayed as well:
it has to make a record of the same hash.

exit codes: 0 all is well, 1 something differs, 2 bad input
"""


def add(subparsers: Subparsers) -> None:
    """Add the sub-command's parser."""
    parser = subparsers.add_parser(
        "verify",
        help="compare what was published with the record",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _places.add_data(parser)
    _places.add_dataset(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print one line for each file that differs; 1 where any does."""
    from leaderboard.publish import PUBLISHED, SUFFIXES, FolderHub, check_dataset, repository, verify, view_of
    from leaderboard.publish.huggingface import HfHub
    from leaderboard.record import Record

    settings = _places.settings_of(args)
    if settings.dataset is not None:
        check_dataset(settings.dataset)
    with Record.read(settings.data) as record:
        view = view_of(record)
        record_hash = record.record_hash()
    folder = settings.data / PUBLISHED
    found = verify(view, FolderHub(folder), {suffix: suffix for suffix in SUFFIXES}, settings.dataset)
    looked = [str(folder)]
    if settings.dataset is not None:
        names = {suffix: repository(settings.dataset, suffix) for suffix in SUFFIXES}
        hub = HfHub(settings.hub_endpoint, settings.hub_token)
        found += verify(view, hub, names, settings.dataset)
        looked.append(f"{settings.dataset}-… on the Hub")
    _look_at_log(settings, found, looked)
    lines = [difference.sentence for difference in found]
    if not lines:
        lines = [f"{' and '.join(looked)}: as the record at version {view.version} says"]
    lines.append(f"record {record_hash}")
    _output.to_stdout("\n".join(lines) + "\n")
    return DIFFERENT if found else 0


def _look_at_log(settings: Settings, found: list[Difference], looked: list[str]) -> None:
    """The private data set, where there is a token that may see it."""
    from leaderboard.publish import make_hub
    from leaderboard.publish.restore import check_log
    from leaderboard.record import Record

    hub = make_hub(settings)
    if hub is not None and settings.dataset is not None:
        with Record.read(settings.data) as record:
            found += check_log(record, hub, settings.dataset)
        looked.append(f"{settings.dataset}-record")
