"""The writer: one commit for many, failures that stay alone, and a disk that may fail and come back."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, insert, select

from leaderboard.domain import BadInput, Conflict, Status, StorageUnavailable
from leaderboard.record import Record
from leaderboard.record.connections import writing_engine
from leaderboard.record.migrations import migrate
from leaderboard.record.tables import read_version, settings
from leaderboard.record.writer import LARGEST_BATCH, GroupWriter
from tests import builders
from tests.record import scenes


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = writing_engine(tmp_path / "record.sqlite")
    with engine.connect() as connection:
        migrate(connection, tmp_path)
    return engine


@pytest.fixture
def writer(engine: Engine, tmp_path: Path) -> Iterator[GroupWriter]:
    writer = GroupWriter(engine, tmp_path, 0)
    yield writer
    writer.close()


def put(key: str, value: str = "") -> Callable[[Connection], str]:
    def job(connection: Connection) -> str:
        connection.execute(insert(settings), {"key": key, "value": value})
        return key

    return job


def keys(writer: GroupWriter) -> list[str]:
    return writer.run(lambda connection: list(connection.execute(select(settings.c.key)).scalars()))


class Group:
    """Holds the writer until every job of a group waits, so that they share a commit."""

    def __init__(self, writer: GroupWriter) -> None:
        self._writer = writer
        self._pool = ThreadPoolExecutor(LARGEST_BATCH * 2)
        self._held = threading.Event()
        self._go = threading.Event()
        self._first = self._pool.submit(writer.run, self._hold)
        assert self._held.wait(30)
        self._waiting: list[Future[str]] = []

    def _hold(self, connection: Connection) -> None:
        self._held.set()
        assert self._go.wait(30)

    def add(
        self, job: Callable[[Connection], str], *, shown: bool = True, small: bool = False
    ) -> Future[str]:
        before = len(self._writer._jobs)
        answer = self._pool.submit(self._writer.run, job, shown=shown, small=small)
        # Each job is in line before the next one comes: their order is the test's.
        deadline = threading.Event()
        for _ in range(30_000):
            if len(self._writer._jobs) > before:
                break
            deadline.wait(0.001)
        self._waiting.append(answer)
        return answer

    def go(self) -> None:
        self._go.set()
        self._pool.shutdown(wait=True)
        self._first.result()


def test_those_who_wait_share_a_commit(writer: GroupWriter, engine: Engine) -> None:
    commits: list[Connection] = []
    event.listen(engine, "commit", commits.append)
    group = Group(writer)
    answers = [group.add(put(str(number))) for number in range(20)]
    group.go()
    assert [answer.result() for answer in answers] == [str(number) for number in range(20)]
    assert len(commits) == 2  # what held the writer, and the twenty
    assert writer.version == 1


def test_a_group_has_a_largest_size(writer: GroupWriter, engine: Engine) -> None:
    commits: list[Connection] = []
    event.listen(engine, "commit", commits.append)
    group = Group(writer)
    for number in range(LARGEST_BATCH + 1):
        group.add(put(str(number)))
    group.go()
    assert len(commits) == 3
    assert len(keys(writer)) == LARGEST_BATCH + 1


@pytest.mark.parametrize("small", [True, False])
def test_who_fails_fails_alone(writer: GroupWriter, small: bool) -> None:
    def fails(connection: Connection) -> str:
        put("half written")(connection)
        raise Conflict("No.", "Ask otherwise.")

    group = Group(writer)
    before, failing, double, after = (
        group.add(put("before"), small=small),
        group.add(fails, small=small),
        group.add(put("before"), small=small),
        group.add(put("after"), small=small),
    )
    group.go()
    assert (before.result(), after.result()) == ("before", "after")
    assert isinstance(failing.exception(), Conflict)
    assert "UNIQUE" in str(double.exception())
    assert keys(writer) == ["after", "before"]


@pytest.mark.parametrize(("writes_first", "runs"), [(False, 1), (True, 2)])
def test_small_jobs_run_again_only_where_one_failed_halfway(
    writer: GroupWriter, writes_first: bool, runs: int
) -> None:
    ran: list[str] = []

    def counted(connection: Connection) -> str:
        ran.append("counted")
        return put("counted")(connection)

    def fails(connection: Connection) -> str:
        if writes_first:
            put("half written")(connection)
        raise Conflict("No.", "Ask otherwise.")

    group = Group(writer)
    kept, failing = group.add(counted, small=True), group.add(fails, small=True)
    group.go()
    assert kept.result() == "counted"
    assert isinstance(failing.exception(), Conflict)
    assert ran == ["counted"] * runs
    assert writer.version == 1
    assert keys(writer) == ["counted"]


def test_much_is_undone_whether_in_memory_or_in_a_file(writer: GroupWriter) -> None:
    """Each job of several hundred pages, some of which were there before; small and large ones take turns."""

    def many(connection: Connection) -> str:
        for number in range(2000):
            connection.execute(insert(settings), {"key": f"many {number}", "value": "x" * 500})
        connection.exec_driver_sql("UPDATE settings SET value = 'overwritten'")
        raise Conflict("No.", "Ask otherwise.")

    for turn, small in enumerate((True, False, True, True, False)):
        assert writer.run(put(f"kept {turn}", "whole"), small=small)
        with pytest.raises(Conflict):
            writer.run(many, small=small)
    values = writer.run(lambda connection: list(connection.execute(select(settings.c.value)).scalars()))
    assert values == ["whole"] * 5
    check = "PRAGMA integrity_check"
    assert writer.run(lambda connection: connection.exec_driver_sql(check).scalar_one()) == "ok"


def test_a_group_of_small_jobs_alone_undoes_in_memory(writer: GroupWriter) -> None:
    """SQLite's word for it: 2 is memory, 1 a file. Each question is another text, so that none is kept."""

    def asks(number: int) -> Callable[[Connection], str]:
        return lambda connection: str(
            connection.exec_driver_sql(f"PRAGMA temp_store /* {number} */").scalar_one()
        )

    assert [writer.run(asks(turn), small=small) for turn, small in enumerate((True, True, False, True))] == [
        *"2212"
    ]
    group = Group(writer)
    answers = [group.add(asks(4), small=True), group.add(asks(5)), group.add(asks(6), small=True)]
    group.go()
    assert [answer.result() for answer in answers] == ["1", "1", "1"]


