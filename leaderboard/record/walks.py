"""A page's rows in order, without sorting all of them and without looking at all of them (DESIGN §5).

Rows stand in cells of edition, task, hardware and class; in each, an index holds them in the order of every
sort. Where a view leaves one of them open, the walks of its cells are merged. A view with few rows, or with
few names that match, is picked out and sorted instead: a walk would pass by too many that are not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
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
from leaderboard.record.query import SORT_COLUMNS, RatingQuery, conditions, place_conditions, values
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
_WHERE = {"params_min": "params", "params_max": "params"}
_CELL_INDEX = "ratings_edition_task_hardware_model_class"


def in_one_cell(query: RatingQuery) -> bool:
    """Whether a query names its edition, task, hardware and class."""
    return all(getattr(query, name) is not None for name in CELL)


def cells_of(connection: Connection, query: RatingQuery) -> tuple[CellKey, ...] | None:
    """The cells that have rows of a query; None: more than are merged."""
    columns = [rating_counts.c[name] for name in CELL]
    found = connection.execute(
        select(*columns)
        .where(rating_counts.c.field == "", place_conditions(query))
        .distinct()
        .limit(MOST_MERGED + 1)
    ).all()
    return None if len(found) > MOST_MERGED else tuple(tuple(cell) for cell in found)


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
    cells: tuple[CellKey, ...] | None = ()
    """As `cells_of` says; not asked for where a query is of one cell, has names or few rows."""

    @property
    def column(self) -> Column[Any]:
        return SORT_COLUMNS[self.query.sort]

    @property
    def descending(self) -> bool:
        return self.query.order == "desc"


Walk = Sequence[Question]
"""What is asked for a page, one after the other until there are rows enough."""


def walk_to(wanted: Wanted) -> Walk:
    """The way to the rows: the same for every page of whatever view has such filters, so it is kept."""
    if wanted.names is not None or wanted.query.sort == "task":
        return _walk(wanted)  # of names without end; tasks in order are other cells behind each task
    query, start, cells = wanted.query, wanted.start, wanted.cells
    shape = query.model_copy(update={**dict.fromkeys(values(query), "0"), "limit": 1, "after": None})
    if start is not None:
        start = replace(start, value=None if start.value is None else "", id="")
    return _kept_walk(replace(wanted, query=shape, start=start, cells=cells and ((),) * len(cells)))


def _walk(wanted: Wanted) -> Walk:
    """Known values first, then the others: two plain index walks, where NULLS LAST would be a sort."""
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
    return [Question(_ordered(wanted, part)) for part in walk if part]


# The most cells make about sixty kilobytes, a board's three about two.
_kept_walk = lru_cache(maxsize=128)(_walk)


def find(connection: Connection, wanted: Wanted, limit: int) -> list[Row[Any]]:
    """`key` (what they are sorted by) and `id` of the rows, in order."""
    given: dict[str, Any] = dict(values(wanted.query))
    if wanted.start is not None:
        given |= {"start_key": wanted.start.value, "start_id": wanted.start.id}
    for place, cell in enumerate(wanted.cells or ()):
        given |= {f"{name}_{place}_": value for name, value in zip(CELL, cell, strict=True)}
    rows: list[Row[Any]] = []
    for question in walk_to(wanted):
        if len(rows) < limit:
            rows.extend(question.ask(connection, most=limit - len(rows), **given))
    return rows


def _open(name: str, _: Any = None) -> ColumnElement[Any]:
    """A place for a value that is given when the question is asked."""
    return bindparam(name, None, Text if name == "q" else ratings.c[_WHERE.get(name, name)].type)


def _in_cell(place: int) -> ColumnElement[bool]:
    return and_(*(ratings.c[name] == bindparam(f"{name}_{place}_", None, Text) for name in CELL))


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
        return [Source(EVERY_FILTER, conditions(query, said=_open))]
    if wanted.cells is None:
        return [Source(f"ratings_{column}", conditions(query, said=_open))]
    in_cell = _CELL_INDEX if column == "task" else f"{_CELL_INDEX}_{column}"
    if in_one_cell(query):
        return [Source(in_cell, conditions(query, said=_open), query.task)]
    others = conditions(query, *CELL, said=_open)
    return [
        Source(in_cell, and_(others, _in_cell(place)), cell[CELL.index("task")] if cell else None)
        for place, cell in enumerate(wanted.cells)
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
