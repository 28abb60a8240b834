"""The archive: all editions, one edition with its bands, and two of them side by side (METHOD §5)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from leaderboard import catalogue, proposing, references, succession
from leaderboard.board.render import Pages
from leaderboard.domain import Bands, Cell, Edition, EditionStatus, Notice, Rule
from leaderboard.proposing import Waiting
from leaderboard.rating.changes import CellChanges
from leaderboard.rating.document import document
from leaderboard.record import RatingQuery, Record
from leaderboard.references import CellStatus
from leaderboard.standing import newest_after

_READ = ["GET", "HEAD"]
MOST_COMPARED = 1000
"""Rated rows of each edition, those that take least first; the command line compares all of them."""


@dataclass(frozen=True)
class Shown:
    """One edition as the list has it."""

    edition: Edition
    rows: int
    models: int | None
    """How many models they are of; None: not counted."""
    cells: list[tuple[CellStatus, str, str]]
    """Cells that name reference models, with task and hardware in words."""
    superseded_by: str | None
    proposals: int
    """Proposals that wait for an operator."""


@dataclass(frozen=True)
class BandLine:
    """The bands of one cell."""

    cell: Cell
    task: str
    hardware: str
    bands: Bands
    ranges: list[tuple[int, float | None, float | None]]
    """Stars, above which energy, up to which; None: open at that end. Stars not given are left out."""


def create_edition_pages(record: Record, pages: Pages) -> APIRouter:
    """Routes of `/editions`, `/editions/{id}`, `/editions/{a}/compare/{b}`, and of their data."""
    router = APIRouter()

    @router.api_route("/editions", methods=_READ, include_in_schema=False)
    def editions(request: Request) -> Response:
        return pages.cached(request, lambda: _list(request))

    def _list(request: Request) -> Response:
        found = record.editions()
        waiting = proposing.waiting(record)
        shown = [
            Shown(
                edition,
                record.ratings(RatingQuery(edition=edition.id, limit=1)).total,
                _models(record, edition),
                _reference_cells(record, edition),
                superseded_by(edition, found),
                sum(proposal.edition == edition.id for proposal in waiting),
            )
            for edition in found
        ]
        return pages.render("editions.html", request, editions=shown)

    @router.api_route("/editions/{id}", methods=_READ, include_in_schema=False)
    def edition(request: Request, id: str) -> Response:
        return pages.cached(request, lambda: _edition(request, record.edition(id)))

    def _edition(request: Request, edition: Edition) -> Response:
        found = record.editions()
        rows = record.ratings(RatingQuery(edition=edition.id, limit=1))
        return pages.render(
            "edition.html",
            request,
            edition=edition,
            rows=rows,
            models=_models(record, edition),
            lines=band_lines(record, edition),
            notices=record.notices(edition.id),
            proposals=proposing.proposals(record, edition.id),
            superseded_by=superseded_by(edition, found),
            others=[other for other in found if _beside(edition, other) and _share(record, edition, other)],
            development=edition.development,
        )

    @router.api_route("/editions/{a}/compare/{b}", methods=_READ, include_in_schema=False)
    def changes(request: Request, a: str, b: str) -> Response:
        return pages.cached(request, lambda: _changes(request, a, b))

    def _changes(request: Request, a: str, b: str) -> Response:
        before, after = record.edition(a), record.edition(b)
        found = succession.compare_most_frugal(record, a, b, MOST_COMPARED)
        return pages.render(
            "changes.html",
            request,
            before=before,
            after=after,
            cells=found.cells,
            complete=found.complete,
            most=MOST_COMPARED,
            title=_cell_title,
            development=before.development or after.development,
        )

    @router.get("/api/v1/editions/{a}/compare/{b}", tags=["read"])
    def compare(request: Request, a: str, b: str) -> Response:
        """Who moved from one edition to another, and why, cell by cell; `complete`: whether of all models."""

        def make() -> Response:
            found = succession.compare_most_frugal(record, a, b, MOST_COMPARED)
            return _json({**document(a, b, found.cells), "complete": found.complete})

        return pages.cached(request, make)

    @router.get("/api/v1/editions/{id}", tags=["read"])
    def one(request: Request, id: str) -> Response:
        """An edition with its bands, the models that made them, its notices and proposals."""
        return pages.cached(request, lambda: _json(_told(record, record.edition(id))))

    return router


def superseded_by(edition: Edition, editions: list[Edition]) -> str | None:
    """The newest edition that took over from a superseded one."""
    if edition.status is not EditionStatus.SUPERSEDED:
        return None
    return newest_after(edition.id, editions)


def band_lines(record: Record, edition: Edition) -> list[BandLine]:
    """The frozen bands of an edition, by task, hardware and class."""
    return [
        BandLine(
            cell,
            catalogue.title_of("task", cell.task, edition.id),
            catalogue.title_of("hardware", cell.hardware, edition.id),
            bands,
            _ranges(bands),
        )
        for cell, bands in sorted(record.bands_of(edition.id).items())
    ]


def _ranges(bands: Bands) -> list[tuple[int, float | None, float | None]]:
    stars = [star for star in (5, 4, 3, 2) if bands.rule is Rule.RANGE or star not in bands.not_given]
    edges = [bands.edge(star) for star in stars]
    lows: list[float | None] = [None, *edges]
    highs: list[float | None] = [*edges, None]
    return list(zip([*stars, 1], lows, highs, strict=True))


def _reference_cells(record: Record, edition: Edition) -> list[tuple[CellStatus, str, str]]:
    """The cells of an edition that names reference models, with task and hardware in words."""
    if not edition.reference_models:
        return []
    return [
        (
            status,
            catalogue.title_of("task", status.cell.task, edition.id),
            catalogue.title_of("hardware", status.cell.hardware, edition.id),
        )
        for status in references.status(edition, record.measured_models(edition.id))
    ]


def _beside(edition: Edition, other: Edition) -> bool:
    """Whether a comparison says something: an edition of the same kind that is not itself."""
    same_kind = (edition.development, edition.reference) == (other.development, other.reference)
    same_source = not edition.reference or (
        edition.source is not None
        and other.source is not None
        and edition.source.format == other.source.format
    )
    return other.id != edition.id and same_kind and same_source


def _share(record: Record, edition: Edition, other: Edition) -> bool:
    """Whether a comparison would have anybody in it: of published figures every row makes the bands."""
    if not edition.reference:
        return True
    here, there = (
        {
            (cell.key_in_edition, reference.model)
            for cell, bands in record.bands_of(one.id).items()
            for reference in bands.references
        }
        for one in (edition, other)
    )
    return not here.isdisjoint(there)


def _models(record: Record, edition: Edition) -> int | None:
    """How many models a reference edition has figures of; ours may hold more than is counted for a page."""
    if not edition.reference:
        return None
    return len(frozenset[str]().union(*record.measured_models(edition.id).values()))


def _cell_title(cell: CellChanges) -> str:
    where = cell.cell
    parts = [
        catalogue.title_of("task", where.task, where.edition),
        catalogue.title_of("hardware", where.hardware, where.edition),
        f"class {where.model_class}" if where.model_class else "",
        "reasoning on" if where.reasoning == "on" else "",
    ]
    return ", ".join(part for part in parts if part)


def _told(record: Record, edition: Edition) -> dict[str, Any]:
    return {
        **edition.model_dump(mode="json"),
        "reference": edition.reference,
        "split": edition.split,
        "superseded_by": superseded_by(edition, record.editions()),
        "notices": [_notice(notice) for notice in record.notices(edition.id)],
        "proposals": [_waiting(waiting) for waiting in proposing.proposals(record, edition.id)],
        "bands": {
            cell.key_in_edition: bands.model_dump(mode="json")
            for cell, bands in sorted(record.bands_of(edition.id).items())
        },
    }


def _notice(notice: Notice) -> dict[str, Any]:
    return notice.model_dump(mode="json")


def _waiting(waiting: Waiting) -> dict[str, Any]:
    decision = waiting.decision
    return {
        **waiting.proposal.model_dump(mode="json"),
        "decision": None if decision is None else decision.model_dump(mode="json"),
    }


def _json(value: Any) -> Response:
    content = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(content, media_type="application/json")
