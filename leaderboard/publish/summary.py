"""`summary.json`: what a data set of ratings holds, small enough to read before anything else.

Its form is stable: fields may be added, none is taken away or renamed while `schema_version` stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leaderboard.domain import Cell, Edition, Rating, Word
from leaderboard.publish.layout import LATEST
from leaderboard.publish.manifest import Entry

SUMMARY_SCHEMA = 1


class EditionSummary(Word):
    """One edition that has rows here."""

    id: str
    title: str
    dated: str
    """The day it stands for, ISO 8601."""
    rule: str
    status: str
    split: str
    """Its split in every task's configuration."""
    tag: str | None
    """The tag of the commit that first held its frozen bands; None: not frozen."""


class TaskSummary(Word):
    """One configuration."""

    id: str
    splits: tuple[str, ...]
    """`latest` first where there is one, then editions, newest first."""
    latest: str | None
    """The edition that `latest` repeats."""


class Best(Word):
    """The model of a cell that needs the least energy."""

    model: str
    revision: str | None
    precision: str | None
    energy_wh_per_1000: float
    stars: int | None
    rating: str
    """Permanent id of the rating."""


class CellSummary(Word):
    """One cell: everything that compares with everything else in it."""

    edition: str
    task: str
    hardware: str
    model_class: str
    protocol: str
    reasoning: str
    models: int
    """Best rows: one for each model and precision."""
    rated: int
    """Those with stars."""
    best: Best


class Summary(Word):
    """The whole file."""

    schema_version: int = SUMMARY_SCHEMA
    development: bool
    """Development figures, which say nothing about any model or card."""
    editions: tuple[EditionSummary, ...]
    """Newest first."""
    tasks: tuple[TaskSummary, ...]
    cells: tuple[CellSummary, ...]
    files: Mapping[str, Entry]
    """Path → SHA-256, bytes and rows of every Parquet file."""

    def content(self) -> bytes:
        """The file itself; the same summary gives the same bytes."""
        return (json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n").encode()


def summary_of(
    development: bool,
    editions: Sequence[Edition],
    cells: Cells,
    splits: Mapping[str, Sequence[tuple[str, str]]],
    files: Mapping[str, Entry],
) -> Summary:
    """The summary of a data set.

    Args:
        editions: those that have rows here, newest first.
        cells: every row that is here was added to them.
        splits: task → (split, edition id) of each of its files, `latest` first.
    """
    return Summary(
        development=development,
        editions=tuple(_edition(edition) for edition in editions),
        tasks=tuple(
            TaskSummary(
                id=task,
                splits=tuple(split for split, _ in listed),
                latest=next((edition for split, edition in listed if split == LATEST), None),
            )
            for task, listed in sorted(splits.items())
        ),
        cells=cells.told(),
        files=files,
    )


def has_tag(edition: Edition) -> bool:
    """Whether an edition's bands stand, so that the data set has a tag of its name."""
    return edition.status != "open"


def _edition(edition: Edition) -> EditionSummary:
    return EditionSummary(
        id=edition.id,
        title=edition.title,
        dated=edition.dated.isoformat(),
        rule=edition.rule.value,
        status=edition.status.value,
        split=edition.split,
        tag=edition.id if has_tag(edition) else None,
    )


@dataclass
class _Tally:
    """What is known of a cell so far."""

    best: Rating
    models: int = 0
    rated: int = 0


class Cells:
    """Cells as their rows come by: nothing is held of them but numbers and the best row."""

    def __init__(self) -> None:
        self._cells: dict[Cell, _Tally] = {}

    def add(self, row: Rating) -> None:
        """Count a row; other configurations than the best are passed over."""
        if row.best:
            tally = self._cells.setdefault(row.cell, _Tally(row))
            tally.models += 1
            tally.rated += row.stars is not None
            tally.best = min(tally.best, row, key=_rank)

    def told(self) -> tuple[CellSummary, ...]:
        """All cells, in their order."""
        return tuple(_cell(cell, tally) for cell, tally in sorted(self._cells.items()))


def _rank(row: Rating) -> tuple[bool, float, str, str]:
    """Rows with stars first, then by energy."""
    return row.stars is None, row.energy_wh_per_1000, row.model, row.id


def _cell(cell: Cell, tally: _Tally) -> CellSummary:
    least = tally.best
    fields: dict[str, Any] = cell._asdict()
    return CellSummary(
        **fields,
        models=tally.models,
        rated=tally.rated,
        best=Best(
            model=least.model,
            revision=least.revision,
            precision=least.precision,
            energy_wh_per_1000=least.energy_wh_per_1000,
            stars=least.stars,
            rating=least.id,
        ),
    )
