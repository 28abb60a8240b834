"""What the board opens on: the choices a reader left open, filled in; and the switches between them.

Stars compare inside one task, hardware, protocol and edition only, so a view always has one of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from leaderboard import catalogue
from leaderboard.board.view import ViewState
from leaderboard.domain import Edition, NotFound, UnknownName
from leaderboard.record import RatingQuery, Record
from leaderboard.record.kept import Kept

FAVOURITE_TASK = "text-generation"
Facets = dict[str, list[tuple[str, int]]]
Kind = Literal["task", "hardware", "protocol"]


@dataclass(frozen=True)
class Choice:
    """One position of a switch."""

    id: str
    title: str
    href: str
    current: bool
    count: int | None = None
    development: bool = False


@dataclass(frozen=True)
class Opening:
    """A view with nothing left open, and what else could have been chosen."""

    asked: ViewState
    """What the reader chose: links carry this, so that addresses stay short."""
    view: ViewState
    """With task, edition, hardware, protocol and reasoning filled in: permalinks and exports carry this."""
    edition: Edition
    tasks: list[Choice]
    editions: list[Choice]
    hardware: list[Choice]
    protocols: list[Choice]
    classes: list[Choice]
    reasoning: list[str]
    """Ways of reasoning that the cell has; a switch is shown where there are several."""
    facets: Facets
    """Values with counts of the whole cell, before the reader's own filters."""


class Openings:
    """Opens views. What the record's facets say is kept until the record changes."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._facets: Kept[Facets] = Kept(record)
        self._rated: Kept[bool] = Kept(record)
        self._defaults: Kept[str | None] = Kept(record)

    def open(self, asked: ViewState) -> Opening:
        """Fill in what was left open.

        Raises:
            UnknownName: a task, hardware class, protocol or edition nobody knows.
            NotFound: the record has no edition at all.
        """
        editions = self._record.editions()
        if not editions:
            raise NotFound(
                "There is nothing on the board yet: the record has no edition.",
                "Start the Space once more; it loads the catalogue's editions when it starts.",
            )
        check_names(asked, editions)
        tasks = self._tasks(asked)
        task = asked.task or self._preferred(
            tasks, lambda id: RatingQuery(task=id, edition=asked.edition), FAVOURITE_TASK
        )
        edition = self._edition(asked, task, editions)
        base = RatingQuery(task=task, edition=edition.id, configurations=asked.configurations)
        hardware_ids = [id for id, _ in self._facets_of(base).get("hardware", [])]
        hardware = asked.hardware or self._preferred(
            hardware_ids, lambda id: base.model_copy(update={"hardware": id})
        )
        base = base.model_copy(update={"hardware": hardware})
        protocol_ids = [id for id, _ in self._facets_of(base).get("protocol", [])]
        protocol = asked.protocol or self._preferred(
            protocol_ids, lambda id: base.model_copy(update={"protocol": id})
        )
        base = base.model_copy(update={"protocol": protocol})
        modes = [mode for mode, _ in self._facets_of(base).get("reasoning", [])]
        reasoning = asked.reasoning or ("off" if "off" in modes and len(modes) > 1 else None)
        if reasoning not in (None, "any"):
            base = base.model_copy(update={"reasoning": reasoning})
        facets = self._facets_of(base)
        view = asked.model_copy(
            update={
                "task": task,
                "edition": edition.id,
                "hardware": hardware,
                "protocol": protocol,
                "reasoning": reasoning,
            }
        )
        return Opening(
            asked=asked,
            view=view,
            edition=edition,
            tasks=self._task_choices(asked, tasks, task),
            editions=[self._edition_choice(asked, other, edition) for other in editions],
            hardware=_choices("hardware", hardware_ids, hardware, edition.id, asked),
            protocols=_choices("protocol", protocol_ids, protocol, edition.id, asked),
            classes=_class_choices(facets, asked),
            reasoning=modes,
            facets=facets,
        )

    def _facets_of(self, query: RatingQuery) -> Facets:
        return self._facets.get(query, lambda: self._record.facets(query))

    def _is_rated(self, query: RatingQuery) -> bool:
        """Whether the best-starred row of a question has stars at all."""
        best = query.model_copy(update={"sort": "stars", "order": "desc", "limit": 1})
        return self._rated.get(
            query, lambda: any(row.stars is not None for row in self._record.ratings(best).items)
        )

    def _preferred(
        self, ids: list[str], query: Callable[[str], RatingQuery], favourite: str | None = None
    ) -> str | None:
        """The favourite if it has stars, else the first with stars, else the first."""
        ordered = sorted(ids, key=lambda id: id != favourite)
        return next((id for id in ordered if self._is_rated(query(id))), ordered[0] if ordered else favourite)

    def _tasks(self, asked: ViewState) -> list[str]:
        """Tasks that have rows, ours first, in the catalogue's order."""
        found = dict(self._facets_of(RatingQuery(edition=asked.edition)).get("task", []))
        ours = [id for id in catalogue.tasks() if id in found]
        return ours + sorted(id for id in found if id not in ours)

    def _edition(self, asked: ViewState, task: str | None, editions: list[Edition]) -> Edition:
        """The named edition, or the newest public one that has a rated row for the task."""
        if asked.edition is not None:
            return next(edition for edition in editions if edition.id == asked.edition)
        default = self._defaults.get(task, lambda: self._default_edition(task))
        public = [edition for edition in editions if not edition.development] or editions
        return next((edition for edition in editions if edition.id == default), public[0])

    def _default_edition(self, task: str | None) -> str | None:
        try:
            return self._record.default_edition(task)
        except NotFound:
            return None

    def _edition_choice(self, asked: ViewState, other: Edition, current: Edition) -> Choice:
        """Another edition, of the same task where it has it."""
        has = dict(self._facets_of(RatingQuery(edition=other.id)).get("task", []))
        view = ViewState(edition=other.id, task=asked.task if asked.task in has else None, q=asked.q)
        return Choice(other.id, other.title, view.href, other.id == current.id, development=other.development)

    def _task_choices(self, asked: ViewState, tasks: list[str], current: str | None) -> list[Choice]:
        shown = tasks if current in tasks or current is None else [*tasks, current]
        return [
            Choice(
                id,
                catalogue.title_of("task", id, asked.edition),
                ViewState(task=id, edition=asked.edition, q=asked.q).href,
                id == current,
            )
            for id in shown
        ]


