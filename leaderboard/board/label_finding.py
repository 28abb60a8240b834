"""From an address in somebody's README to one rating, and to what a label states about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leaderboard.domain import Edition, EditionStatus, NotFound, Rating
from leaderboard.publish.labels import Scale, Statement
from leaderboard.record import Record
from leaderboard.standing import standing

LATEST = "latest"
"""In place of an edition's id: the newest frozen one of ours that has the row, else the newest other."""
CHOICES = ("protocol", "reasoning", "precision", "revision", "model_class")
"""Query parameters that choose among a model's rows in one edition, task and hardware class."""

MOST_LOOKED_AT = 2000
"""Rated rows come first: only the last configurations of a model that has more are out of reach."""


@dataclass(frozen=True)
class Place:
    """What an address names."""

    edition: str
    task: str
    hardware: str
    model: str
    """Hub id; a reference row may have one without an organisation."""


def find_row(record: Record, place: Place, query: Mapping[str, str]) -> Rating:
    """The rating at a place: what the query chooses, else without reasoning, the best row, the most frugal.

    Raises:
        NotFound: there is none; the message says which part nothing was found for.
    """
    rows = record.ratings_of(place.model, task=place.task, hardware=place.hardware, limit=MOST_LOOKED_AT)
    if not rows:
        raise NotFound(
            f"{place.model[:80]} has no row for {place.task[:64]} on {place.hardware[:64]}.",
            "Look at the model's page for those that it has.",
        )
    for name in CHOICES:
        if query.get(name):
            rows = [row for row in rows if (getattr(row, name) or "").startswith(query[name])]
    for edition in _editions(record, place.edition):
        found = [row for row in rows if row.edition == edition.id]
        if found:
            return min(found, key=_rank)
    raise NotFound(
        f"{place.model[:80]} has no such row in the edition {place.edition[:64]}.",
        "Look at the model's page for its editions, protocols and precisions.",
    )


def state(record: Record, rating: Rating, site: str) -> Statement:
    """What is to be said about a rating today.

    Args:
        site: the board's public address, without a slash at its end.
    """
    edition = record.edition(rating.edition)
    bands = record.bands(rating.cell)
    scale = Scale.over(reference.energy for reference in bands.references) if bands else None
    return Statement(rating, edition, f"{site}/r/{rating.id}", scale, standing(record, rating))


def _rank(row: Rating) -> tuple[bool, bool, bool, float, str]:
    """Best first: the rated row of a model that does not reason; then the least energy."""
    return not row.best, row.reasoning != "off", row.stars is None, row.energy_wh_per_1000, row.id


def _editions(record: Record, asked: str) -> Iterator[Edition]:
    """The edition that was named, or for `latest` all public ones in the order in which they would do."""
    editions = record.editions()
    if asked != LATEST:
        yield from (edition for edition in editions if edition.id == asked)
        return
    public = [edition for edition in editions if not edition.development]
    ours = [edition for edition in public if not edition.reference]
    yield from (edition for edition in ours if edition.status is EditionStatus.FROZEN)
    yield from (edition for edition in public if edition.reference)
    yield from (edition for edition in ours if edition.status is not EditionStatus.FROZEN)
