"""Editions: frozen bands and the models that made them; and notices, which only ever add (METHOD §5)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from leaderboard.domain.ratings import Rule
from leaderboard.domain.words import Instant, KebabId, Word


class EditionStatus(StrEnum):
    """Open: it takes runs and has no bands yet; frozen: its bands stand; superseded: a newer one is meant."""

    OPEN = "open"
    FROZEN = "frozen"
    SUPERSEDED = "superseded"


class Source(Word):
    """Where published figures come from, in what unit, under which terms, with which known faults."""

    title: str
    where: str
    unit: str
    terms: str
    file: str
    """The CSV in `catalogue/reference/`."""
    format: Literal["aies", "mlenergy"]
    faults: tuple[str, ...] = ()


class NamedThing(Word):
    """A task or hardware id that only this edition uses, in words."""

    id: KebabId
    title: str
    summary: str = ""


class Edition(Word):
    """One row of `catalogue/editions/`."""

    id: KebabId
    title: str
    summary: str
    """What a reader should know before comparing inside it."""
    rule: Rule
    status: EditionStatus
    dated: date
    """The day the figures or the bands stand for; newest first on the board."""
    development: bool = False
    source: Source | None = None
    """None for our own editions."""
    tasks: tuple[NamedThing, ...] = ()
    hardware: tuple[NamedThing, ...] = ()
    protocols: tuple[NamedThing, ...] = ()
    reference_models: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Cell key without the edition → the models that make its bands; own public editions only."""
    stars_are: Literal["published", "ours"] = "ours"
    """Whether the stars equal what the source published, or are ours alone."""

    @property
    def reference(self) -> bool:
        return self.source is not None

    @property
    def split(self) -> str:
        """Its split name in the data sets: `edition_` + id with `-` as `_`."""
        return "edition_" + self.id.replace("-", "_")


class Notice(Word):
    """A word added to a rating or an edition, never an edit."""

    subject: str
    """Rating id or edition id."""
    kind: Literal["superseded", "disputed", "withdrawn"]
    reason: str
    author: str
    at: Instant
