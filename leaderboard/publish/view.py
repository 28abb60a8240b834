"""What is published from: one moment of the record, held still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from leaderboard.domain import Bands, Cell, Edition, Notice, Rating, Run
from leaderboard.record import Record

_LOOKS = 5
"""On a busy record, after so many looks a view that is not of one moment must do: what came in meanwhile
is still in the outbox, so the next publishing puts it right."""


@dataclass(frozen=True)
class RecordView:
    """Editions, their rows and all runs at one version of the record."""

    version: int
    """The record's version, which rises with every change."""
    editions: tuple[Edition, ...] = ()
    """Newest (dated) first."""
    rows: Mapping[str, tuple[Rating, ...]] = field(default_factory=dict)
    """Edition id → every row of it, best ones and other configurations."""
    bands: Mapping[str, Mapping[Cell, Bands]] = field(default_factory=dict)
    """Edition id → the frozen bands of its cells."""
    notices: tuple[Notice, ...] = ()
    """Every word added to a rating or an edition."""
    runs: tuple[Run, ...] = ()
    """Accepted and rejected ones."""


def view_of(record: Record) -> RecordView:
    """The record as it is now."""
    for _ in range(_LOOKS):
        view = _look(record)
        if record.version == view.version:
            break
    return view


def _look(record: Record) -> RecordView:
    version = record.version
    editions = tuple(record.editions())
    return RecordView(
        version=version,
        editions=editions,
        rows={edition.id: tuple(record.edition_rows(edition.id)) for edition in editions},
        bands={edition.id: record.bands_of(edition.id) for edition in editions},
        notices=tuple(record.all_notices()),
        runs=tuple(record.all_runs()),
    )
