"""Opening a record, or being told in one line why not and what to do."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.domain import BadInput, NotFound, Status, StorageUnavailable
from leaderboard.record import Record
from leaderboard.record import store as store_module
from leaderboard.record.folder import DATABASE, LOCK
from leaderboard.record.trouble import storage_unavailable
from tests import builders
from tests.record import scenes


def refused(open_it: Callable[[], object]) -> StorageUnavailable:
    with pytest.raises(StorageUnavailable) as caught:
        open_it()
    assert "\n" not in str(caught.value)
    assert caught.value.remedy
    return caught.value


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "with space & 50%?"
    with Record.open(folder) as record:
        assert record.folder == folder
        assert record.version == 0
        scenes.queued(record)
    assert (folder / DATABASE).is_file()


def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    with Record.open(tmp_path) as record:
        claim, run, rating = scenes.done(record)
        version = record.version
    with Record.open(tmp_path) as record:
        assert record.version == version
        assert record.submission(claim.submission.id) == claim.submission
        assert record.status(claim.submission.id) is Status.DONE
        assert record.run(run.id) == run
        assert record.rating(rating.id) == rating


def test_closing_tidies_the_journal_away_and_twice_is_harmless(tmp_path: Path) -> None:
    record = Record.open(tmp_path)
    scenes.queued(record)
    record.queue()
    record.close()
    record.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [LOCK, DATABASE]


def test_a_relative_folder_stays_the_same_when_the_process_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Record.open(Path("data")) as record:
        monkeypatch.chdir("/")
        assert record.run_folder("0" * 12).is_relative_to(tmp_path / "data")


@pytest.mark.parametrize("where", ["file", "below a file", "/proc/starwatt"])
def test_a_folder_that_cannot_be(tmp_path: Path, where: str) -> None:
    file = tmp_path / "file"
    file.write_text("kept")
    folder = {"file": file, "below a file": file / "data"}.get(where, Path(where))
    error = refused(lambda: Record.open(folder))
    assert str(folder) in error.message
    assert "STARWATT_DATA" in error.remedy
    assert file.read_text() == "kept"


@pytest.mark.parametrize(
    ("number", "says"), [(errno.ENOSPC, "no space"), (errno.EROFS, "read-only"), (errno.EIO, "input/output")]
)
def test_a_disk_that_takes_no_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, says: str
) -> None:
    def fails(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fails)
    assert says in refused(lambda: Record.open(tmp_path)).message.lower()
    assert not (tmp_path / DATABASE).exists()
    monkeypatch.undo()
    Record.open(tmp_path).close()  # nothing is left that would stand in the way


def test_a_disk_that_knows_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(file: object, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", fails)
    assert "no locks available" in refused(lambda: Record.open(tmp_path)).message


def test_a_start_that_fails_late_lets_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Record) -> None:
        raise StorageUnavailable("The disk is gone.", "Bring it back.")

    monkeypatch.setattr(Record, "_resume_leases", fails)
    refused(lambda: Record.open(tmp_path))
    monkeypatch.undo()
    Record.open(tmp_path).close()


def test_a_database_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / DATABASE).mkdir()
    assert "cannot be read or written" in refused(lambda: Record.open(tmp_path)).message


def test_a_file_that_is_no_record(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_text("a letter to the editor, longer than the header of a database" * 99)
    assert "damaged" in refused(lambda: Record.open(tmp_path)).message
    assert "damaged" in refused(lambda: Record.read(tmp_path)).message


def test_one_process_owns_it(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from leaderboard.record import Record\n"
        "record = Record.open(Path(sys.argv[1])); print('mine', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "mine\n"
        error = refused(lambda: Record.open(tmp_path))
        assert f"process {other.pid}" in error.message
        assert "STARWATT_DATA" in error.remedy
        with Record.read(tmp_path) as view:
            assert view.queue() == []
        other.communicate()
    Record.open(tmp_path).close()


def test_one_owner_within_a_process_too(tmp_path: Path, record: Record) -> None:
    assert f"process {os.getpid()}" in refused(lambda: Record.open(record.folder)).message
    assert (record.folder / LOCK).read_text().strip() == str(os.getpid())


def test_a_record_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    Record.open(tmp_path).close()
    with sqlite3.connect(tmp_path / DATABASE) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = (tmp_path / DATABASE).read_bytes()
    for open_it in (Record.open, Record.read):
        error = refused(lambda open_it=open_it: open_it(tmp_path))  # type: ignore[misc]
        assert "999" in error.message
        assert "Update Starwatt" in error.remedy
    assert (tmp_path / DATABASE).read_bytes() == before


def test_an_old_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "OLDEST_SQLITE", (99, 0))
    refused(lambda: Record.open(tmp_path / "data"))
    assert not (tmp_path / "data").exists()


def test_a_sqlite_that_cannot_search_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "SEARCH_MODULE", "no-such-module")
    assert "no-such-module" in str(refused(lambda: Record.open(tmp_path)))


def test_reading_needs_a_record(tmp_path: Path) -> None:
    assert "no record" in refused(lambda: Record.read(tmp_path)).message
    assert list(tmp_path.iterdir()) == []


def test_reading_an_older_record_asks_for_a_start(tmp_path: Path) -> None:
    Record.open(tmp_path).close()
    with sqlite3.connect(tmp_path / DATABASE) as connection:
        connection.execute("PRAGMA user_version = 0")
    connection.close()
    assert "Start the Space" in refused(lambda: Record.read(tmp_path)).remedy


def test_a_reader_follows_the_owner_and_writes_nothing(record: Record) -> None:
    with Record.read(record.folder) as view:
        assert view.version == 0
        submission = scenes.queued(record)
        assert view.version == record.version == 1
        assert view.submission(submission.id) == submission
        assert "read only" in refused(lambda: view.put_setting("key", "value")).message
        refused(lambda: view.claim(["cpu"], "bench", 1.0))
    assert record.status(submission.id) is Status.QUEUED


def test_run_folders(record: Record) -> None:
    run = builders.run()
    folder = record.run_folder(run.id)
    assert folder == record.folder / "runs" / run.id
    assert folder.is_dir()
    assert record.run_folder(run.id) == folder
    for wrong in ("../../etc", "", "ABCDEF012345", "0" * 13, "0" * 11 + "\n"):
        with pytest.raises(BadInput):
            record.run_folder(wrong)


def test_a_run_folder_that_cannot_be_made(record: Record) -> None:
    (record.folder / "runs").write_text("in the way")
    refused(lambda: record.run_folder("0" * 12))


def test_what_is_not_there(record: Record) -> None:
    for ask in (
        record.submission,
        record.status,
        record.events,
        record.progress,
        record.log,
        record.run,
        record.rating,
        record.edition,
        record.worker_of,
    ):
        with pytest.raises(NotFound) as caught:
            ask("<b>" * 50)
        assert len(caught.value.message) < 120
        assert caught.value.remedy


def test_words_for_trouble_with_other_programs(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x") as one, sqlite3.connect(tmp_path / "x", timeout=0) as other:
        one.execute("CREATE TABLE t (a)")
        one.commit()
        one.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            other.execute("BEGIN IMMEDIATE")
        assert "Another program" in storage_unavailable(tmp_path, caught.value).message
    one.close()
    other.close()
