"""The one gate between what may be public and what may not (METHOD §3.4, §4).

Development editions, estimates, simulations and quick runs go to `…-dev` and nowhere else. The gate sorts
words on their way into files, and looks again at the very bytes before they leave.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from leaderboard import catalogue
from leaderboard.domain import Edition, Provenance, Rating, Refused, Run, UnknownName
from leaderboard.editions import is_development
from leaderboard.publish.layout import RATINGS, RATINGS_DEV, RUNS, RUNS_DEV, Suffix, is_beside, public
from leaderboard.publish.parquet import row_groups
from leaderboard.publish.view import RecordView

_PUBLIC = frozenset(provenance.value for provenance in Provenance if provenance.public)


def rating_goes_to(row: Rating, edition: Edition) -> Suffix | None:
    """The data set a row belongs in; None: a row that contradicts its edition, which goes nowhere."""
    if edition.development:
        return RATINGS_DEV if row.development else None
    return RATINGS if row.provenance.public and not row.development else None


def run_goes_to(run: Run) -> Suffix:
    """The data set a run belongs in; on hardware the catalogue does not know, the development one."""
    return RUNS_DEV if run_is_development(run) else RUNS


def run_is_development(run: Run) -> bool:
    """Whether a run may only stand in development editions."""
    try:
        hardware = catalogue.hardware(run.plan.hardware)
    except UnknownName:
        return True
    return is_development(run, hardware)


def withheld(view: RecordView) -> list[str]:
    """Ids of rows that contradict their edition and are published nowhere, for the operator to see."""
    return [
        row.id
        for edition in view.editions
        for row in view.rows_of(edition.id)
        if rating_goes_to(row, edition) is None
    ]


def check(suffix: Suffix, files: Mapping[str, bytes]) -> None:
    """Look at the bytes that are about to leave for a data set.

    Raises:
        Refused: a public data set would get a row that may not be public.
        BadFile: a table that cannot be read back.
    """
    if not public(suffix):
        return
    for path in sorted(files):
        tables = row_groups(files[path], path) if path.endswith(".parquet") else ()
        if any(_hidden(table, path, suffix) for table in tables):
            raise Refused(
                f"{path} of the public data set {suffix} holds figures that may only stand in "
                "development editions; nothing was published.",
                "This is a fault of ours: report it with the version of the record.",
            )


def _hidden(table: pa.Table, path: str, suffix: Suffix) -> bool:
    """Whether a part of a public table has a row that may not be public."""
    hidden = any(table.column("development").to_pylist())
    if not is_beside(path):
        hidden |= any(value not in _PUBLIC for value in table.column("provenance").to_pylist())
    if suffix == RUNS:
        hidden |= any(value != "official" for value in table.column("profile").to_pylist())
    return hidden
