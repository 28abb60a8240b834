"""Editions: put in whole, frozen once; stars that were given never move (METHOD §5)."""

from __future__ import annotations

import pytest

from leaderboard.domain import Cell, Conflict, EditionStatus, NotFound, Provenance, Rule
from leaderboard.record import RatingQuery, Record
from tests import builders

EDITION = builders.edition()
CELL = Cell(EDITION.id, "sentence-similarity", "cpu", "", "offline-b1", "off")
OTHER = CELL._replace(task="text-generation", model_class="A", reasoning="on")
BANDS = builders.bands()
WIDE = builders.bands((1.0, 2.0, 3.0, 4.0))
RANGE = builders.bands((), rule=Rule.RANGE, low=0.1, high=2.0)
ROWS = [builders.rating(f"o/m-{number}") for number in range(3)]


def test_the_same_hash_changes_nothing(record: Record) -> None:
    assert record.put_edition(EDITION, {CELL: BANDS}, ROWS, "one") is True
    version, outbox = record.version, record.outbox()
    assert record.put_edition(EDITION, {}, [], "one") is False
    assert (record.version, record.outbox()) == (version, outbox)
    assert record.bands_of(EDITION.id) == {CELL: BANDS}
    assert len(record.edition_rows(EDITION.id)) == 3


def test_another_hash_replaces_the_whole_edition_and_nothing_else(record: Record) -> None:
    neighbour = builders.edition("dev-2027")
    record.put_edition(neighbour, {}, [builders.rating(edition=neighbour.id)], "one")
    record.put_edition(EDITION, {CELL: BANDS}, ROWS, "one")
    renamed = builders.edition(title="Renamed")
    row = builders.rating("o/new")
    assert record.put_edition(renamed, {OTHER: RANGE}, [row, ROWS[0]], "two") is True
    assert record.edition(EDITION.id) == renamed
    assert record.bands_of(EDITION.id) == {OTHER: RANGE}
    assert (record.bands(CELL), record.bands(OTHER)) == (None, RANGE)
    assert {found.id for found in record.edition_rows(EDITION.id)} == {row.id, ROWS[0].id}
    assert record.ratings_of(ROWS[1].model) == []
    with pytest.raises(NotFound):
        record.rating(ROWS[1].id)
    assert record.ratings(RatingQuery(edition=neighbour.id)).total == 1
    assert [found.subject for found in record.outbox()] == [neighbour.id, EDITION.id]


def test_rows_of_an_edition_in_their_order(record: Record) -> None:
    rows = [
        builders.rating("o/a", energy_wh_per_1000=2.0),
        builders.rating("o/b", energy_wh_per_1000=1.0),
        builders.rating("o/c", task="image-generation", hardware="t4-16gb", energy_wh_per_1000=9.0),
        builders.rating("o/d", task="image-generation", hardware="cpu", energy_wh_per_1000=10.0),
        builders.rating("o/e", model_class="A", energy_wh_per_1000=0.5),
        builders.rating("o/f", best=False, task="a-first-task", energy_wh_per_1000=0.1),
    ]
    record.put_edition(EDITION, {}, rows, "hash")
    assert [row.model[-1] for row in record.edition_rows(EDITION.id)] == ["d", "c", "b", "a", "e", "f"]
    assert record.edition_rows("no-such") == []


def test_freezing(record: Record) -> None:
    record.put_edition(EDITION, {}, [builders.rating(row.model, stars=None) for row in ROWS], "hash")
    late = builders.rating("o/late", stars=None)
    frozen = builders.edition(status=EditionStatus.FROZEN, dated="2026-11-05")
    record.put_edition(EDITION, {}, [*record.edition_rows(EDITION.id), late], "hash 2")
    outbox = record.outbox()
    record.freeze_edition(frozen, {CELL: BANDS}, ROWS)
    assert record.edition(EDITION.id) == frozen
    assert record.bands(CELL) == BANDS
    stars = {row.model: row.stars for row in record.edition_rows(EDITION.id)}
    assert stars == {**{row.model: 3 for row in ROWS}, "o/late": None}  # not among them: left as it is
    assert record.outbox() != outbox
    assert record.put_edition(EDITION, {}, [], "hash 2") is False  # the hash stayed


def test_frozen_bands_never_move(record: Record) -> None:
    record.put_edition(EDITION, {}, [], "hash")
    record.freeze_edition(EDITION, {CELL: BANDS}, [])
    version = record.version
    with pytest.raises(Conflict, match="frozen already"):
        record.freeze_edition(EDITION, {OTHER: WIDE, CELL: WIDE}, ROWS)
    assert record.bands_of(EDITION.id) == {CELL: BANDS}
    assert record.edition_rows(EDITION.id) == []
    assert record.version == version
    record.freeze_edition(EDITION, {OTHER: WIDE, CELL: BANDS}, ROWS)
    record.freeze_edition(EDITION, {}, [])
    assert record.bands_of(EDITION.id) == {CELL: BANDS, OTHER: WIDE}


def test_freezing_what_is_not_there(record: Record) -> None:
    with pytest.raises(NotFound, match="no edition"):
        record.freeze_edition(EDITION, {CELL: BANDS}, ROWS)
    assert record.bands(CELL) is None


def test_renewing_changes_the_words_and_keeps_what_was_measured(record: Record) -> None:
    record.put_edition(EDITION, {CELL: BANDS}, ROWS, "one")
    outbox = record.outbox()
    renamed = builders.edition(title="Renamed")
    counted = ROWS[0].model_copy(update={"cell_size": 7})
    record.renew_edition(renamed, [counted], "two")
    assert record.edition(EDITION.id) == renamed
    assert record.bands_of(EDITION.id) == {CELL: BANDS}
    sizes = {row.model: row.cell_size for row in record.edition_rows(EDITION.id)}
    assert sizes == {row.model: row.cell_size for row in ROWS} | {counted.model: 7}
    assert record.outbox() != outbox
    assert record.put_edition(renamed, {}, [], "two") is False
    with pytest.raises(NotFound, match="no edition"):
        record.renew_edition(builders.edition("dev-2027"), [], "one")


def test_measured_models_by_cell(record: Record) -> None:
    rows = [
        builders.rating("o/a"),
        builders.rating("o/b"),
        builders.rating("o/b", best=False, configuration="batch 2", stars=None),
        builders.rating("o/shown", best=False, stars=None),
        builders.rating("o/told", provenance=Provenance.ATTESTED, stars=None, not_rated="attested"),
        *(
            builders.rating("o/c", task=OTHER.task, model_class="A", reasoning=reasoning)
            for reasoning in ("low", "high")
        ),
    ]
    record.put_edition(EDITION, {}, rows, "hash")
    assert record.measured_models(EDITION.id) == {CELL: {"o/a", "o/b"}, OTHER: {"o/c"}}
    assert record.measured_models("no-such") == {}
