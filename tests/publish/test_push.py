"""Bringing a repository to where it should be, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from leaderboard.domain import BadFile, HubUnavailable
from leaderboard.publish import build
from leaderboard.publish.hub import HubBusy, MemoryHub, StaleParent
from leaderboard.publish.layout import MANIFEST
from leaderboard.publish.manifest import Change, Manifest, difference, entry_of, read_manifest
from leaderboard.publish.pace import Patience
from leaderboard.publish.push import Pushed, look, push
from leaderboard.publish.view import RecordView
from tests import builders
from tests.publish import views

REPOSITORY = "starwatt/energy-ratings"


class Troubled(MemoryHub):
    """A hub whose commits meet what a test has lined up for them, one trouble each."""

    def __init__(self, *troubles: Callable[[Troubled, Callable[[], str]], str]) -> None:
        super().__init__()
        self.troubles = list(troubles)
        self.commits = 0

    def commit(self, repository: str, change: Change, parent: str, message: str) -> str:
        self.commits += 1

        def really() -> str:
            return super(Troubled, self).commit(repository, change, parent, message)

        return self.troubles.pop(0)(self, really) if self.troubles else really()


def busy(retry_after_s: float | None = None) -> Callable[[Troubled, Callable[[], str]], str]:
    def trouble(hub: Troubled, really: Callable[[], str]) -> str:
        raise HubBusy("come back later", retry_after_s)

    return trouble


def lost_reply(hub: Troubled, really: Callable[[], str]) -> str:
    really()
    raise HubBusy("the connection broke")


def somebody_was_faster(hub: Troubled, really: Callable[[], str]) -> str:
    head = hub.head(REPOSITORY)
    assert head is not None
    MemoryHub.commit(hub, REPOSITORY, Change({"notes.md": b"hello"}), head, "Somebody")
    return really()


class Waits:
    """Stands in for time: remembers how long it was asked to wait."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


def ratings(view: RecordView | None = None) -> dict[str, bytes]:
    return dict(build(view or views.view())["ratings"])


def send(hub: MemoryHub, files: dict[str, bytes], waits: Waits | None = None, **options: Any) -> Pushed:
    patience = Patience(tries=4, sleep=waits or Waits())
    return push(hub, REPOSITORY, "ratings", files, patience=patience, **options)


def files_at(hub: MemoryHub, paths: dict[str, bytes]) -> dict[str, bytes | None]:
    head = hub.head(REPOSITORY)
    assert head is not None
    return {path: hub.read(REPOSITORY, path, head) for path in paths}


def test_everything_the_first_time_and_nothing_the_second() -> None:
    hub, files = Troubled(), ratings()
    first = send(hub, files)
    assert first.before is None and first.change.put.keys() == files.keys()
    assert files_at(hub, files) == files
    second = send(hub, files)
    assert not second.change and second.commit == first.commit
    assert hub.commits == 1


def test_only_what_changed_is_committed_and_what_is_gone_is_removed() -> None:
    hub = Troubled()
    send(hub, ratings())
    captionless = views.view(version=8)
    rows = tuple(row for row in captionless.rows["aies-2025-02"] if row.task != "image-captioning")
    files = ratings(views.view(version=8, instead={"aies-2025-02": rows}))
    pushed = send(hub, files)
    assert sorted(pushed.change.put) == ["README.md", MANIFEST, "summary.json"]
    assert pushed.change.remove == (
        "image-captioning/edition_aies_2025_02.parquet",
        "image-captioning/latest.parquet",
    )
    assert files_at(hub, files) == files
    assert set(files_at(hub, dict.fromkeys(pushed.change.remove, b"")).values()) == {None}


def test_another_version_of_the_record_alone_is_no_reason_to_commit() -> None:
    hub = Troubled()
    send(hub, ratings(views.view(version=7)))
    assert not send(hub, ratings(views.view(version=8))).change
    assert hub.commits == 1


def test_somebody_elses_commit_is_looked_at_and_kept(waits: Waits) -> None:
    hub, files = Troubled(somebody_was_faster), ratings()
    send(hub, files, waits)
    assert files_at(hub, {**files, "notes.md": b""}) == {**files, "notes.md": b"hello"}
    assert hub.commits == 2
    assert len(waits.seconds) == 1