def check_names(asked: ViewState, editions: Iterable[Edition]) -> None:
    """Whether what was asked for by name exists, in the catalogue or in an edition of its own.

    Raises:
        UnknownName: it does not; the error carries the names that do.
    """
    every = list(editions)
    known: dict[str, Iterable[str]] = {
        "edition": [edition.id for edition in every],
        "task": [*catalogue.tasks(), *(thing.id for edition in every for thing in edition.tasks)],
        "hardware": [
            *catalogue.hardware_classes(),
            *(thing.id for edition in every for thing in edition.hardware),
        ],
        "protocol": [*catalogue.protocols(), *(thing.id for edition in every for thing in edition.protocols)],
    }
    for kind, names in known.items():
        name = getattr(asked, kind)
        if name is not None and name not in names:
            raise UnknownName(
                "hardware class" if kind == "hardware" else kind, name, list(dict.fromkeys(names))
            )


def _choices(kind: Kind, ids: list[str], current: str | None, edition: str, asked: ViewState) -> list[Choice]:
    """A switch's positions; the one in force is among them even where it has no rows."""
    order = list(catalogue.hardware_classes() if kind == "hardware" else catalogue.protocols())
    shown = sorted({*ids, *([current] if current else [])}, key=lambda id: (_place(order, id), id))
    drop = {"protocol": None} if kind == "hardware" else {}
    return [
        Choice(
            id,
            catalogue.title_of(kind, id, edition),
            asked.changed(**{kind: id, **drop}).href,
            id == current,
        )
        for id in shown
    ]


def _place(order: list[str], id: str) -> int:
    return order.index(id) if id in order else len(order)


def _class_choices(facets: Facets, asked: ViewState) -> list[Choice]:
    counts = dict(facets.get("model_class", []))
    present = [letter for letter in ("A", "B", "C") if counts.get(letter)]
    if not present and asked.model_class is None:
        return []
    everything = Choice("", "All sizes", asked.changed(model_class=None).href, asked.model_class is None)
    return [
        everything,
        *(
            Choice(
                letter,
                f"Class {letter}",
                asked.changed(model_class=letter).href,
                asked.model_class == letter,
                counts.get(letter, 0),
            )
            for letter in ("A", "B", "C")
        ),
    ]
