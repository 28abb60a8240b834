"""Statements run by the driver: written once, the same as SQLAlchemy's, with errors that stay readable."""

from __future__ import annotations

import re
import sqlite3

import pytest
from sqlalchemy import bindparam, insert, select

from leaderboard.domain import BadInput, Conflict
from leaderboard.record import Record, claims, limits, pauses, states, submissions, tokens
from leaderboard.record import settings as settings_shelf
from leaderboard.record.prepared import Prepared, driver_of
from leaderboard.record.tables import settings
from leaderboard.record.tables import states as states_table
from leaderboard.record.trouble import is_storage_trouble
from tests import builders
from tests.record import scenes

HOUSES = (claims, limits, pauses, settings_shelf, states, submissions, tokens)
ALL = {
    f"{house.__name__}.{name}": value
    for house in HOUSES
    for name, value in vars(house).items()
    if isinstance(value, Prepared)
}


@pytest.mark.parametrize("name", ALL)
def test_every_statement_is_one_that_sqlite_takes(record: Record, name: str) -> None:
    """And walks no whole table, whatever it is asked; but for what is counted out of an index alone."""
    names = {found[1] for found in _parameters(ALL[name].sql)}
    with record._readers.snapshot() as connection:
        plan = driver_of(connection).execute(f"EXPLAIN QUERY PLAN {ALL[name].sql}", dict.fromkeys(names, 1))
        steps = [row[3] for row in plan]
    small = ("journal_head", "COVERING INDEX", "CONSTANT ROW")
    assert not [step for step in steps if step.startswith("SCAN") and not any(one in step for one in small)]


def test_what_is_always_the_same_is_no_parameter(record: Record) -> None:
    """As one, `final` would have SQLite prepare the statement anew at each run, to know if the index does."""
    sql = states._OF_KEY.sql
    assert {found[1] for found in _parameters(sql)} == {"key"}
    with record._readers.snapshot() as connection:
        plan = driver_of(connection).execute(f"EXPLAIN QUERY PLAN {sql}", {"key": "x"}).fetchall()
    told = " ".join(row[3] for row in plan)
    assert "states_open" in told
    assert "runs_current" in told


def test_a_list_is_refused_at_once() -> None:
    with pytest.raises(AssertionError, match="OR"):
        Prepared(select(settings).where(settings.c.key.in_(["a", "b"])))


def test_words_of_others_are_never_written_into_a_statement() -> None:
    with pytest.raises(AssertionError):
        Prepared(select(settings).where(settings.c.key == "a' OR 'b"))


def test_rows_and_changes(record: Record) -> None:
    add = Prepared(insert(settings), "key", "value")
    find = Prepared(select(settings.c.value).where(settings.c.key == bindparam("wanted")))
    assert (
        record._writer.run(lambda connection: add.run(connection, {"key": "a", "value": "1"}).rowcount) == 1
    )
    record._writer.run(
        lambda connection: add.run_each(connection, [{"key": key, "value": "2"} for key in "bc"])
    )
    with record._readers.snapshot() as connection:
        assert find.rows(connection, {"wanted": "b"}) == [("2",)]
        assert find.first(connection, {"wanted": "z"}) is None
    with pytest.raises(sqlite3.IntegrityError) as caught:
        record._writer.run(lambda connection: add.run(connection, {"key": "a", "value": "3"}).rowcount)
    assert not is_storage_trouble(caught.value)


def test_a_state_has_every_column() -> None:
    assert set(states.State._fields) == set(states_table.c.keys())


def test_the_driver_s_errors_are_told_to_readers_as_others_are(record: Record) -> None:
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(BadInput, match="more work"), record._readers.snapshot(0.01) as connection:
        driver_of(connection).execute(endless).fetchone()


def test_of_the_same_run_in_one_group_one_is_taken(record: Record) -> None:
    """What stands before a savepoint is seen behind it, by statements of either kind."""
    first = scenes.queued(record, builders.plan(seed=7))
    with pytest.raises(Conflict, match=first.id):
        scenes.queued(record, builders.plan(seed=7), id="0" * 12)
    assert record.find_run_key(first.plan.run_key) == (first.id, None)


def _parameters(sql: str) -> list[tuple[str, str]]:
    return [(found[0], found[1]) for found in re.finditer(r":([a-z]\w*)", sql)]