def test_a_later_job_of_a_group_sees_the_earlier_ones(writer: GroupWriter) -> None:
    group = Group(writer)
    group.add(put("first"))
    seen = group.add(lambda connection: connection.execute(select(settings.c.key)).scalar_one())
    group.go()
    assert seen.result() == "first"


def test_the_version_rises_with_what_a_page_could_show(writer: GroupWriter, engine: Engine) -> None:
    writer.run(put("shown"))
    assert writer.version == 1
    writer.run(put("not shown"), shown=False)
    assert keys(writer)
    with pytest.raises(ZeroDivisionError):
        writer.run(lambda connection: 1 // 0)
    assert writer.version == 1
    assert writer.run(read_version) == 1


def test_a_disk_that_is_full_is_everyones_trouble_and_passes(
    writer: GroupWriter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    writer.run(put("kept"))
    pages = writer.run(lambda connection: int(connection.exec_driver_sql("PRAGMA page_count").scalar_one()))
    writer.run(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}").close())
    group = Group(writer)
    small, large, later = (
        group.add(put("small")),
        group.add(put("large", "x" * 100_000)),
        group.add(put("later")),
    )
    group.go()
    for answer in (small, large, later):
        error = answer.exception()
        assert isinstance(error, StorageUnavailable)
        assert "no space left" in error.message
        assert "Free some space" in error.remedy
    assert "rolled back" in caplog.text
    assert writer.version == 1
    # The next group finds another connection, without the limit: the writer lives.
    assert writer.run(put("large", "x" * 100_000)) == "large"
    assert sorted(keys(writer)) == ["kept", "large"]
    assert writer.version == 2


def test_a_disk_that_is_full_for_a_record(tmp_path: Path) -> None:
    """The system's own limit on a file's size stands for the end of the disk."""
    program = """
import resource, sys
from pathlib import Path
from leaderboard.domain import StorageUnavailable
from leaderboard.record import Record
from tests import builders
from tests.record import scenes
import logging; logging.disable()
record = Record.open(Path(sys.argv[1]))
kept = scenes.queued(record)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
size = (record.folder / "record.sqlite-wal").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 8192, most))
try:
    record.put_setting("large", "x" * 100_000)
except StorageUnavailable as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
record.put_setting("large", "y" * 100_000)
assert record.setting("large") == "y" * 100_000
assert record.submission(kept.id) == kept
record.close()
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    assert str(tmp_path) in done.stdout
    with Record.open(tmp_path) as record:
        assert len(record.queue()) == 1


def test_closing_writes_what_waits_and_refuses_what_comes_later(
    engine: Engine, writer: GroupWriter, tmp_path: Path
) -> None:
    group = Group(writer)
    answers = [group.add(put(str(number))) for number in range(5)]
    closing = threading.Thread(target=writer.close)
    closing.start()
    group.go()
    closing.join()
    assert [answer.result() for answer in answers] == ["0", "1", "2", "3", "4"]
    with pytest.raises(StorageUnavailable, match="closed"):
        writer.run(put("late"))
    again = GroupWriter(writing_engine(tmp_path / "record.sqlite"), tmp_path, 1)
    assert len(keys(again)) == 5
    again.close()


def test_a_claim_that_could_not_be_written_is_no_claim(record: Record) -> None:
    """What leases remember in memory must not outlive a transaction that never was."""
    submission = scenes.queued(record)
    limit = record._writer.run(
        lambda connection: int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    )
    record._writer.run(
        lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {limit}").close()
    )
    with pytest.raises(StorageUnavailable):
        record.claim(["cpu"], "w" * 100_000, 1.0)
    assert record.status(submission.id) is Status.QUEUED
    assert record.reap() == []
    claim = record.claim(["cpu"], "bench", 300.0)
    assert claim is not None
    assert (claim.fence, claim.attempt) == (1, 1)


def test_a_lease_needs_a_length(record: Record) -> None:
    claim = scenes.claimed(record)
    for lease_s in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(BadInput):
            record.claim(["cpu"], "bench", lease_s)
    with pytest.raises(BadInput):
        record.heartbeat(claim.submission.id, claim.fence, builders.progress(), 0.0)
