"""A cell into frozen bands, and the rows of an edition carried on into the one that follows it.

This is where catalogue, rating and record meet; each of them stays ignorant of the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from leaderboard import catalogue
from leaderboard.domain import BadInput, Bands, Cell, Conflict, Edition, EditionStatus, Rating, rating_id
from leaderboard.rating import edition as bands_and_stars
from leaderboard.record import Record

_AT_ONCE = 1000


class Frozen(NamedTuple):
    """An edition as a freeze leaves it; nothing is written yet."""

    edition: Edition
    bands: dict[Cell, Bands]
    rows: list[Rating]
    new: dict[str, int]
    """Stars-giving models per newly frozen cell."""


def freeze(record: Record, edition_id: str) -> dict[str, int]:
    """Freeze the bands of an own edition; returns stars-giving models per newly frozen cell.

    Raises:
        BadInput, Conflict, NotFound: as `freezing`.
    """
    made = freezing(record, record.edition(edition_id))
    record.freeze_edition(made.edition, made.bands, made.rows)
    return made.new


def freezing(record: Record, edition: Edition) -> Frozen:
    """What freezing an own edition gives.

    Cells that have bands keep them: a star that was given never moves (METHOD §5). A development
    edition takes every model of a cell as a reference; a public one takes the models it lists. Rows of the
    edition that it succeeds are carried on; withdrawn ones make no bands.

    Raises:
        BadInput: a reference edition, or no cell has enough reference models.
        Conflict: it was superseded.
    """
    if edition.reference:
        raise BadInput(f"{edition.id} holds published figures.", "Only our own editions are frozen.")
    if edition.status is EditionStatus.SUPERSEDED:
        raise Conflict(f"Edition {edition.id} was superseded.", "Freeze the one that took over from it.")
    rows = carried(record, edition)
    withdrawn = withdrawn_among(record, rows)
    kept = record.bands_of(edition.id)
    made = bands_and_stars.freeze(
        [row for row in rows if row.id not in withdrawn], edition.rule, listed(edition)
    )
    at = record.now()
    new = {
        cell: bands.model_copy(update={"frozen_at": at, "beside": _beside(cell, bands, rows)})
        for cell, bands in made.items()
        if cell not in kept and _is_rated(cell.protocol)
    }
    if not new and not kept:
        raise BadInput(
            f"No cell of {edition.id} has the ten reference models that bands need.",
            "Measure more models of one task on one hardware class first.",
        )
    bands = {**new, **kept}
    frozen = edition.model_copy(update={"status": EditionStatus.FROZEN, "dated": at.date()})
    counts = {cell.key_in_edition: len(cell_bands.references) for cell, cell_bands in new.items()}
    return Frozen(frozen, bands, rate(rows, bands, edition), counts)


def carried(record: Record, edition: Edition) -> list[Rating]:
    """Every row of an edition, with those that it carries on from the edition it succeeds, rated anew.

    A row is carried on as it is, under an id of its own and without its stars; a withdrawn one is not, and
    one that was measured later here stays.
    """
    rows = {row.id: row for row in record.edition_rows(edition.id)}
    if edition.succeeds is not None:
        earlier = record.edition_rows(edition.succeeds)
        withdrawn = withdrawn_among(record, earlier)
        for row in earlier:
            moved = row.model_copy(
                update={
                    "id": own_rating_id(edition.id, row),
                    "edition": edition.id,
                    "rule": edition.rule,
                    "development": edition.development,
                }
            )
            here = rows.get(moved.id)
            if row.id not in withdrawn and (here is None or _later(row, here)):
                rows[moved.id] = moved
    return rate(list(rows.values()), record.bands_of(edition.id), edition)


def has_more(record: Record, edition: Edition) -> bool:
    """Whether the edition that one succeeds has a row to carry on: one that is not there, or is later."""
    if edition.succeeds is None:
        return False
    earlier = record.each_row(edition.succeeds)
    while rows := list(islice(earlier, _AT_ONCE)):
        withdrawn = withdrawn_among(record, rows)
        moved = {own_rating_id(edition.id, row): row for row in rows if row.id not in withdrawn}
        here = {row.id: row for row in record.ratings_named(moved)}
        if any(id not in here or _later(row, here[id]) for id, row in moved.items()):
            return True
    return False


def own_rating_id(edition_id: str, row: Rating) -> str:
    """The id that a row of ours has in an edition."""
    itself = (row.task, row.hardware, row.protocol, row.reasoning, row.model)
    return rating_id(edition_id, *itself, row.revision or "", row.precision or "")


def withdrawn_among(record: Record, rows: Sequence[Rating]) -> dict[str, str]:
    """Ids of the rows that were withdrawn, each with the reason."""
    notices = record.notices_on([row.id for row in rows])
    return {
        id: notice.reason for id, said in notices.items() for notice in said if notice.kind == "withdrawn"
    }


def _later(row: Rating, other: Rating) -> bool:
    return row.measured_at is not None and (other.measured_at is None or row.measured_at > other.measured_at)


def _beside(cell: Cell, bands: Bands, rows: Sequence[Rating]) -> tuple[str, ...]:
    references = {reference.model for reference in bands.references}
    return tuple(sorted({row.model for row in rows if row.cell == cell} - references))


def rate(rows: Sequence[Rating], bands: Mapping[Cell, Bands], edition: Edition) -> list[Rating]:
    """Rows with their stars; those of a protocol that is only shown say so (METHOD §2)."""
    rated = bands_and_stars.rate(rows, bands, edition.rule, listed(edition))
    return [
        row
        if _is_rated(row.protocol) or row.stars is not None
        else row.model_copy(update={"not_rated": "shown, never rated"})
        for row in rated
    ]


def _is_rated(protocol: str) -> bool:
    return catalogue.protocol(protocol).rated


def listed(edition: Edition) -> dict[str, tuple[str, ...]] | None:
    """The reference models an edition names; None where all models of a cell are (METHOD §5, §7)."""
    return None if edition.development or edition.reference else edition.reference_models
