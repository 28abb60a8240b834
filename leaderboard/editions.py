"""Editions at work: reference figures into the record, a new run into a rating.

This is where catalogue, rating and record meet; each of them stays ignorant of the others.
"""

from __future__ import annotations

from typing import NamedTuple

from leaderboard import catalogue, cells, served
from leaderboard.domain import (
    Edition,
    EditionStatus,
    Finding,
    HardwareClass,
    ModelFacts,
    NotFound,
    Rating,
    Run,
    Severity,
    Sweep,
    model_class,
    of_rung,
    rating_id,
    wh_per_1000,
)
from leaderboard.freezing import freeze as freeze
from leaderboard.freezing import listed, rate
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
            rated = bands_and_stars.rate(rows, bands, edition.rule, listed(edition))
            record.renew_edition(edition, rated, content_hash)
            changed.append(edition.id)
    return changed


def edition_for(record: Record, run: Run) -> Edition:
    """The edition a run belongs to: a development one unless it may stand in public (METHOD §3.4, §4).

    While an edition is being prepared to follow a frozen one, runs still get their stars in the frozen one.

    Raises:
        NotFound: no own edition of that kind is there.
    """
    hardware = catalogue.hardware(run.plan.hardware)
    development = is_development(run, hardware)
    ours = [
        edition
        for edition in record.editions()
        if not edition.reference
        and edition.status is not EditionStatus.SUPERSEDED
        and edition.development == development
    ]
    frozen = {edition.id for edition in ours if edition.status is EditionStatus.FROZEN}
    followed = {edition.succeeds for edition in ours if edition.id in frozen}
    for edition in ours:
        waits = edition.id not in frozen and edition.succeeds in frozen
        if not waits and edition.id not in followed:
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
    beside: tuple[Rating, ...] = ()
    """The other rungs of a sweep, whose most frugal one is `rating`; the other concurrencies of a server."""

    @property
    def rows(self) -> list[Rating]:
        """Everything that goes onto the board."""
        return [self.rating, *self.beside]


def rate_run(record: Record, run: Run, facts: ModelFacts) -> Rated:
    """The board's row of a run, rated at once against the frozen bands of its cell (METHOD §5).

    Its comparison interval pools the between-start spreads of the cell's runs as they are now; rows that are
    there already keep the one they were given.
    """
    edition = edition_for(record, run)
    if run.sweep is not None:
        best, *others = sorted(swept_rows(run, run.sweep, facts, edition), key=_energy)
        return Rated(best, [], tuple(others))
    row = row_of(run, facts, edition, None)
    # A run's other configurations stand beside its row; they are the same run, and counted once.
    neighbours = [other for other in record.cell_rows(row.cell) if other.id != row.id]
    cell = cells.runs_of(record, neighbours)
    own = cells.runs_of(record, record.rated_rows(edition.id, [row.model]).get(row.model, []))
    findings = cells.cross_checks(run, cell, own)
    if edition.development:
        # Shared cores and estimates spread further than what these checks allow on a board.
        findings = [finding.model_copy(update={"severity": Severity.FLAG}) for finding in findings]
    row = row_of(run, facts, edition, cells.comparison_j(run, cell))
    bands = record.bands(row.cell)
    frozen = {row.cell: bands} if bands is not None else {}
    rated = rate([row, *neighbours], frozen, edition)
    own_row = next(candidate for candidate in rated if candidate.id == row.id)
    return Rated(own_row, findings, tuple(served.beside(own_row, run)))


def swept_rows(run: Run, sweep: Sweep, facts: ModelFacts, edition: Edition) -> list[Rating]:
    """Each valid rung of a sweep as a configuration: shown, never rated (METHOD §2)."""
    rows = []
    for rung in sweep.rungs:
        if not rung.valid:
            continue
        row = row_of(of_rung(run, rung), facts, edition, None)
        own = {
            "batch": rung.batch,
            "configuration": rung.words,
            "latency_s": served.latency_of(of_rung(run, rung), rung.batch),
            "best": False,
            "not_rated": "shown, never rated",
        }
        rows.append(row.model_copy(update={**own, "id": rating_id(row.id, f"batch {rung.batch}")}))
    return rows


def _energy(row: Rating) -> float:
    return row.energy_wh_per_1000


def row_of(run: Run, facts: ModelFacts, edition: Edition, comparison_j: float | None) -> Rating:
    """A run as a row, without stars yet.

    Args:
        comparison_j: half-width of its comparison interval, J per query; None: not yet known.
    """
    plan = run.plan
    task = catalogue.task_of(plan)
    hardware = catalogue.hardware(plan.hardware)
    low = high = None
    if comparison_j is not None and comparison_j < run.energy_per_query_j:
        low = wh_per_1000(run.energy_per_query_j - comparison_j)
        high = wh_per_1000(run.energy_per_query_j + comparison_j)
    rated = [window for window in run.windows if window.phase in task.phases]
    return Rating(
        id=rating_id(
            *(edition.id, plan.task, plan.hardware, plan.protocol, plan.reasoning),
            *(plan.model.repo_id, plan.model.sha, plan.model.precision),
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
        library=facts.library,
        weights_open=not (facts.gated or facts.private),
        # A card that names no data set says nothing about what its model was trained on.
        data_open=True if any(tag.startswith("dataset:") for tag in facts.tags) else None,
        licence_open=catalogue.licences().is_open(facts.licence),
        provenance=run.provenance,
        development=edition.development,
        rule=edition.rule,
        measured_at=run.finished_at,
        run_id=run.id,
        gpus=hardware.gpus,
        batch=catalogue.protocol(plan.protocol).batch,
        configuration=served.configuration_of(run),
        latency_s=served.latency_of(run, catalogue.protocol(plan.protocol).batch),
        mean_power_w=sum(window.energy_j for window in rated) / sum(window.seconds for window in rated),
        source=f"run {run.id}",
    )
