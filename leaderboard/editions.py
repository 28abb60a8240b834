"""Editions at work: reference figures into the record, a new run into a rating, a cell into frozen bands.

This is where catalogue, rating and record meet; each of them stays ignorant of the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from leaderboard import catalogue, cells
from leaderboard.domain import (
    BadInput,
    Bands,
    Cell,
    Edition,
    EditionStatus,
    Finding,
    HardwareClass,
    ModelFacts,
    NotFound,
    Rating,
    Run,
    Severity,
    model_class,
    now,
    rating_id,
    wh_per_1000,
)
from leaderboard.rating import edition as bands_and_stars
from leaderboard.record import Record


def load_catalogue(record: Record) -> list[str]:
    """Bring the catalogue's editions into the record; returns the ids of those that changed.

    Reference editions are replaced when their content hash changed. Our own keep what was measured: while
    one is open its words and its reference models follow the catalogue; once frozen they stand.
    """
    changed = []
    known = {edition.id: edition for edition in record.editions()}
    for edition in catalogue.editions().values():
        content_hash = catalogue.content_hash_of_edition(edition.id)
        if edition.reference:
            rows = catalogue.reference_rows(edition.id)
            bands = bands_and_stars.freeze(rows, edition.rule)
            rated = bands_and_stars.rate(rows, bands, edition.rule)
            if record.put_edition(edition, bands, rated, content_hash):
                changed.append(edition.id)
        elif edition.id not in known:
            record.put_edition(edition, {}, (), content_hash)
            changed.append(edition.id)
        elif known[edition.id].status is EditionStatus.OPEN and known[edition.id] != edition:
            rows = record.edition_rows(edition.id)
            bands = record.bands_of(edition.id)
            # Other reference models make other counts in "not rated (n of 10)".
            rated = bands_and_stars.rate(rows, bands, edition.rule, _listed(edition))
            record.renew_edition(edition, rated, content_hash)
            changed.append(edition.id)
    return changed


def edition_for(record: Record, run: Run) -> Edition:
    """The edition a run belongs to: a development one unless it may stand in public (METHOD §3.4, §4).

    Raises:
        NotFound: no own edition of that kind is there.
    """
    hardware = catalogue.hardware(run.plan.hardware)
    development = is_development(run, hardware)
    for edition in record.editions():
        ours = not edition.reference and edition.status is not EditionStatus.SUPERSEDED
        if ours and edition.development == development:
            return edition
    kind = "development" if development else "public"
    raise NotFound(f"There is no open {kind} edition for this run.", "Open one in catalogue/editions/.")


def is_development(run: Run, hardware: HardwareClass) -> bool:
    """Whether a figure must stay in development editions, whatever its provenance."""
    return (
        hardware.development
        or run.plan.profile.id != "official"
        or run.plan.device is not hardware.device
        or not run.provenance.public
    )


class Rated(NamedTuple):
    """A run as the board shows it, and what the cell's other runs say about it."""

    rating: Rating
    findings: list[Finding]
    """Checks that need other runs; in development editions none of them rejects."""


def rate_run(record: Record, run: Run, facts: ModelFacts) -> Rated:
    """The board's row of a run, rated at once against the frozen bands of its cell (METHOD §5).

    Its comparison interval pools the between-start spreads of the cell's runs as they are now; rows that are
    there already keep the one they were given.
    """
    edition = edition_for(record, run)
    row = row_of(run, facts, edition, None)
    all_rows = record.edition_rows(edition.id)
    neighbours = [other for other in all_rows if other.cell == row.cell and other.id != row.id]
    cell = cells.runs_of(record, neighbours)
    own = cells.runs_of(record, [other for other in all_rows if other.model == row.model])
    findings = cells.cross_checks(run, cell, own)
    if edition.development:
        # Shared cores and estimates spread further than what these checks allow on a board.
        findings = [finding.model_copy(update={"severity": Severity.FLAG}) for finding in findings]
    row = row_of(run, facts, edition, cells.comparison_j(run, cell))
    bands = record.bands(row.cell)
    frozen = {row.cell: bands} if bands is not None else {}
    rated = _rate([row, *neighbours], frozen, edition)
    return Rated(next(candidate for candidate in rated if candidate.id == row.id), findings)


