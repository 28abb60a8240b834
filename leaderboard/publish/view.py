"""What is published from: one moment of the record, held still."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

from leaderboard.domain import Bands, Cell, Edition, Notice, Rating, Run
from leaderboard.publish.tables import rating_order
from leaderboard.record import Record

MOST_HELD = 20_000
"""Rows of an edition that are held in memory, some kilobytes each; those of a larger one are read as they
are needed, so it is not one moment that is seen of it: the next publishing puts right what came meanwhile."""

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
    """Edition id → every row of it, best ones and other configurations; none of a larger edition."""
    streams: Mapping[str, Callable[[], Iterator[Rating]]] = field(default_factory=dict)
    """Edition id → what reads the rows of a large one, by task, hardware, class and energy."""
    bands: Mapping[str, Mapping[Cell, Bands]] = field(default_factory=dict)
    """Edition id → the frozen bands of its cells."""
    notices: tuple[Notice, ...] = ()
    """Every word added to a rating or an edition."""
    runs: tuple[Run, ...] = ()
    """Accepted and rejected ones."""

    def rows_of(self, edition_id: str) -> Iterable[Rating]:
        """Every row of an edition, in the order of published ones."""
        if edition_id in self.streams:
            return _in_order(self.streams[edition_id]())
        return sorted(self.rows.get(edition_id, ()), key=rating_order)


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
    large = {edition.id for edition in editions if record.row_count(edition.id) > MOST_HELD}
    return RecordView(
        version=version,
        editions=editions,
        rows={
            edition.id: tuple(record.edition_rows(edition.id))
            for edition in editions
            if edition.id not in large
        },
        streams={id: partial(record.each_row, id) for id in large},
        bands={edition.id: record.bands_of(edition.id) for edition in editions},
        notices=tuple(record.all_notices()),
        runs=tuple(record.all_runs()),
    )


def _in_order(rows: Iterable[Rating]) -> Iterator[Rating]:
    """Rows that come by task, hardware, class and energy, with those that tie in the published order."""
    for _, tied in groupby(rows, key=lambda row: rating_order(row)[:4]):
        yield from sorted(tied, key=rating_order)
