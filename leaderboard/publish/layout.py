"""Where things lie: four data sets, a configuration per task, a split per edition, `latest` (METHOD §7)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Literal, get_args

from leaderboard.domain import BadInput, Edition, EditionStatus

Suffix = Literal["ratings", "runs", "ratings-dev", "runs-dev"]
"""The end of a data set's name; `ORG/PREFIX-` stands before it on the Hub."""
RATINGS: Suffix = "ratings"
RUNS: Suffix = "runs"
RATINGS_DEV: Suffix = "ratings-dev"
RUNS_DEV: Suffix = "runs-dev"
SUFFIXES: tuple[Suffix, ...] = get_args(Suffix)

LATEST = "latest"
"""The split that most readers want."""
RUNS_SPLIT = "runs"
BANDS = "bands"
NOTICES = "notices"
"""Configurations beside the tasks', each of one split with the same name."""
SUMMARY = "summary.json"
CARD = "README.md"
MANIFEST = "manifest.json"

_PREFIX = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*$")


def public(suffix: Suffix) -> bool:
    """Whether a data set is for figures that may be quoted."""
    return suffix in (RATINGS, RUNS)


def repository(dataset: str, suffix: Suffix) -> str:
    """ORG/PREFIX and a suffix → the data set's id on the Hub."""
    return f"{dataset}-{suffix}"


def check_dataset(dataset: str) -> str:
    """ORG/PREFIX, as `STARWATT_DATASET` and `--dataset` give it.

    Raises:
        BadInput: it is not one organisation and one prefix, or too long for a name on the Hub.
    """
    name = dataset.partition("/")[2]
    longest = max(len(suffix) for suffix in SUFFIXES) + 1
    if not _PREFIX.fullmatch(dataset) or ".." in dataset or "--" in dataset or len(name) + longest > 96:
        raise BadInput(
            f"{dataset[:60]!r} is not the start of a data set's name.",
            "Write it as ORG/PREFIX, for example starwatt/energy; -ratings and -runs are added to it.",
        )
    return dataset


def is_beside(path: str) -> bool:
    """Whether a path is of a table beside the ratings, and not of ratings."""
    return path in (path_of(BANDS, BANDS), path_of(NOTICES, NOTICES))


def path_of(task: str, split: str) -> str:
    """The file of one configuration and split."""
    return f"{task}/{split}.parquet"


def latest_edition(editions: Sequence[Edition], having_rows: Collection[str]) -> Edition | None:
    """The edition that `latest` shows for a task, out of those that have rows for it (METHOD §7).

    The newest frozen one of ours, else the newest reference edition. Among development editions: the newest.
    """
    newest = sorted(
        (edition for edition in editions if edition.id in having_rows),
        key=lambda edition: (edition.dated, edition.id),
        reverse=True,
    )
    ranks = (
        lambda edition: edition.development,
        lambda edition: not edition.reference and edition.status is EditionStatus.FROZEN,
        lambda edition: edition.reference,
    )
    return next((edition for wanted in ranks for edition in newest if wanted(edition)), None)
