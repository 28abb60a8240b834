"""A moment of the record → the files of all data sets, as bytes. Pure: the same view gives the same bytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from leaderboard.domain import Edition, Rating, Run
from leaderboard.publish.beside import tables_beside
from leaderboard.publish.card import TableInCard, card
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
from leaderboard.publish.parquet import parquet_bytes
from leaderboard.publish.summary import summary_of
from leaderboard.publish.tables import ratings_table, runs_table
from leaderboard.publish.view import RecordView

Files = dict[str, bytes]


def build(view: RecordView, dataset: str | None = None) -> dict[Suffix, Files]:
    """The files of every data set, manifests and cards included.

    `dataset` is ORG/PREFIX, for the card's words on how to load; None: the files stay in a folder.
    A data set without rows has a card and a manifest only.
    """
    made: dict[Suffix, Files] = {}
    for suffix in (RATINGS, RATINGS_DEV):
        made[suffix] = _ratings(suffix, view, dataset)
    for suffix in (RUNS, RUNS_DEV):
        made[suffix] = _runs(suffix, view, dataset)
    return made


def _ratings(suffix: Suffix, view: RecordView, dataset: str | None) -> Files:
    by_task: dict[str, dict[str, list[Rating]]] = defaultdict(lambda: defaultdict(list))
    editions = {edition.id: edition for edition in view.editions}
    for edition in view.editions:
        for row in view.rows.get(edition.id, ()):
            if rating_goes_to(row, edition) == suffix:
                by_task[row.task][edition.id].append(row)
    files: Files = {}
    tables: list[TableInCard] = []
    for task, by_edition in sorted(by_task.items()):
        ordered = _newest_first(editions[edition_id] for edition_id in by_edition)
        latest = latest_edition(ordered, by_edition)
        for edition in ordered:
            rows = by_edition[edition.id]
            content = parquet_bytes(ratings_table(rows))
            splits = (LATEST, edition.split) if edition is latest else (edition.split,)
            for split in splits:
                files[path_of(task, split)] = content
                tables.append(TableInCard(task, split, edition.id, len(rows)))
    shown = {table.edition for table in tables}
    here = _newest_first(each for each in view.editions if each.id in shown)
    for name, table in tables_beside(suffix, view).items():
        files[path_of(name, name)] = parquet_bytes(table)
        tables.append(TableInCard(name, name, "", table.num_rows))
    if here:
        every = [row for by_edition in by_task.values() for rows in by_edition.values() for row in rows]
        listed_splits = {
            task: [(table.split, table.edition) for table in tables if table.task == task] for task in by_task
        }
        # Of one edition `latest` was listed first, but it may not be the newest one.
        ordered_splits = {task: sorted(listed, key=_latest_first) for task, listed in listed_splits.items()}
        entries = _entries(files, tables)
        summary = summary_of(not public(suffix), here, every, ordered_splits, entries)
        files[SUMMARY] = summary.content()
    return _with_card_and_manifest(suffix, view, files, tables, here, dataset)


def _latest_first(listed: tuple[str, str]) -> bool:
    return listed[0] != LATEST


def _entries(files: Files, tables: Sequence[TableInCard]) -> dict[str, Entry]:
    rows = {path_of(table.task, table.split): table.rows for table in tables}
    return {path: entry_of(content, rows.get(path)) for path, content in sorted(files.items())}


def _runs(suffix: Suffix, view: RecordView, dataset: str | None) -> Files:
    by_task: dict[str, list[Run]] = defaultdict(list)
    for run in view.runs:
        if run_goes_to(run) == suffix:
            by_task[run.plan.task].append(run)
    files: Files = {}
    tables: list[TableInCard] = []
    for task, runs in sorted(by_task.items()):
        files[path_of(task, RUNS_SPLIT)] = parquet_bytes(runs_table(runs, run_is_development))
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
    files[CARD] = card(suffix, ordered, editions, dataset).encode()
    manifest = Manifest(record_version=view.version, files=_entries(files, tables))
    return {**dict(sorted(files.items())), MANIFEST: manifest.content()}


def _newest_first(editions: Iterable[Edition]) -> list[Edition]:
    return sorted(editions, key=lambda edition: (edition.dated, edition.id), reverse=True)
