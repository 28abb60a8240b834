"""Freezing an edition's bands and rating rows against them (METHOD §5, §6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from leaderboard.domain import MIN_REFERENCES, Bands, Cell, Provenance, Rating, Reference, Rule
from leaderboard.rating.bands import make_bands
from leaderboard.rating.stars import star_range, stars

ATTESTED = "attested by its submitter, not measured by us"
"""Why a submitter's own figure has none, also where the cell has no bands yet (METHOD §6)."""

ReferenceModels = Mapping[str, Sequence[str]]
"""Cell key without the edition → its reference models."""


def freeze(
    rows: Sequence[Rating], rule: Rule, reference_models: ReferenceModels | None = None
) -> dict[Cell, Bands]:
    """The bands of every cell that has enough reference models.

    Only best rows count, and no attested ones: a forged figure must not move a scale. Under `quintile` a
    model counts once, by its most frugal best row, so that ten rows of one model are one of ten models;
    under `range` each row counts, as its source has it.

    Args:
        reference_models: the models that make the bands of each cell; those not among the rows are left
            out. None: all models of a cell.
    """
    made = {
        cell: make_bands(rule, _references(cell, group, rule, reference_models))
        for cell, group in _by_cell(rows).items()
    }
    return {cell: bands for cell, bands in made.items() if bands is not None}


def rate(
    rows: Sequence[Rating],
    bands: Mapping[Cell, Bands],
    rule: Rule,
    reference_models: ReferenceModels | None = None,
) -> list[Rating]:
    """The rows, in their order, with stars, star range, cell size, or the reason for having no stars.

    Not rated are other configurations than the best (they stand beside it), attested rows (METHOD §6),
    and cells without bands. Whatever stars a row had before are replaced.

    Args:
        bands: frozen ones; rows never move them.
        reference_models: as in `freeze`; counts "n of 10" in cells without bands.
    """
    rated: dict[int, Rating] = {}
    places: defaultdict[Cell, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row.cell].append(place)
    for cell, members in places.items():
        group = [rows[place] for place in members]
        frozen = bands.get(cell)
        if frozen is None:
            size = len(_references(cell, group, rule, reference_models))
            why = _why_not(rule, size)
            done: Iterable[Rating] = (
                _unrated(row, rule, size, ATTESTED if row.provenance is Provenance.ATTESTED else why)
                for row in group
            )
        else:
            done = _rate_cell(group, frozen, rule)
        rated.update(zip(members, done, strict=True))
    return [rated[place] for place in range(len(rows))]


def _by_cell(rows: Iterable[Rating]) -> dict[Cell, list[Rating]]:
    cells: defaultdict[Cell, list[Rating]] = defaultdict(list)
    for row in rows:
        cells[row.cell].append(row)
    return dict(cells)


def _references(
    cell: Cell, rows: Iterable[Rating], rule: Rule, reference_models: ReferenceModels | None
) -> list[Reference]:
    counted = [row for row in rows if row.best and row.provenance is not Provenance.ATTESTED]
    if reference_models is not None:
        listed = set(reference_models.get(cell.key_in_edition, ()))
        counted = [row for row in counted if row.model in listed]
    if rule is Rule.RANGE:
        return [_reference(row) for row in counted]
    least: dict[str, Rating] = {}
    for row in counted:
        least[row.model] = min(row, least.get(row.model, row), key=lambda one: one.energy_wh_per_1000)
    return [_reference(row) for row in least.values()]


def _reference(row: Rating) -> Reference:
    return Reference(model=row.model, energy=row.energy_wh_per_1000, revision=row.revision)


def _rate_cell(rows: Sequence[Rating], bands: Bands, rule: Rule) -> list[Rating]:
    size = len(bands.references)
    given = stars([row.energy_wh_per_1000 for row in rows], bands)
    rated = []
    for row, star in zip(rows, given, strict=True):
        if not row.best:
            rated.append(_unrated(row, rule, size, ""))
        elif row.provenance is Provenance.ATTESTED:
            rated.append(_unrated(row, rule, size, ATTESTED))
        else:
            low, high = _star_range(row, bands)
            update = {
                "stars": int(star),
                "stars_low": low,
                "stars_high": high,
                "not_rated": "",
                "cell_size": size,
                "rule": rule,
            }
            rated.append(row.model_copy(update=update))
    return rated


def _star_range(row: Rating, bands: Bands) -> tuple[int | None, int | None]:
    if row.energy_low is None or row.energy_high is None:
        return None, None
    return star_range(row.energy_low, row.energy_high, bands)


def _unrated(row: Rating, rule: Rule, size: int, why: str) -> Rating:
    update = {
        "stars": None,
        "stars_low": None,
        "stars_high": None,
        "not_rated": why if row.best else "",
        "cell_size": size,
        "rule": rule,
    }
    return row.model_copy(update=update)


def _why_not(rule: Rule, size: int) -> str:
    if rule is Rule.QUINTILE and size < MIN_REFERENCES:
        return f"not rated ({size} of {MIN_REFERENCES})"
    return "not rated: the bands of its cell are not frozen yet"
