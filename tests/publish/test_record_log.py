"""The record's log: it grows by what changed, comes back with the same hash, and refuses what is foreign."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leaderboard.domain import (
    BadFile,
    Conflict,
    FenceLost,
    Forbidden,
    HubUnavailable,
    Refused,
    StarwattError,
    Status,
    WrongSchema,
)
from leaderboard.publish.hub import HubBusy, MemoryHub
from leaderboard.publish.log_manifest import LogManifest, read_log_manifest
from leaderboard.publish.manifest import Change
from leaderboard.publish.pace import Patience
from leaderboard.publish.record_log import RecordLog
from leaderboard.publish.restore import FolderSource, check_log, restore, restore_from_hub
from leaderboard.record import Record, tables
from leaderboard.record.hashing import BOOKKEEPING, TRACKED
from leaderboard.record.migrations import MIGRATIONS
from tests import builders
from tests.record import scenes, snapshot

DATASET = "starwatt/energy"
NAME = "starwatt/energy-record"
AT_ONCE = Patience(sleep=lambda _: None)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with Record.open(tmp_path / "data") as opened:
        snapshot.fill(opened)
        yield opened


def copy(hub: MemoryHub, folder: Path) -> LogManifest:
    """The newest commit as files."""
    head = hub.head(NAME)
    assert head is not None
    content = hub.read(NAME, "manifest.json", head)
    assert content is not None
    manifest = read_log_manifest(content)
    for path in ("manifest.json", *manifest.files):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(hub.read(NAME, path, head) or b"")
    return manifest


def test_every_table_is_in_the_log_or_bookkeeping() -> None:
    assert set(TRACKED) | BOOKKEEPING == set(tables.schema.tables)
    assert not set(TRACKED) & BOOKKEEPING


def test_a_commit_holds_what_changed_and_the_hash_follows(record: Record) -> None:
    hub = MemoryHub()
    log = RecordLog(record, hub, DATASET, AT_ONCE)
    first = log.push()
    assert first.manifest.record_hash == record.record_hash()
    assert hub.private == {NAME}
    assert log.push().rows == 0
    assert len(hub.messages) == 1
    # A heartbeat is nothing that has to outlive the disk.
    running = builders.submission(builders.plan(seed=3)).id
    record.heartbeat(running, 1, builders.progress(0.5), scenes.LEASE_S)
    assert log.push().rows == 0
    record.append(builders.submission(builders.plan(seed=4)).id, builders.event(Status.CANCELLED))
    grown = log.push()
    assert grown.rows == 3  # an event, a state, and the runner that goes along
    # Rows that are replaced and rows that are gone.
    record.put_edition(builders.edition(), {}, [], "other words")
    assert log.push().manifest.record_hash == record.record_hash()
    assert check_log(record, hub, DATASET) == []
    record.put_setting("key", "other")
    (late,) = check_log(record, hub, DATASET)
    assert "not all of it is logged yet" in late.what


def test_the_record_comes_back_whole(record: Record, tmp_path: Path) -> None:
    hub = MemoryHub()
    run = builders.run(builders.plan(seed=1))
    (record.run_folder(run.id) / "trace.parquet").write_bytes(b"a trace")
    log = RecordLog(record, hub, DATASET, AT_ONCE)
    log.push()
    record.put_edition(builders.edition(), {}, [], "other words")
    record.renew_edition(builders.edition(), [builders.rating("org/new")], "third words")
    log.push()
    made = restore_from_hub(hub, DATASET, tmp_path / "again")
    assert made is not None
    assert made.record_hash == record.record_hash()
    with Record.open(tmp_path / "again") as again:
        assert again.record_hash() == record.record_hash()
        assert again.version > record.version - 1
        assert {row.subject for row in again.outbox()} == {each.id for each in record.editions()}
        assert [row.worker for row in again.workers()] == [row.worker for row in record.workers()]
        assert (again.run_folder(run.id) / "trace.parquet").read_bytes() == b"a trace"
        # The line is made again from what the log holds of it, and goes on.
        assert [(row.id, row.place) for row in again.line()] == [(row.id, row.place) for row in record.line()]
        assert {row.place for row in again.line()} == {None, 1}
        scenes.queued(again, builders.plan(seed=9))
        after = RecordLog(again, hub, DATASET, AT_ONCE).push()
        assert after.manifest.last == 3
        assert after.manifest.record_hash == again.record_hash()
    # The old disk is behind its log now, and has to leave it alone.
    record.put_setting("key", "other")
    with pytest.raises(Conflict, match="another Space"):
        log.push()


def test_fences_never_fall(record: Record, tmp_path: Path) -> None:
    hub = MemoryHub()
    RecordLog(record, hub, DATASET, AT_ONCE).push()
    waiting = builders.submission(builders.plan(seed=4)).id
    lost = record.claim(["cpu"], "late", 300.0)  # not in the log
    assert lost is not None and lost.submission.id == waiting
    restore_from_hub(hub, DATASET, tmp_path / "again")
    with Record.open(tmp_path / "again") as again:
        again.check_fence(builders.submission(builders.plan(seed=3)).id, 1)
        with pytest.raises(FenceLost):
            again.check_fence(waiting, lost.fence)
        taken = again.claim(["cpu"], "other", 300.0)
        assert taken is not None and taken.submission.id == waiting
        assert taken.fence > lost.fence + 1_000_000
        with pytest.raises(FenceLost):
            again.check_fence(waiting, lost.fence)


class Flaky(MemoryHub):
    """Makes the commit, and loses so many replies."""

    lost = 0
    away = False

    def head(self, repository: str) -> str | None:
        if self.away:
            raise HubBusy("The Hub did not answer.")
        return super().head(repository)

    def commit(self, repository: str, change: Change, parent: str, message: str) -> str:
        made = super().commit(repository, change, parent, message)
        if self.lost:
            self.lost -= 1
            self.away = self.lost > 0
            raise HubBusy("The Hub did not answer.")
        return made


def test_a_lost_reply_is_found_before_anything_is_done_again(record: Record) -> None:
    hub = Flaky()
    hub.lost = 1
    pushed = RecordLog(record, hub, DATASET, AT_ONCE).push()
    assert len(hub.messages) == 1
    assert record.journal_head().position == pushed.position


@pytest.mark.parametrize("same_process", [True, False])
def test_a_commit_that_arrived_unheard_is_ours(record: Record, same_process: bool) -> None:
    hub = Flaky()
    log = RecordLog(record, hub, DATASET, AT_ONCE)
    log.push()
    record.put_setting("key", "other")
    hub.lost = 2
    with pytest.raises(HubUnavailable):
        log.push()
    hub.lost, hub.away = 0, False
    record.put_setting("key", "third")
    if not same_process:
        log = RecordLog(record, hub, DATASET, AT_ONCE)
    pushed = log.push()
    assert pushed.manifest.record_hash == record.record_hash()
    # Who does not know any more what the commit held writes the log anew.
    assert (pushed.manifest.first == 1) is same_process
    assert check_log(record, hub, DATASET) == []


def test_nothing_goes_to_a_public_repository(record: Record, tmp_path: Path) -> None:
    hub = MemoryHub()
    hub.ensure(NAME)
    with pytest.raises(Refused, match="public"):
        RecordLog(record, hub, DATASET, AT_ONCE).push()
    with pytest.raises(Refused, match="public"):
        restore_from_hub(hub, DATASET, tmp_path / "again")


def test_an_empty_disk_waits_for_the_hub(tmp_path: Path) -> None:
    hub = Flaky()
    hub.away = True
    with pytest.raises(HubUnavailable, match="an empty record is not begun"):
        restore_from_hub(hub, DATASET, tmp_path / "again", AT_ONCE)
    assert not (tmp_path / "again").exists()

    class Unseen(MemoryHub):
        def head(self, repository: str) -> str | None:
            return None

    with pytest.raises(Forbidden, match="may not see it"):
        restore_from_hub(Unseen(), DATASET, tmp_path / "again", AT_ONCE)
    assert restore_from_hub(MemoryHub(), DATASET, tmp_path / "again", AT_ONCE) is None


def edited(**fields: object) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / "manifest.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))

    return edit


def without_segment(folder: Path) -> None:
    path = folder / "manifest.json"
    said = json.loads(path.read_text())
    said["files"] = {name: entry for name, entry in said["files"].items() if "/000002-" not in name}
    path.write_text(json.dumps(said))


def without_a_table(folder: Path) -> None:
    path = folder / "manifest.json"
    said = json.loads(path.read_text())
    said["files"] = {name: entry for name, entry in said["files"].items() if "notices/" not in name}
    path.write_text(json.dumps(said))


@pytest.mark.parametrize(
    ("damage", "error", "words"),
    [
        (lambda folder: (folder / "runs/000001-000.parquet").unlink(), BadFile, "missing"),
        (lambda folder: (folder / "runs/000001-000.parquet").write_bytes(b"PAR1"), BadFile, "not what"),
        (lambda folder: (folder / "manifest.json").write_bytes(b"{"), BadFile, "cannot be read"),
        (without_segment, BadFile, "no segment 2"),
        (without_a_table, BadFile, "hash"),
        (edited(record_hash="0" * 64), BadFile, "hash"),
        (edited(schema_version=2), WrongSchema, "version 2"),
        (edited(record_schema=len(MIGRATIONS) + 1), WrongSchema, "schema version"),
        (edited(files={"../x.parquet": {"sha256": "0" * 64, "bytes": 1}}), BadFile, "no segment"),
        (edited(last="many"), BadFile, "damaged"),
    ],
)
def test_what_is_foreign_is_refused_and_nothing_is_left(
    record: Record,
    tmp_path: Path,
    damage: Callable[[Path], None],
    error: type[StarwattError],
    words: str,
) -> None:
    hub = MemoryHub()
    log = RecordLog(record, hub, DATASET, AT_ONCE)
    log.push()
    record.put_setting("key", "other")
    log.push()
    copy(hub, tmp_path / "copy")
    damage(tmp_path / "copy")
    with pytest.raises(error, match=words):
        restore(FolderSource(tmp_path / "copy"), tmp_path / "again")
    assert not list((tmp_path / "again").glob("record.sqlite*"))


def test_a_record_is_never_restored_over(record: Record, tmp_path: Path) -> None:
    hub = MemoryHub()
    RecordLog(record, hub, DATASET, AT_ONCE).push()
    copy(hub, tmp_path / "copy")
    with Record.open(tmp_path / "full"):
        pass
    with pytest.raises(Conflict, match="already"):
        restore(FolderSource(tmp_path / "copy"), tmp_path / "full")
