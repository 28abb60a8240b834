"""The head of the board's table: which columns a view shows, how each is sorted, what gives way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leaderboard import catalogue
from leaderboard.board.columns import COLUMNS, MISSING, Column
from leaderboard.board.view import Order, ViewState
from leaderboard.domain import Provenance, Rating, three_significant

_ALWAYS = 3
_OFTEN = 6
"""Of columns that were chosen, so many stay on a phone, and so many on a tablet."""


def shown_columns(rows: Sequence[Rating], view: ViewState) -> list[Column]:
    """The columns that a reader chose; else those with something to show, or by which the view is sorted.

    Left to itself the board tells a provenance that every row shares once above the table instead.
    """
    if view.columns is not None:
        chosen = [column for column in COLUMNS if column.key in view.columns]
        return [
            replace(column, priority=1 if place < _ALWAYS else 2 if place < _OFTEN else 3)
            for place, column in enumerate(chosen)
        ]
    one_provenance = len({row.provenance for row in rows}) <= 1
    return [
        column
        for column in COLUMNS
        if not column.extra
        and (
            column.sort == view.sort
            or (column.key == "provenance" and not one_provenance)
            or (column.key != "provenance" and any(column.tells(row) for row in rows))
            or column.priority == 1
        )
    ]


def told(columns: Sequence[Column], rows: Sequence[Rating], task: str | None) -> list[Column]:
    """The columns with what these rows share said once, in the head: quality's metric and its direction."""
    metrics = {row.quality_metric for row in rows if row.quality is not None}
    metric = metrics.pop() if len(metrics) == 1 else None
    if metric is None:
        return list(columns)
    better = quality_order(task)
    unit = f"{metric}, less is better" if better == "asc" else metric
    return [
        replace(
            column,
            unit=unit,
            first=better,
            text=_quality_alone,
        )
        if column.key == "quality"
        else column
        for column in columns
    ]


def _quality_alone(row: Rating) -> str:
    # A function of its own, not one for each page: rows that were rendered are known by it.
    return three_significant(row.quality) if row.quality is not None else MISSING


def quality_order(task: str | None) -> Order:
    """The order that puts the best quality first: an error rate rises, everything else falls."""
    ours = catalogue.tasks()
    lower = task in ours and ours[task].quality.direction == "lower"
    return "asc" if lower else "desc"


def sorted_by(view: ViewState, column: Column) -> str | None:
    """The value of `aria-sort`, where the view is sorted by this column."""
    if column.sort != view.sort or column.inverse:
        return None
    return "ascending" if view.order == "asc" else "descending"


def sort_href(asked: ViewState, column: Column) -> str:
    """Where a click on the column's head leads: sorts by it, or turns the order round."""
    if column.sort is None:
        return asked.href
    turned: Order = "desc" if asked.order == "asc" else "asc"
    order = turned if column.sort == asked.sort else column.first
    return asked.changed(sort=column.sort, order=order).href


def choices(shown: Sequence[Column]) -> list[tuple[Column, bool]]:
    """What a reader may choose from: every column but the model, and whether it is shown now."""
    keys = {column.key for column in shown}
    return [(column, column.key in keys) for column in COLUMNS[1:]]


def only_provenance(rows: Sequence[Rating]) -> Provenance | None:
    """The provenance of all rows, where they share one."""
    found = {row.provenance for row in rows}
    return found.pop() if len(found) == 1 else None