def test_a_lost_reply_is_found_out_and_nothing_is_committed_twice(waits: Waits) -> None:
    hub, files = Troubled(lost_reply), ratings()
    pushed = send(hub, files, waits)
    assert hub.commits == 1
    assert pushed.commit == hub.head(REPOSITORY)
    # It was our change, and it is told as ours.
    assert pushed.change.put.keys() == files.keys()


def test_a_busy_hub_is_waited_for_as_long_as_it_asks(waits: Waits) -> None:
    hub = Troubled(busy(7.0), busy(), busy(30.0))
    send(hub, ratings(), waits)
    assert waits.seconds == [7.0, 2.0, 30.0]


def test_after_the_last_try_the_trouble_is_told(waits: Waits) -> None:
    hub = Troubled(*[busy()] * 4)
    with pytest.raises(HubUnavailable, match="come back later"):
        send(hub, ratings(), waits)
    assert waits.seconds == [1.0, 2.0, 4.0]
    send(hub, ratings())


def test_a_hub_that_asks_for_too_long_is_left_alone(waits: Waits) -> None:
    with pytest.raises(HubBusy):
        send(Troubled(busy(3600.0)), ratings(), waits)
    assert waits.seconds == []


def test_a_repository_that_never_stands_still_is_given_up(waits: Waits) -> None:
    hub = Troubled(*[somebody_was_faster] * 4)
    with pytest.raises(StaleParent):
        send(hub, ratings(), waits)
    assert len(waits.seconds) == 3


def test_a_dry_run_says_what_would_be_done_and_does_nothing() -> None:
    hub, files = Troubled(), ratings()
    assert send(hub, files, dry_run=True).change.put.keys() == files.keys()
    assert hub.head(REPOSITORY) is None and hub.commits == 0


def test_a_data_set_without_rows_is_not_begun_but_is_emptied() -> None:
    hub = Troubled()
    empty = ratings(RecordView(version=1))
    assert not send(hub, empty).change
    assert hub.head(REPOSITORY) is None
    send(hub, ratings())
    pushed = send(hub, empty)
    assert len(pushed.change.remove) == 6
    assert read_manifest(hub.read(REPOSITORY, MANIFEST, pushed.commit or "") or b"").rows == 0


def test_repair_puts_everything_anew_over_a_damaged_manifest() -> None:
    hub, files = Troubled(), ratings()
    head = send(hub, files).commit
    assert head is not None
    MemoryHub.commit(hub, REPOSITORY, Change({MANIFEST: b"{", "README.md": b"?"}), head, "Damage")
    with pytest.raises(BadFile, match="--repair"):
        send(hub, files)
    send(hub, files, repair=True)
    assert files_at(hub, files) == files
    assert look(hub, REPOSITORY)[1] == read_manifest(files[MANIFEST])


def test_the_commit_says_what_it_is() -> None:
    hub = MemoryHub()
    send(hub, ratings(views.view(version=12)))
    assert hub.messages == [(REPOSITORY, "Record version 12: 7 files put, 0 removed")]


def test_differences_between_manifests() -> None:
    files = {"a": b"1", "b": b"2"}
    manifest = Manifest(record_version=2, files={path: entry_of(content) for path, content in files.items()})
    wanted = {**files, MANIFEST: manifest.content()}
    there = Manifest(
        record_version=1, files={"a": entry_of(b"1"), "b": entry_of(b"old"), "c": entry_of(b"3")}
    )
    assert difference(wanted, there) == Change({"b": b"2", MANIFEST: wanted[MANIFEST]}, ("c",))
    assert difference(wanted, None) == Change(wanted)
    assert not difference(wanted, manifest)
    assert difference(wanted, manifest, everything=True) == Change(wanted)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"schema_version": 2, "record_version": 1, "files": {}}',
        b'{"record_version": 1, "files": {"a": {"sha256": "x", "bytes": 1}}}',
    ],
)
def test_a_manifest_that_cannot_be_read_names_the_remedy(content: bytes) -> None:
    with pytest.raises(BadFile, match="--repair"):
        read_manifest(content)


def test_builders_make_rows_that_differ() -> None:
    # The tests above rest on it: two editions of the same model are two rows.
    assert builders.rating().id != views.reference_row(builders.MODEL).id
