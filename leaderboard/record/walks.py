"""A page's rows in order, without sorting all of them and without looking at all of them (DESIGN §5).

Rows stand in cells of edition, task, hardware and class; in each, an index holds them in the order of every
sort. Where a view leaves one of them open, the walks of its cells are merged. A view with few rows, or with
few names that match, is picked out and sorted instead: a walk would pass by too many that are not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    select,
    tuple_,
    union_all,
)

from leaderboard.domain import ModelClass
from leaderboard.record.board_tables import rating_counts
from leaderboard.record.cursor import Cursor
from leaderboard.record.names import is_named
from leaderboard.record.query import SORT_COLUMNS, RatingQuery, conditions, place_conditions
from leaderboard.record.questions import Question
from leaderboard.record.tables import ratings

MOST_MERGED = 100
"""More cells than this are not merged: the walk over everything then meets rows of them soon."""
FEW = 500
"""A view of at most so many rows is picked out."""
CELL = ("edition", "task", "hardware", "model_class")
EVERY_FILTER = "ratings_facets"
"""The index that has everything rows are filtered by."""
CellKey = tuple[str | None, ...]
"""The values of `CELL`."""
_START_ID: ColumnElement[str] = bindparam("start_id", None, Text)
_CELL_INDEX = "ratings_edition_task_hardware_model_class"


def in_one_cell(query: RatingQuery) -> bool:
    """Whether a query names its edition, task, hardware and class."""
    return all(getattr(query, name) is not None for name in CELL)


def cells_of(connection: Connection, query: RatingQuery) -> list[CellKey] | None:
    """The cells that have rows of a query; None: more than are merged."""
    columns = [rating_counts.c[name] for name in CELL]
    found = connection.execute(
        select(*columns)
        .where(rating_counts.c.field == "", place_conditions(query))
        .distinct()
        .limit(MOST_MERGED + 1)
    ).all()
    return None if len(found) > MOST_MERGED else [tuple(cell) for cell in found]


def of_names(query: RatingQuery, names: list[str], *besides: str) -> tuple[str, ColumnElement[bool]]:
    """Rows of some models: the index that has them, and the condition, without the filters of `besides`."""
    condition = and_(conditions(query, "q", *besides), is_named(names))
    if any(name in besides or getattr(query, name) is None for name in CELL if name != "model_class"):
        return "ratings_model_lower", condition
    # With every class named, the index of a cell leads from a name to its rows.
    return f"{_CELL_INDEX}_model_lower", and_(condition, ratings.c.model_class.in_(get_args(ModelClass)))


@dataclass(frozen=True)
class Wanted:
    """Rows to find: of which view, after which row."""

    query: RatingQuery
    start: Cursor | None = None
    names: list[str] | None = None
    """The names that match the view's text, where they are few."""
    few: bool = False
    """Whether the view has few rows."""
    cells: Sequence[CellKey] | None = ()
    """As `cells_of` says; not asked for where a query is of one cell, has names or few rows."""

    @property
    def column(self) -> Column[Any]:
        return SORT_COLUMNS[self.query.sort]

    @property
    def descending(self) -> bool:
        return self.query.order == "desc"


Walk = Sequence[Question]
"""What is asked for a page, one after the other until there are rows enough."""


def prepare(connection: Connection, wanted: Wanted) -> Walk:
    """The way to rows behind any row, as long as `same_walk` says that it is one.

    Known values first, then the others: two plain index walks, where NULLS LAST would be a sort.
    """
    column, start = wanted.column, wanted.start
    sources = _sources(wanted)
    walk = []
    if start is None or start.value is not None:
        later = sources if start is None else [source.after(wanted, start) for source in sources]
        walk.append([source.narrowed(column.is_not(None)) for source in later if source is not None])
    if column.nullable:
        unknown = [source.narrowed(column.is_(None)) for source in sources]
        if start is not None and start.value is None:
            unknown = [source.narrowed(_beyond(wanted)) for source in unknown]
        walk.append(unknown)
    return [Question(connection, _ordered(wanted, part)) for part in walk if part]


def same_walk(query: RatingQuery, start: Cursor | None) -> tuple[RatingQuery, object]:
    """What pages have in common that one walk leads to, from whichever row."""
    view = query.model_copy(update={"limit": 1, "after": None})
    if start is None:
        return view, "top"
    # Tasks in order are other cells behind each task.
    return view, start.value if query.sort == "task" else start.value is None


def find(connection: Connection, walk: Walk, start: Cursor | None, limit: int) -> list[Row[Any]]:
    """`key` (what they are sorted by) and `id` of the rows behind `start`, in order."""
    behind = {} if start is None else {"start_key": start.value, "start_id": start.id}
    rows: list[Row[Any]] = []
    for question in walk:
        if len(rows) < limit:
            rows.extend(question.ask(connection, most=limit - len(rows), **behind))
    return rows


def _beyond(wanted: Wanted) -> ColumnElement[bool]:
    return ratings.c.id < _START_ID if wanted.descending else ratings.c.id > _START_ID


@dataclass(frozen=True)
class Source:
    """Where rows come from: an index, and what is asked of it."""

    index: str
    condition: ColumnElement[bool]
    task: str | None = None
    """The one task of its rows, where there is one."""

    def narrowed(self, more: ColumnElement[bool]) -> Source:
        """Fewer of its rows."""
        return replace(self, condition=and_(self.condition, more))

    def after(self, wanted: Wanted, start: Cursor) -> Source | None:
        """Its rows behind one whose value is known; None: it has none."""
        if wanted.query.sort == "task" and self.task is not None:
            # All of its rows have the same value: either all come later, or their ids tell, or none does.
            if self.task == start.value:
                return self.narrowed(_beyond(wanted))
            return self if (self.task < str(start.value)) == wanted.descending else None
        here, there = (
            tuple_(wanted.column, ratings.c.id),
            tuple_(bindparam("start_key", None, wanted.column.type), _START_ID),
        )
        return self.narrowed(here < there if wanted.descending else here > there)


def _sources(wanted: Wanted) -> list[Source]:
    """One, or one for each cell to be merged; none: the view has no cell."""
    query, column = wanted.query, wanted.column.name
    if wanted.names is not None:
        return [Source(*of_names(query, wanted.names))]
    if wanted.few:
        return [Source(EVERY_FILTER, conditions(query))]
    if wanted.cells is None:
        return [Source(f"ratings_{column}", conditions(query))]
    in_cell = _CELL_INDEX if column == "task" else f"{_CELL_INDEX}_{column}"
    if in_one_cell(query):
        return [Source(in_cell, conditions(query), query.task)]
    others = conditions(query, *CELL)
    return [
        Source(
            in_cell,
            and_(others, *(ratings.c[name] == value for name, value in zip(CELL, cell, strict=True))),
            cell[CELL.index("task")],
        )
        for cell in wanted.cells
    ]


def _ordered(wanted: Wanted, sources: list[Source]) -> Select[Any]:
    parts = [
        select(wanted.column.label("key"), ratings.c.id.label("id"))
        .where(source.condition)
        .with_hint(ratings, f"INDEXED BY {source.index}")
        for source in sources
    ]
    key: ColumnElement[Any] = wanted.column
    id: ColumnElement[Any] = ratings.c.id
    question = parts[0]
    if len(parts) > 1:
        merged = union_all(*parts).subquery()
        key, id = merged.c.key, merged.c.id
        question = select(key, id)
    order = (one.desc() if wanted.descending else one for one in (key, id))
    return question.order_by(*order).limit(bindparam("most", None, Integer))
