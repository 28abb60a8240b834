"""Every page walks an index: no sort, no scan of all rows, whatever its filters and its order (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest

from leaderboard.record import RatingQuery, Record, names, walks
from leaderboard.record import ratings as ratings_module
from leaderboard.record.query import Order, Sort
from tests import builders

TASK, HARDWARE = "sentence-similarity", "cpu"
FILTERS: dict[str, dict[str, str]] = {
    "all": {},
    "task": {"task": TASK},
    "hardware": {"hardware": HARDWARE},
    "task and hardware": {"task": TASK, "hardware": HARDWARE},
}
FILTERS["class"] = {"model_class": "A"}
FILTERS |= {f"edition {name}": {"edition": "open-1", **filters} for name, filters in FILTERS.items()}
WHOLE = FILTERS["edition task and hardware"]
PAGES = [
    pytest.param(filters, sort, order, id=f"{name} {sort} {order}")
    for name, filters in FILTERS.items()
    for sort in get_args(Sort)
    for order in get_args(Order)
]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """Two editions, each with two tasks on two cards, with gaps in what rows are sorted by."""
    folder = tmp_path_factory.mktemp("board")
    with Record.open(folder) as record:
        for edition in ("open-1", "open-2"):
            rows = [
                builders.rating(
                    f"o/m-{number}",
                    edition=edition,
                    development=False,
                    task=(TASK, "reasoning")[number % 2],
                    hardware=(HARDWARE, "t4-16gb")[number // 2 % 2],
                    model_class=("A", "B")[number // 4 % 2],
                    params=None if number % 3 else 10**9,
                )
                for number in range(24)
            ]
            record.put_edition(builders.edition(edition), {}, rows, "hash")
    # Who only reads keeps no answers: every question is really asked.
    with Record.read(folder) as record:
        yield record


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every view is treated as one of many rows."""
    monkeypatch.setattr(ratings_module, "FEW", 0)


def asked(board: Record, ask: Callable[[], Any]) -> dict[str, list[str]]:
    """What SQLite plans for each statement that a question to the record runs."""
    statements: list[str] = []
    engine = board._readers._engine
    with engine.connect() as connection:  # the one that the next reader gets
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(statements.append)
    ask()
    with engine.connect() as connection:
        driver.set_trace_callback(None)
        return {
            statement: [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
            for statement in statements
            if statement.startswith("SELECT")
        }


def of_ratings(plans: dict[str, list[str]]) -> list[list[str]]:
    """The plans that touch the table of ratings."""
    found = [[step for step in plan if " ratings" in step or "TEMP" in step] for plan in plans.values()]
    return [steps for steps in found if any(" ratings" in step for step in steps)]


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(("filters", "sort", "order"), PAGES)
def test_every_filter_and_sort_of_a_page_walks_its_cells(
    board: Record, filters: dict[str, str], sort: Sort, order: Order
) -> None:
    query = RatingQuery.model_validate({"sort": sort, "order": order, "limit": 2, **filters})

    def two_pages() -> None:
        first = board.ratings(query)
        board.ratings(query.model_copy(update={"after": first.next}))

    steps = of_ratings(asked(board, two_pages))
    assert len(steps) >= 2
    for step in (step for plan in steps for step in plan):
        assert "INDEX ratings_edition_task_hardware_model_class" in step, step
        assert "(edition=? AND task=? AND hardware=? AND model_class=?" in step, step


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("order", get_args(Order))
@pytest.mark.parametrize("sort", get_args(Sort))
def test_more_cells_than_are_merged_are_walked_as_one(
    board: Record, monkeypatch: pytest.MonkeyPatch, sort: Sort, order: Order
) -> None:
    monkeypatch.setattr(walks, "MOST_MERGED", 7)
    query = RatingQuery(sort=sort, order=order, limit=2, task=TASK)
    steps = of_ratings(asked(board, lambda: board.ratings(query)))
    assert steps
    column = {"model": "model_lower", "measured_at": "measured_us"}.get(sort, sort)
    for step in (step for plan in steps for step in plan):
        assert f"INDEX ratings_{column} " in f"{step} ", step


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
def test_totals_and_choices_of_a_place_come_without_a_look_at_rows(
    board: Record, filters: dict[str, str]
) -> None:
    for more in ({}, {"licence": "mit"}, {"openness": "all"}, {"configurations": "all", "reasoning": "off"}):
        query = RatingQuery.model_validate({**filters, **more})
        plans = asked(board, lambda query=query: board.facets(query))  # type: ignore[misc]
        if "licence" in more or "openness" in more:
            # How two of them go together is not stored, but only theirs.
            assert len(of_ratings(plans)) <= 1
        else:
            assert not of_ratings(plans)
        none = query.model_copy(update={"precision": "no-such"})
        assert not of_ratings(asked(board, lambda none=none: board.ratings(none)))  # type: ignore[misc]


def test_few_rows_are_picked_out_by_what_they_are_filtered_by(board: Record) -> None:
    plans = asked(
        board, lambda: board.ratings(RatingQuery.model_validate({**WHOLE, "licence": "apache-2.0"}))
    )
    (steps,) = of_ratings(plans)
    assert "INDEX ratings_facets (edition=? AND task=? AND hardware=?" in steps[0]


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("part", ["m-1", "m-"])
def test_names_are_found_by_trigram_and_their_rows_by_name(board: Record, part: str) -> None:
    plans = asked(board, lambda: board.ratings(RatingQuery.model_validate({**WHOLE, "q": part})))
    for steps in of_ratings(plans):
        assert "(edition=? AND task=? AND hardware=? AND model_class=? AND model_lower=?)" in steps[0]
    searched = [plan for statement, plan in plans.items() if "model_names" in statement]
    assert len(searched) == 1
    by_trigram = any("model_trigrams" in step or "VIRTUAL TABLE" in step for step in searched[0])
    assert by_trigram == (len(part) >= 3)


@pytest.mark.usefixtures("many")
def test_a_text_that_many_names_have_is_looked_for_in_order(
    board: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "MOST_NAMES", 3)
    plans = asked(board, lambda: board.ratings(RatingQuery.model_validate({**WHOLE, "q": "o/m"})))
    walked, counted = (steps[0] for steps in sorted(of_ratings(plans), key=lambda plan: "facets" in plan[0]))
    assert "ratings_edition_task_hardware_model_class_energy" in walked
    assert "COVERING INDEX ratings_facets" in counted


def test_there_are_no_more_indexes_than_are_used(board: Record) -> None:
    with board._readers.snapshot() as connection:
        made = connection.exec_driver_sql("SELECT name FROM pragma_index_list('ratings') WHERE origin = 'c'")
        found = set(made.scalars())
    sorts = {"energy", "model_lower", "stars", "quality", "params", "measured_us"}
    cell = "ratings_edition_task_hardware_model_class"
    assert found == {
        cell,
        *(f"{cell}_{sort}" for sort in sorts),
        *(f"ratings_{sort}" for sort in sorts),
        "ratings_task",
        "ratings_facets",
        "ratings_of_model",
    }
