"""The board's filters as a reader meets them: the form's fields, what is in force, what to loosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, get_args

from leaderboard.board.opening import Choice, Opening
from leaderboard.board.query_values import is_word
from leaderboard.board.render import inside
from leaderboard.board.view import Reasoning, ViewState, params_text
from leaderboard.record import RatingQuery, Record

Select = tuple[str, str, list[tuple[str, str]], str]
"""Name, label, options (value, words), the chosen value."""

OPENNESS: Final = {
    "weights": "weights open",
    "data": "training data named",
    "licence": "licence open",
    "all": "all three",
}
_FORM = ("q", "params_min", "params_max", "licence", "precision", "library", "provenance", "openness")
_SWITCHES = frozenset({"task", "edition", "hardware", "protocol", "columns"})
_LISTED = (
    ("licence", "Licence"),
    ("library", "Library"),
    ("precision", "Precision"),
    ("provenance", "Provenance"),
)
_OTHER_TASKS = 5
_STEPS: Final = (10**9, 3 * 10**9, 10**10, 3 * 10**10, 10**11)
"""Sizes to choose from at a click, evenly apart on a logarithmic scale."""


def selects(opening: Opening) -> Iterator[Select]:
    """The form's selects. Left out where there is no choice."""
    asked = opening.asked
    for name, label in _LISTED:
        counted = opening.facets.get(name, [])
        found = [(value, f"{value} ({count})") for value, count in counted if is_word(value)]
        yield from _select(name, label, found, str(getattr(asked, name) or ""))
    counts = dict(opening.facets.get("openness", []))
    open_ones = [(what, f"{words} ({counts[what]})") for what, words in OPENNESS.items() if counts.get(what)]
    yield from _select("openness", "Openness", open_ones, asked.openness or "", least=1)
    configurations = [("", "the best of each model"), ("all", "all")]
    chosen = "all" if asked.configurations == "all" else ""
    yield "configurations", "Configurations", configurations, chosen


def _select(
    name: str, label: str, options: list[tuple[str, str]], chosen: str, least: int = 2
) -> Iterator[Select]:
    if chosen and chosen not in dict(options):
        options = [*options, (chosen, OPENNESS.get(chosen, chosen))]
    if len(options) >= least or chosen:
        yield name, label, [("", "any"), *options], chosen


def sizes(opening: Opening) -> list[Choice]:
    """Limits of size at a click."""
    asked = opening.asked
    return [
        Choice(
            str(limit),
            params_text(limit),
            asked.changed(params_min=None, params_max=limit).href,
            asked.params_max == limit and asked.params_min is None,
        )
        for limit in _STEPS
    ]


def reasoning(opening: Opening) -> list[Choice]:
    """The switch between ways of reasoning, off first; empty where there is one way only."""
    present = [mode for mode in get_args(Reasoning) if mode in opening.reasoning]
    if len(present) < 2:
        return []
    default = "off" if "off" in present else "any"
    current = opening.view.reasoning or "any"
    return [
        Choice(
            mode,
            mode.capitalize(),
            opening.asked.changed(reasoning=None if mode == default else mode).href,
            mode == current,
        )
        for mode in (*present, "any")
    ]


def hidden_fields(asked: ViewState) -> list[tuple[str, str]]:
    """What the filter form carries along, so that it changes only its own fields."""
    return [(name, value) for name, value in asked.pairs() if name not in (*_FORM, "configurations", "after")]


def beside_columns(asked: ViewState) -> list[tuple[str, str]]:
    """What the form of the columns carries along: everything else, the page too."""
    return [(name, value) for name, value in asked.pairs() if name != "columns"]


def chips(opening: Opening) -> Iterator[tuple[str, str]]:
    """Filters in force: in words, and the address of the view without them."""
    asked = opening.asked
    if asked.q:
        yield f"“{asked.q}”", asked.changed(q=None).href
    for name in ("provenance", "licence", "library", "precision"):
        value = getattr(asked, name)
        if value:
            yield f"{name}: {value}", asked.changed(**{name: None}).href
    if asked.openness:
        yield f"open: {OPENNESS[asked.openness]}", asked.changed(openness=None).href
    if asked.reasoning:
        yield f"reasoning: {asked.reasoning}", asked.changed(reasoning=None).href
    if asked.params_min or asked.params_max:
        low = f"from {params_text(asked.params_min)}" if asked.params_min else ""
        high = f"to {params_text(asked.params_max)}" if asked.params_max else ""
        yield f"parameters {low} {high}".strip(), asked.changed(params_min=None, params_max=None).href
    if asked.configurations == "all":
        yield "all configurations", asked.changed(configurations="best").href


def loosen(record: Record, opening: Opening) -> Iterator[tuple[str, str, int]]:
    """For a view without rows: what to give up, where that leads, and how many rows are there."""
    asked, view = opening.asked, opening.view
    tries: list[tuple[str, dict[str, Any]]] = [
        ("Any name", {"q": None}),
        ("All sizes", {"model_class": None}),
        ("Any number of parameters", {"params_min": None, "params_max": None}),
        ("Any licence", {"licence": None}),
        ("Any library", {"library": None}),
        ("Any precision", {"precision": None}),
        ("However open", {"openness": None}),
        ("Any provenance", {"provenance": None}),
        ("Any reasoning", {"reasoning": None}),
        ("From the first page", {"after": None}),
        ("The hardware that has figures", {"hardware": None, "protocol": None}),
        ("Without any filter", dict.fromkeys(ViewState.model_fields.keys() - _SWITCHES)),
    ]
    for words, change in tries:
        if all(getattr(asked, name) is None for name in change):
            continue
        defaults = {"configurations": "best", "sort": "energy", "order": "asc"}
        changed = {name: defaults.get(name) for name in change}
        total = record.ratings(view.changed(**changed).rating_query(limit=1)).total
        if total:
            yield words, asked.changed(**changed).href, total
    if asked.q:
        elsewhere = record.facets(RatingQuery(q=asked.q)).get("task", [])
        titles = {choice.id: choice.title for choice in opening.tasks}
        for task, count in elsewhere[:_OTHER_TASKS]:
            if task in titles and task != view.task:
                yield f"“{asked.q}” in {inside(titles[task])}", ViewState(task=task, q=asked.q).href, count