def row_of(run: Run, facts: ModelFacts, edition: Edition, comparison_j: float | None) -> Rating:
    """A run as a row, without stars yet.

    Args:
        comparison_j: half-width of its comparison interval, J per query; None: not yet known.
    """
    plan = run.plan
    task = catalogue.task(plan.task)
    hardware = catalogue.hardware(plan.hardware)
    low = high = None
    if comparison_j is not None and comparison_j < run.energy_per_query_j:
        low = wh_per_1000(run.energy_per_query_j - comparison_j)
        high = wh_per_1000(run.energy_per_query_j + comparison_j)
    rated = [window for window in run.windows if window.phase in task.phases]
    return Rating(
        id=rating_id(
            edition.id,
            plan.task,
            plan.hardware,
            plan.protocol,
            plan.reasoning,
            plan.model.repo_id,
            plan.model.sha,
            plan.model.precision,
        ),
        edition=edition.id,
        task=plan.task,
        hardware=plan.hardware,
        model_class=model_class(run.model.params) if task.classes else "",
        protocol=plan.protocol,
        reasoning=plan.reasoning,
        model=plan.model.repo_id,
        revision=plan.model.sha,
        precision=plan.model.precision,
        energy_wh_per_1000=wh_per_1000(run.energy_per_query_j),
        energy_low=low,
        energy_high=high,
        not_rated="not rated yet",
        quality=run.quality.value,
        quality_metric=run.quality.metric,
        params=run.model.params,
        active_params=run.model.active_params,
        licence=facts.licence,
        provenance=run.provenance,
        development=edition.development,
        rule=edition.rule,
        measured_at=run.finished_at,
        run_id=run.id,
        gpus=hardware.gpus,
        batch=catalogue.protocol(plan.protocol).batch,
        latency_s=run.latency_s,
        mean_power_w=sum(window.energy_j for window in rated) / sum(window.seconds for window in rated),
        source=f"run {run.id}",
    )


def freeze(record: Record, edition_id: str) -> dict[str, int]:
    """Freeze the bands of an own edition; returns stars-giving models per newly frozen cell.

    Cells that have bands keep them: a star that was given never moves (METHOD §5). A development
    edition takes every model of a cell as a reference; a public one takes the models it lists.

    Raises:
        BadInput: a reference edition, or no cell has enough reference models.
        NotFound: no such edition.
    """
    edition = record.edition(edition_id)
    if edition.reference:
        raise BadInput(f"{edition_id} holds published figures.", "Only our own editions are frozen.")
    rows = record.edition_rows(edition_id)
    kept = record.bands_of(edition_id)
    made = bands_and_stars.freeze(rows, edition.rule, _listed(edition))
    new = {cell: bands for cell, bands in made.items() if cell not in kept and _is_rated(cell.protocol)}
    if not new and not kept:
        raise BadInput(
            f"No cell of {edition_id} has the ten reference models that bands need.",
            "Measure more models of one task on one hardware class first.",
        )
    bands = {**new, **kept}
    frozen = edition.model_copy(update={"status": EditionStatus.FROZEN, "dated": now().date()})
    rated = _rate(rows, bands, edition)
    record.freeze_edition(frozen, bands, rated)
    return {cell.key_in_edition: len(cell_bands.references) for cell, cell_bands in new.items()}


def _rate(rows: Sequence[Rating], bands: Mapping[Cell, Bands], edition: Edition) -> list[Rating]:
    """Rows with their stars; those of a protocol that is only shown say so (METHOD §2)."""
    rated = bands_and_stars.rate(rows, bands, edition.rule, _listed(edition))
    return [
        row
        if _is_rated(row.protocol) or row.stars is not None
        else row.model_copy(update={"not_rated": "shown, never rated"})
        for row in rated
    ]


def _is_rated(protocol: str) -> bool:
    return catalogue.protocol(protocol).rated


def _listed(edition: Edition) -> dict[str, tuple[str, ...]] | None:
    """The reference models an edition names; None where all models of a cell are (METHOD §5, §7)."""
    return None if edition.development or edition.reference else edition.reference_models
