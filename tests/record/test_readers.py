"""Readers: snapshots that cannot write, cost a bounded amount of work, and share a few connections."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from leaderboard.domain import BadInput, StorageUnavailable
from leaderboard.record import Record, connections
from leaderboard.record.connections import READERS, reading_engine
from leaderboard.record.folder import DATABASE
from leaderboard.record.readers import Readers
from tests import builders

ENDLESS = text("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")


@pytest.fixture
def readers(record: Record) -> Readers:
    return Readers(reading_engine(record.folder / DATABASE), record.folder, work_s=0.02)


def test_a_question_without_end_is_stopped(readers: Readers) -> None:
    with pytest.raises(BadInput) as caught, readers.snapshot() as connection:
        connection.execute(ENDLESS)
    assert "more work" in caught.value.message
    assert "Narrow it" in caught.value.remedy
    with readers.snapshot() as connection:  # and the connection goes on
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    readers.close()


def test_the_cap_counts_from_the_start_of_each_snapshot(readers: Readers) -> None:
    with readers.snapshot(work_s=60.0) as connection:
        counted = (
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {}) SELECT max(i) FROM n"
        )
        assert connection.execute(text(counted.format(400_000))).scalar_one() == 400_000
    readers.close()


def test_a_reader_cannot_write(readers: Readers) -> None:
    with pytest.raises(StorageUnavailable), readers.snapshot() as connection:
        assert connection.execute(text("PRAGMA query_only")).scalar_one() == 1
        connection.execute(text("INSERT INTO settings VALUES ('a', 'b')"))
    readers.close()


def test_a_snapshot_does_not_change_while_it_is_open(record: Record, readers: Readers) -> None:
    count = text("SELECT count(*) FROM settings")
    with readers.snapshot() as connection:
        before = connection.execute(count).scalar_one()
        record.put_setting("key", "value")
        assert connection.execute(count).scalar_one() == before
    with readers.snapshot() as connection:
        assert connection.execute(count).scalar_one() == before + 1
    readers.close()


def test_a_statement_that_is_wrong_is_no_trouble_with_the_disk(readers: Readers) -> None:
    with pytest.raises(OperationalError), readers.snapshot() as connection:
        connection.execute(text("SELECT nothing FROM nowhere"))
    readers.close()


def test_a_few_connections_and_then_a_wait(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "WAIT_S", 0.01)
    readers = Readers(reading_engine(record.folder / DATABASE), record.folder)
    with ExitStack() as stack:
        for _ in range(READERS):
            stack.enter_context(readers.snapshot())
        with pytest.raises(StorageUnavailable, match="too many questions"), readers.snapshot():
            pass
    with readers.snapshot():
        pass
    readers.close()


def test_a_page_that_costs_too_much(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    record.put_edition(
        builders.edition(), {}, [builders.rating(f"o/m-{number}") for number in range(3000)], "hash"
    )
    monkeypatch.setattr("leaderboard.record.readers._STEPS", 1)
    monkeypatch.setattr(record._readers, "_work_s", 0.0)
    from leaderboard.record import RatingQuery

    query = RatingQuery(development=True, q="m")
    for ask in (record.ratings, record.facets):
        with pytest.raises(BadInput, match="more work"):
            ask(query)
    assert len(record.edition_rows("dev-2026-11")) == 3000  # read whole, under a cap of its own


def test_a_record_that_is_gone(tmp_path: Path) -> None:
    readers = Readers(reading_engine(tmp_path / DATABASE), tmp_path)
    with pytest.raises(StorageUnavailable, match="cannot be read"), readers.snapshot():
        pass


def test_damage_is_said_in_words(tmp_path: Path) -> None:
    Record.open(tmp_path).close()
    path = tmp_path / DATABASE
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StorageUnavailable) as caught:
        Record.read(tmp_path)
    assert "damaged" in caught.value.message
    assert isinstance(caught.value.__cause__, Exception)
