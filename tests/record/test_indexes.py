"""Every page walks an index: no sort, no scan of all rows, whatever its filters and its order (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest

from leaderboard.record import RatingQuery, Record
from leaderboard.record.query import Order, Sort
from tests import builders

FILTERS = {
    "all": {},
    "task": {"task": "sentence-similarity"},
    "hardware": {"hardware": "cpu"},
    "task and hardware": {"task": "sentence-similarity", "hardware": "cpu"},
}
PAGES = [
    pytest.param(filters, sort, order, id=f"{name} {sort} {order}")
    for name, filters in FILTERS.items()
    for sort in get_args(Sort)
    for order in get_args(Order)
    if not (sort == "task" and "task" in filters)  # nothing to sort by
]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    with Record.open(tmp_path_factory.mktemp("board")) as record:
        rows = [builders.rating(f"o/m-{number}", development=False) for number in range(3)]
        record.put_edition(builders.edition("open-1"), {}, rows, "hash")
        yield record


@pytest.mark.parametrize(("filters", "sort", "order"), PAGES)
def test_every_filter_and_sort_of_a_page_walks_an_index(
    board: Record, filters: dict[str, str], sort: Sort, order: Order
) -> None:
    asked: list[str] = []
    engine = board._readers._engine
    with engine.connect() as connection:  # the one that the next reader gets
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(asked.append)
    query = RatingQuery.model_validate({"sort": sort, "order": order, "limit": 1, **filters})
    first = board.ratings(query)
    board.ratings(query.model_copy(update={"after": first.next}))
    with engine.connect() as connection:
        driver.set_trace_callback(None)
        statements = [statement for statement in asked if statement.startswith("SELECT rating_bodies")]
        assert len(statements) >= 2
        for statement in statements:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
            assert any("USING INDEX ratings_" in step for step in plan)
            assert not any("TEMP B-TREE" in step for step in plan)
