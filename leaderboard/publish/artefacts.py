"""A moment of the record → the files of all data sets. Pure: the same view gives the same bytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from leaderboard.domain import Edition, Rating, Run
from leaderboard.publish.beside import tables_beside
from leaderboard.publish.card import TableInCard, card
from leaderboard.publish.files import Files
from leaderboard.publish.gate import rating_goes_to, run_goes_to, run_is_development
from leaderboard.publish.layout import (
    CARD,
    LATEST,
    MANIFEST,
    RATINGS,
    RATINGS_DEV,
    RUNS,
    RUNS_DEV,
    RUNS_SPLIT,
    SUMMARY,
    Suffix,
    is_beside,
    latest_edition,
    path_of,
    public,
)
from leaderboard.publish.manifest import Entry, Manifest, entry_of
from leaderboard.publish.parquet import parquet_bytes, write_parts
from leaderboard.publish.summary import Cells, summary_of
from leaderboard.publish.tables import RATING_SCHEMA, ratings_in_parts, runs_table
from leaderboard.publish.view import RecordView


class Made(NamedTuple):
    """What is to lie in the data sets."""

    files: dict[Suffix, Files]
    withheld: tuple[str, ...]
    """Ids of rows that contradict their edition and go nowhere."""


def build(view: RecordView, dataset: str | None = None) -> dict[Suffix, Files]:
    """The files of every data set, manifests and cards included; as `make`."""
    return make(view, dataset).files


def make(view: RecordView, dataset: str | None = None) -> Made:
    """The files of every data set, manifests and cards included, in one walk over the rows.

    `dataset` is ORG/PREFIX, for the card's words on how to load; None: the files stay in a folder.
    A data set without rows has a card and a manifest only.
    """
    made: dict[Suffix, Files] = {}
    withheld: list[str] = []
    for suffix in (RATINGS, RATINGS_DEV):
        made[suffix] = _ratings(suffix, view, dataset, withheld)
    for suffix in (RUNS, RUNS_DEV):
        made[suffix] = _runs(suffix, view, dataset)
    return Made(made, tuple(withheld))


def _ratings(suffix: Suffix, view: RecordView, dataset: str | None, withheld: list[str]) -> Files:
    files, cells = Files(), Cells()
    by_task: dict[str, dict[str, int]] = defaultdict(dict)
    noticed: dict[str, str] = {}
    subjects = {notice.subject for notice in view.notices}
    editions = {edition.id: edition for edition in view.editions}

    def here(edition: Edition) -> Iterator[Rating]:
        for row in view.rows_of(edition.id):
            if row.id in subjects:
                noticed[row.id] = edition.id
            if rating_goes_to(row, edition) == suffix:
                cells.add(row)
                yield row
            else:
                withheld.append(row.id)

    for edition in view.editions:
        if suffix == (RATINGS_DEV if edition.development else RATINGS):
            for task, rows in groupby(here(edition), key=lambda row: row.task):
                place = files.place(path_of(task, edition.split))
                by_task[task][edition.id] = write_parts(place, ratings_in_parts(rows), RATING_SCHEMA)
    tables: list[TableInCard] = []
    for task, by_edition in sorted(by_task.items()):
        ordered = _newest_first(editions[edition_id] for edition_id in by_edition)
        latest = latest_edition(ordered, by_edition)
        for edition in ordered:
            if edition is latest:
                files.put_again(path_of(task, LATEST), path_of(task, edition.split))
                tables.append(TableInCard(task, LATEST, edition.id, by_edition[edition.id]))
            tables.append(TableInCard(task, edition.split, edition.id, by_edition[edition.id]))
    shown = {table.edition for table in tables}
    listed_here = _newest_first(each for each in view.editions if each.id in shown)
    for name, table in tables_beside(suffix, view, noticed).items():
        files.put(path_of(name, name), parquet_bytes(table))
        tables.append(TableInCard(name, name, "", table.num_rows))
    if listed_here:
        listed_splits = {
            task: [(table.split, table.edition) for table in tables if table.task == task] for task in by_task
        }
        # Of one edition `latest` was listed first, but it may not be the newest one.
        ordered_splits = {task: sorted(listed, key=_latest_first) for task, listed in listed_splits.items()}
        entries = _entries(files, tables)
        summary = summary_of(not public(suffix), listed_here, cells, ordered_splits, entries)
        files.put(SUMMARY, summary.content())
    return _with_card_and_manifest(suffix, view, files, tables, listed_here, dataset)


def _latest_first(listed: tuple[str, str]) -> bool:
    return listed[0] != LATEST


def _entries(files: Files, tables: Sequence[TableInCard]) -> dict[str, Entry]:
    rows = {path_of(table.task, table.split): table.rows for table in tables}
    return {path: entry_of(files[path], rows.get(path)) for path in sorted(files)}


def _runs(suffix: Suffix, view: RecordView, dataset: str | None) -> Files:
    by_task: dict[str, list[Run]] = defaultdict(list)
    for run in view.runs:
        if run_goes_to(run) == suffix:
            by_task[run.plan.task].append(run)
    files = Files()
    tables: list[TableInCard] = []
    for task, runs in sorted(by_task.items()):
        files.put(path_of(task, RUNS_SPLIT), parquet_bytes(runs_table(runs, run_is_development)))
        tables.append(TableInCard(task, RUNS_SPLIT, "", len(runs)))
    return _with_card_and_manifest(suffix, view, files, tables, (), dataset)


def _with_card_and_manifest(
    suffix: Suffix,
    view: RecordView,
    files: Files,
    tables: Sequence[TableInCard],
    editions: Sequence[Edition],
    dataset: str | None,
) -> Files:
    # `latest` before the editions, so that the Hub's viewer opens on it; what stands beside them at the end.
    ordered = sorted(
        tables,
        key=lambda table: (
            is_beside(path_of(table.task, table.split)),
            table.task,
            table.split != LATEST,
        ),
    )
    files.put(CARD, card(suffix, ordered, editions, dataset).encode())
    manifest = Manifest(record_version=view.version, files=_entries(files, tables))
    files.put(MANIFEST, manifest.content())
    return files


def _newest_first(editions: Iterable[Edition]) -> list[Edition]:
    return sorted(editions, key=lambda edition: (edition.dated, edition.id), reverse=True)
