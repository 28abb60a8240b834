"""Editions: frozen bands and the models that made them; and notices, which only ever add (METHOD §5)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from leaderboard.domain.errors import BadInput
from leaderboard.domain.models import check_repo_id
from leaderboard.domain.ratings import Cell, Rating, Rule
from leaderboard.domain.tasks import ModelClass
from leaderboard.domain.words import Instant, KebabId, Word


class EditionStatus(StrEnum):
    """Open: it takes runs and has no bands yet; frozen: its bands stand; superseded: a newer one is meant."""

    OPEN = "open"
    FROZEN = "frozen"
    SUPERSEDED = "superseded"


class AtFault(Word):
    """The rows that one known fault is about."""

    fault: str
    """Its words, as `Source.faults` has them."""
    about: Literal["figure", "class"] = "figure"
    """What cannot be relied on: the energy itself, or the size class alone, and with it the stars."""
    task: KebabId | None = None
    """None: whatever the task."""
    models: tuple[str, ...] = Field(min_length=1)


class Source(Word):
    """Where published figures come from, in what unit, under which terms, with which known faults."""

    title: str
    author: str = ""
    """Who published them, as a list of references names them; empty: their title says it."""
    where: str
    unit: str
    terms: str
    file: str
    """The CSV in `catalogue/reference/`."""
    format: Literal["aies", "mlenergy"]
    faults: tuple[str, ...] = ()
    at_fault: tuple[AtFault, ...] = ()
    """Faults that are about some rows alone. YAML writes them down beside the fault's words, as `of`."""

    @model_validator(mode="before")
    @classmethod
    def _faults_name_their_rows(cls, value: Any) -> Any:
        if not isinstance(value, dict) or all(isinstance(one, str) for one in value.get("faults", ())):
            return value
        faults, at_fault = [], list(value.get("at_fault", ()))
        for written in value["faults"]:
            if isinstance(written, str):
                faults.append(written)
            elif isinstance(written, dict) and set(written) == {"fault", "of"}:
                faults.append(written["fault"])
                at_fault += [{**of, "fault": written["fault"]} for of in written["of"]]
            else:
                raise ValueError("a fault is its words, or `fault` with them and `of` with models")
        return {**value, "faults": faults, "at_fault": at_fault}


class NamedThing(Word):
    """A task or hardware id that only this edition uses, in words."""

    id: KebabId
    title: str
    summary: str = ""
    generation: str = ""
    """Of hardware: Turing, Hopper, Blackwell …; empty: not told, or no hardware."""


class ReferenceList(Word):
    """Models that make the bands of one cell of each of some hardware classes: how YAML writes them down."""

    task: KebabId
    hardware: tuple[KebabId, ...] = Field(min_length=1)
    model_class: ModelClass = ""
    protocol: KebabId = "offline-b1"
    reasoning: Literal["off", "on"] = "off"
    models: tuple[str, ...] = Field(min_length=1)
    """organisation/name on the Hub."""

    @property
    def cells(self) -> list[str]:
        """The keys of its cells, without the edition."""
        return [
            Cell("", self.task, hardware, self.model_class, self.protocol, self.reasoning).key_in_edition
            for hardware in self.hardware
        ]


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
    """Cell key without the edition → the models that make its bands; own public editions only.

    A list of `ReferenceList` is taken too, and held as this: lists of one cell add up.
    """
    succeeds: KebabId | None = None
    """The edition of ours that this one takes over from: it carries its rows on, with bands of its own."""
    reasoning_beside: dict[KebabId, KebabId] = Field(default_factory=dict)
    """Task without reasoning → task with it, where the source measured them as two tasks and sets them beside
    each other, model by model."""
    stars_are: Literal["published", "ours"] = "ours"
    """Whether the stars equal what the source published, or are ours alone."""
    classes: str = ""
    """How it draws its size classes, in words; empty: by our own limits (METHOD §5)."""

    @field_validator("reference_models", mode="before")
    @classmethod
    def _lists_become_cells(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return value
        cells: dict[str, list[str]] = {}
        for written in value:
            listed = ReferenceList.model_validate(written)
            for key in listed.cells:
                cells.setdefault(key, []).extend(listed.models)
        return cells

    @field_validator("reference_models")
    @classmethod
    def _models_are_ids_and_stand_once(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for key, models in value.items():
            Cell.in_edition("", key)
            for model in models:
                try:
                    check_repo_id(model)
                except BadInput as error:
                    raise ValueError(f"{key}: {error}") from error
                # The Hub does not tell upper and lower case apart.
                if [other.lower() for other in models].count(model.lower()) > 1:
                    raise ValueError(f"{key}: {model} stands twice")
        return value

    @property
    def reference_cells(self) -> dict[Cell, tuple[str, ...]]:
        """The cells that have reference models, with them."""
        return {Cell.in_edition(self.id, key): models for key, models in self.reference_models.items()}

    @property
    def reference(self) -> bool:
        return self.source is not None

    def faults_of(self, row: Rating) -> tuple[AtFault, ...]:
        """What is known to be wrong with this very row; empty: nothing."""
        named = self.source.at_fault if self.source else ()
        return tuple(one for one in named if row.model in one.models and one.task in (None, row.task))

    def doubts_figure(self, row: Rating) -> bool:
        """Whether a known fault of the source puts this row's energy in doubt."""
        return any(one.about == "figure" for one in self.faults_of(row))

    @property
    def split(self) -> str:
        """Its split name in the data sets: `edition_` + id with `-` as `_`."""
        return "edition_" + self.id.replace("-", "_")


class Notice(Word):
    """A word added to a rating or an edition, never an edit."""

    subject: str
    """Rating id or edition id."""
    kind: Literal["superseded", "disputed", "settled", "withdrawn"]
    """superseded: a newer one is meant; disputed: somebody doubts it; settled: what was disputed before was
    answered; withdrawn: do not use it."""
    reason: str
    """Why, in the author's words."""
    author: str
    """Who says so."""
    at: Instant
    """When it was said."""
