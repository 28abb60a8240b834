"""Every configuration of an edition out of the record, worked out once for each version of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from leaderboard.board.efficiency_query import AskedEfficiency
from leaderboard.board.opening import check_names
from leaderboard.board.view import ViewState
from leaderboard.domain import Edition, NotFound, Rating, UnknownName
from leaderboard.efficiency import Agreement, Gain, Rung, Work, agreements, gains, rungs
from leaderboard.record import RatingQuery, Record

MOST_ROWS = 20_000
"""Configurations looked at, those with the least energy first."""
_PAGE = 1000


@dataclass(frozen=True)
class Line:
    """A task on one card: how much its models gain."""

    task: str
    hardware: str
    models: int
    configurations: int
    precisions: tuple[str, ...]
    batches: tuple[int, ...]
    median_times: float
    most_times: float


@dataclass(frozen=True)
class Found:
    """An edition's configurations, summed up."""

    configurations: int
    models: int
    whole: bool
    """Whether every configuration was looked at."""
    gains: list[Gain]
    agreements: list[Agreement]
    lines: list[Line]


@dataclass(frozen=True)
class Shown:
    """One edition, and what of it a reader sees closer."""

    edition: Edition
    editions: list[Edition]
    """Those with models in several configurations."""
    found: Found
    tasks: list[str]
    task: str | None
    task_gains: list[Gain]
    rungs: list[Rung]
    models: list[str]
    model: str | None
    model_gains: list[Gain]
    """Of the model, one for each card; of one work alone."""


class Configurations:
    """Shows editions. What was worked out is kept until the record changes."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._version = -1
        self._found: dict[str, Found] = {}
        self._lock = threading.Lock()

    def show(self, asked: AskedEfficiency) -> Shown:
        """Fill in what was left open.

        Raises:
            UnknownName: an edition, task or model that has no configurations to compare.
            NotFound: no edition has any.
        """
        every = self._record.editions()
        check_names(ViewState(edition=asked.edition, task=asked.task), every)
        editions = self._with_configurations(every)
        edition = next((one for one in every if one.id == asked.edition), None) or next(iter(editions), None)
        if edition is None:
            raise NotFound(
                "No edition has a model in several configurations yet.",
                "Come back once a sweep was handed in, or look at the board.",
            )
        found = self._of(edition)
        tasks = list(dict.fromkeys(line.task for line in found.lines))
        if asked.task is not None and asked.task not in tasks:
            raise UnknownName("task with several configurations here", asked.task, tasks)
        task = asked.task or _fullest(found.gains)
        task_gains = [gain for gain in found.gains if gain.work.task == task]
        models = sorted({gain.model for gain in task_gains})
        if asked.model is not None and asked.model not in models:
            raise UnknownName("model with several configurations of this task", asked.model[:64], models)
        model = asked.model or _telling(task_gains)
        model_gains = _of_one_work([gain for gain in task_gains if gain.model == model])
        return Shown(
            edition, editions, found, tasks, task, task_gains, rungs(task_gains), models, model, model_gains
        )

    def _with_configurations(self, editions: Sequence[Edition]) -> list[Edition]:
        """Public editions that have more configurations than rated rows, newest first."""
        query = RatingQuery(configurations="all")
        every = dict(self._record.facets(query).get("edition", []))
        best = dict(
            self._record.facets(query.model_copy(update={"configurations": "best"})).get("edition", [])
        )
        return [one for one in editions if every.get(one.id, 0) > best.get(one.id, 0)]

    def _of(self, edition: Edition) -> Found:
        version = self._record.version
        with self._lock:
            if self._version != version:
                self._version = version
                self._found.clear()
            kept = self._found.get(edition.id)
        if kept is not None:
            return kept
        found = self._work_out(edition)
        with self._lock:
            if self._version == version:
                self._found[edition.id] = found
        return found

    def _work_out(self, edition: Edition) -> Found:
        query = RatingQuery(edition=edition.id, configurations="all", limit=_PAGE)
        page = self._record.ratings(query)
        rows = list(page.items)
        while page.next and len(rows) < MOST_ROWS:
            page = self._record.ratings(query.model_copy(update={"after": page.next}))
            rows += page.items
        found = gains(rows)
        cards = [thing.id for thing in edition.hardware]
        models = len({row.model for row in rows})
        return Found(len(rows), models, page.next is None, found, agreements(rows, cards), _lines(found))


def _lines(found: Sequence[Gain]) -> list[Line]:
    groups: dict[tuple[str, str], list[Gain]] = {}
    for gain in found:
        groups.setdefault((gain.work.task, gain.hardware), []).append(gain)
    return [_line(*names, group) for names, group in sorted(groups.items())]


def _line(task: str, hardware: str, group: Sequence[Gain]) -> Line:
    rows: list[Rating] = [row for gain in group for row in gain.rows]
    return Line(
        task,
        hardware,
        len({gain.model for gain in group}),
        len(rows),
        tuple(sorted({row.precision for row in rows if row.precision})),
        tuple(sorted({row.batch for row in rows if row.batch is not None})),
        median(gain.times for gain in group),
        max(gain.times for gain in group),
    )


def _fullest(found: Sequence[Gain]) -> str | None:
    """The task with most models to look at."""
    counts: dict[str, int] = {}
    for gain in found:
        counts[gain.work.task] = counts.get(gain.work.task, 0) + 1
    return max(sorted(counts), key=lambda task: counts[task], default=None)


def _telling(found: Sequence[Gain]) -> str | None:
    """The model on most cards; among those the one to which a larger batch brings most on every card."""
    times: dict[str, list[float]] = {}
    for gain in found:
        times.setdefault(gain.model, []).append(gain.times_less or 1.0)
    return max(sorted(times), key=lambda model: (len(times[model]), min(times[model])), default=None)


def _of_one_work(found: Sequence[Gain]) -> list[Gain]:
    """One chart compares one protocol and one way of reasoning: the ones with most configurations."""
    counts: dict[Work, int] = {}
    for gain in found:
        counts[gain.work] = counts.get(gain.work, 0) + len(gain.rows)
    work = max(sorted(counts), key=lambda one: counts[one], default=None)
    return [gain for gain in found if gain.work == work]
