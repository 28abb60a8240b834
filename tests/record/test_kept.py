"""Answers are kept until the record changes, and never more than fit: no page shows what was before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import get_args

import pytest

from leaderboard.record import RatingQuery, Record
from leaderboard.record.kept import Kept
from leaderboard.record.query import Order, Sort
from tests import builders


def test_an_answer_is_kept_until_the_record_changes(record: Record) -> None:
    record.put_edition(builders.edition("kept-0"), {}, [], "hash")
    kept: Kept[int] = Kept(record, most=2)
    asked: list[str] = []

    def ask(key: str) -> int:
        def find() -> int:
            asked.append(key)
            return len(asked)

        return kept.get(key, find)

    assert [ask("a"), ask("a"), ask("b")] == [1, 1, 2]
    record.put_edition(builders.edition("kept-1"), {}, [], "hash")
    assert ask("a") == 3
    ask("b"), ask("c")  # more than are kept: the first is asked again
    assert ask("a") == 6
    assert asked == ["a", "b", "a", "b", "c", "a"]


def test_an_answer_found_while_the_record_changes_is_not_kept(record: Record) -> None:
    kept: Kept[str] = Kept(record)

    def changing() -> str:
        record.put_edition(builders.edition("kept-2"), {}, [], "hash")
        return "of before, perhaps"

    assert kept.get("a", changing) == "of before, perhaps"
    assert kept.get("a", lambda: "new") == "new"


def test_editions_are_read_once_for_each_version(record: Record) -> None:
    record.put_edition(builders.edition("kept-3"), {}, [], "hash")
    first = record.editions()
    first.clear()  # what is handed out is the caller's own
    assert "kept-3" in [edition.id for edition in record.editions()]
    record.put_edition(builders.edition("kept-3", title="Another"), {}, [], "another")
    assert "Another" in [edition.title for edition in record.editions()]


def test_of_several_only_those_that_are_not_kept_are_asked_for(record: Record) -> None:
    kept: Kept[str] = Kept(record, most=3)
    asked: list[list[str]] = []

    def find(missing: object) -> list[str]:
        assert isinstance(missing, list)
        asked.append(missing)
        return [key.upper() for key in missing]

    record.put_edition(builders.edition("kept-4"), {}, [], "hash")
    assert kept.all(["a", "b"], find) == ["A", "B"]
    assert kept.all(["c", "a"], find) == ["C", "A"]
    assert kept.all(["a", "d"], find) == ["A", "D"]  # one more than are kept: b goes
    assert kept.all(["c", "b"], find) == ["C", "B"]
    assert kept.all([], find) == []
    assert asked == [["a", "b"], ["c"], ["d"], ["b"]]


def test_nothing_is_kept_where_nobody_hears_of_changes() -> None:
    class Reader:
        version = 0

    kept: Kept[int] = Kept(Reader())
    assert [kept.get("a", lambda: 1), kept.get("a", lambda: 2)] == [1, 2]


@contextmanager
def statements(record: Record) -> Iterator[list[str]]:
    """What is asked of SQLite meanwhile."""
    asked: list[str] = []
    with record._readers._engine.connect() as connection:  # the one that the next reader gets
        driver = connection.connection.driver_connection
        assert driver is not None
    driver.set_trace_callback(asked.append)
    try:
        yield asked
    finally:
        driver.set_trace_callback(None)


@pytest.mark.parametrize("order", get_args(Order))
@pytest.mark.parametrize("sort", get_args(Sort))
def test_pages_are_the_same_whether_kept_or_not(record: Record, sort: Sort, order: Order) -> None:
    rows = [
        builders.rating(
            f"o/m-{number}",
            development=False,
            task=("text-generation", "reasoning")[number % 2],
            model_class=("A", "B")[number // 4 % 2],
            energy_wh_per_1000=1.0 + number % 5,
            params=None if number % 3 else 10**9 + number,
            quality=None if number % 2 else 0.5,
        )
        for number in range(17)
    ]
    record.put_edition(builders.edition("kept-5"), {}, rows, "hash")
    with Record.read(record.folder) as reader:
        for limit in (3, 5):
            query: RatingQuery | None = RatingQuery(sort=sort, order=order, limit=limit)
            while query is not None:
                page = reader.ratings(query)
                assert record.ratings(query) == record.ratings(query) == page
                query = query.model_copy(update={"after": page.next}) if page.next else None


def test_another_page_of_a_view_asks_for_its_own_rows_alone(record: Record) -> None:
    rows = [
        builders.rating(f"o/m-{number}", energy_wh_per_1000=1.0 + number, development=False)
        for number in range(6)
    ]
    record.put_edition(builders.edition("kept-6"), {}, rows, "hash")
    query = RatingQuery(limit=2)
    first = record.ratings(query)
    record.ratings(query.model_copy(update={"after": first.next}))
    with statements(record) as asked:
        record.ratings(query)
    assert sum(text.startswith("SELECT") for text in asked) == 1
    with statements(record) as asked:
        third = record.ratings(query.model_copy(update={"after": record.ratings(query).next, "limit": 4}))
    # Where they are, and the words of two that nobody asked for yet.
    assert [row.model for row in third.items] == ["o/m-2", "o/m-3", "o/m-4", "o/m-5"]
    assert sum("rating_bodies" in text for text in asked) == 1


def test_a_changed_row_is_shown_as_it_is_now(record: Record) -> None:
    before = builders.rating("o/m", energy_wh_per_1000=1.0, development=False)
    record.put_edition(builders.edition("kept-7"), {}, [before], "one")
    assert [row.energy_wh_per_1000 for row in record.ratings(RatingQuery()).items] == [1.0]
    after = before.model_copy(update={"energy_wh_per_1000": 2.0})
    more = builders.rating("o/n", energy_wh_per_1000=3.0, development=False, model_class="C")
    record.put_edition(builders.edition("kept-7"), {}, [after, more], "two")
    page = record.ratings(RatingQuery())
    assert [row.energy_wh_per_1000 for row in page.items] == [2.0, 3.0]
    assert page.total == 2
