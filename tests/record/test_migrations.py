"""The schema's history: what version 1 wrote is read for ever, and a migration is whole or not at all."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import IntegrityError

from leaderboard.domain import Status, StorageUnavailable
from leaderboard.record import RatingQuery, Record, migrations, tables
from leaderboard.record.folder import DATABASE
from tests import builders
from tests.record import scenes, snapshot


def restored(folder: Path, version: int) -> Path:
    """A record as that version of the schema left it."""
    folder.mkdir()
    with sqlite3.connect(folder / DATABASE) as connection:
        connection.executescript(snapshot.path(version).read_text())
    connection.close()
    return folder


@pytest.mark.parametrize("version", range(1, len(migrations.MIGRATIONS) + 1))
def test_every_version_has_its_snapshot_and_is_read(tmp_path: Path, version: int) -> None:
    with Record.open(restored(tmp_path / "data", version)) as record:
        snapshot.check(record)
        scenes.queued(record, builders.plan(seed=99))  # and it goes on from there
        assert record.version > 0


def test_rows_of_before_say_nothing_of_library_and_openness(tmp_path: Path) -> None:
    with Record.open(restored(tmp_path / "data", 5)) as record:
        (row,) = record.ratings_of(builders.MODEL)
        assert (row.library, row.weights_open, row.data_open, row.licence_open) == (None,) * 4
        assert record.ratings(RatingQuery(edition=row.edition, openness="weights")).total == 0
        told = row.model_copy(update={"library": "transformers", "weights_open": True, "data_open": False})
        record.renew_edition(record.edition(row.edition), [told], "another hash")
        asked = RatingQuery(edition=row.edition, library="transformers", openness="weights")
        assert record.ratings(asked).items == (told,)
        assert record.ratings(asked.model_copy(update={"openness": "all"})).total == 0


def test_tables_are_what_migrations_make(record: Record) -> None:
    with record._readers.snapshot() as connection:
        # The search index keeps itself in tables of its own.
        names = {
            name for name in inspect(connection).get_table_names() if not name.startswith("model_trigrams")
        }
        assert names == set(tables.schema.tables)
        for name, table in tables.schema.tables.items():
            made = connection.exec_driver_sql(
                f"SELECT name, type, [notnull], pk FROM pragma_table_info('{name}')"
            )
            # SQLite says of some keys that they may be NULL; in a STRICT table they may not.
            assert {(column, kind, bool(filled or key), bool(key)) for column, kind, filled, key in made} == {
                (
                    column.name,
                    str(column.type).replace("FLOAT", "REAL"),
                    not column.nullable,
                    column.primary_key,
                )
                for column in table.columns
            }


def later(connection: Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE workers ADD COLUMN harness TEXT NOT NULL DEFAULT ''")


def breaks(connection: Connection) -> None:
    connection.exec_driver_sql("DROP TABLE settings")
    raise RuntimeError("half way")


def test_a_later_version_takes_an_earlier_record_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = len(migrations.MIGRATIONS)
    folder = restored(tmp_path / "data", newest)
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, later))
    with Record.open(folder) as record:
        snapshot.check(record)
        with record._readers.snapshot() as connection:
            assert connection.exec_driver_sql("PRAGMA user_version").scalar_one() == newest + 1
            assert "harness" in {column["name"] for column in inspect(connection).get_columns("workers")}
    with Record.open(folder) as record:  # once is enough
        snapshot.check(record)
    monkeypatch.undo()
    with pytest.raises(StorageUnavailable, match=f"version {newest + 1}"):
        Record.open(folder)


def test_a_migration_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = restored(tmp_path / "data", 1)
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS[:1], later, breaks))
    with pytest.raises(RuntimeError, match="half way"):
        Record.open(folder)
    monkeypatch.undo()
    with Record.open(folder) as record:
        snapshot.check(record)
        with record._readers.snapshot() as connection:
            assert "harness" not in {column["name"] for column in inspect(connection).get_columns("workers")}


def test_a_first_start_that_fails_leaves_no_half_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, breaks))
    with pytest.raises(RuntimeError, match="half way"):
        Record.open(tmp_path)
    monkeypatch.undo()
    with Record.open(tmp_path) as record:
        assert record.queue() == []


@pytest.mark.parametrize("table", ["submissions", "events", "notices", "proposals", "decisions"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET body = '{{}}'", "DELETE FROM {}"])
def test_what_was_said_is_never_changed(record: Record, table: str, statement: str) -> None:
    claim, _, rating = scenes.done(record)
    record.add_notice(builders.notice(rating.id))
    record.add_proposal(builders.proposal())
    record.decide(builders.decision(builders.proposal().id))
    before = record.events(claim.submission.id), record.notices(rating.id)
    with pytest.raises(IntegrityError, match="only ever grow"):
        record._writer.run(lambda connection: connection.exec_driver_sql(statement.format(table)).close())
    assert (record.events(claim.submission.id), record.notices(rating.id)) == before
    assert record.status(claim.submission.id) is Status.DONE
