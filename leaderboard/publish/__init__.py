"""Artefacts: the record's ratings and runs as data sets, in a folder and on the Hub (DESIGN §4, §8)."""

from leaderboard.publish.artefacts import build
from leaderboard.publish.columns import RATING_COLUMNS, RUN_COLUMNS, Column
from leaderboard.publish.differences import Difference, verify
from leaderboard.publish.folder import FolderHub
from leaderboard.publish.hub import Hub, HubBusy, MemoryHub, StaleParent, make_hub
from leaderboard.publish.layout import SUFFIXES, Suffix, check_dataset, repository
from leaderboard.publish.pace import Pace, Patience
from leaderboard.publish.parquet import parquet_bytes, read_parquet, read_table, write_table
from leaderboard.publish.publisher import PUBLISHED, Publisher
from leaderboard.publish.report import Report, RepositoryReport
from leaderboard.publish.tables import (
    RATING_SCHEMA,
    RUN_SCHEMA,
    ratings_of,
    ratings_table,
    runs_of,
    runs_table,
)
from leaderboard.publish.view import RecordView, view_of

__all__ = [
    "PUBLISHED",
    "RATING_COLUMNS",
    "RATING_SCHEMA",
    "RUN_COLUMNS",
    "RUN_SCHEMA",
    "SUFFIXES",
    "Column",
    "Difference",
    "FolderHub",
    "Hub",
    "HubBusy",
    "MemoryHub",
    "Pace",
    "Patience",
    "Publisher",
    "RecordView",
    "Report",
    "RepositoryReport",
    "StaleParent",
    "Suffix",
    "build",
    "check_dataset",
    "make_hub",
    "parquet_bytes",
    "ratings_of",
    "ratings_table",
    "read_parquet",
    "read_table",
    "repository",
    "runs_of",
    "runs_table",
    "verify",
    "view_of",
    "write_table",
]
