"""The publisher on a real record: what it writes, when it writes, and what it leaves alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from leaderboard.domain import BadInput, EditionStatus, HubUnavailable, Provenance, StorageUnavailable
from leaderboard.publish import (
    FolderHub,
    HubBusy,
    MemoryHub,
    Patience,
    Publisher,
    build,
    ratings_of,
    read_table,
    runs_of,
    view_of,
)
from leaderboard.publish.manifest import Change
from leaderboard.record import Record
from leaderboard.settings import read_settings
from tests import builders
from tests.publish import records, views

DATASET = "starwatt/energy"


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with records.filled(tmp_path / "data", views.view()) as record:
        yield record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "published"


def test_a_record_is_seen_whole(record: Record) -> None:
    view = view_of(record)
    expected = views.view()
    assert view.editions == tuple(record.editions())
    assert {edition: sorted(rows, key=str) for edition, rows in view.rows.items()} == {
        edition: sorted(rows, key=str) for edition, rows in expected.rows.items()
    }
    assert list(view.runs) == list(expected.runs)
    assert view.version == record.version


def test_everything_goes_to_the_folder_row_for_row(record: Record, folder: Path) -> None:
    report = Publisher(record, None, folder, None).publish()
    assert {each.suffix: (each.rows_before, each.rows) for each in report.repositories} == {
        "ratings": (0, 9),
        "runs": (0, 1),
        "ratings-dev": (0, 12),
        "runs-dev": (0, 2),
    }
    table = read_table(folder / "ratings-dev" / "sentence-similarity" / "edition_dev_2026_11.parquet")
    assert ratings_of(table) == views.development_rows()
    (run,) = runs_of(read_table(folder / "runs" / "sentence-similarity" / "runs.parquet"))
    assert run == views.public_run("org/official")


def test_the_outbox_is_ticked_off_and_a_second_publishing_changes_nothing(
    record: Record, folder: Path
) -> None:
    publisher = Publisher(record, None, folder, None)
    waiting = len(record.outbox())
    first = publisher.publish()
    assert first.ticked == waiting > 0 and record.outbox() == []
    second = publisher.publish()
    assert first.changed and not second.changed
    assert [each.commit for each in first.repositories] == [each.commit for each in second.repositories]


def test_one_new_row_changes_its_own_files_and_no_others(record: Record, folder: Path) -> None:
    publisher = Publisher(record, None, folder, None)
    publisher.publish()
    rows = [*views.development_rows(), builders.rating("org/one-more", energy_wh_per_1000=0.2)]
    records.put(record, builders.edition("dev-2026-11"), rows)
    report = publisher.publish()
    changed = {each.suffix: each.changed for each in report.repositories if each.changed}
    assert changed == {
        "ratings-dev": (
            "README.md",
            "sentence-similarity/edition_dev_2026_11.parquet",
            "sentence-similarity/latest.parquet",
            "summary.json",
        )
    }
    assert "rows 12 → 13" in "\n".join(report.lines)


def test_the_hub_gets_the_same_bytes_one_commit_a_data_set(record: Record, folder: Path) -> None:
    hub = MemoryHub()
    Publisher(record, hub, folder, DATASET).publish()
    made = build(view_of(record), DATASET)
    for suffix, files in made.items():
        name = f"{DATASET}-{suffix}"
        head = hub.head(name)
        assert head is not None
        assert {path: hub.read(name, path, head) for path in files} == files
        assert {path: (folder / suffix / path).read_bytes() for path in files} == files
    assert sorted(name for name, _ in hub.messages) == sorted(f"{DATASET}-{suffix}" for suffix in made)


def test_what_comes_in_while_publishing_stays_in_the_outbox(record: Record, folder: Path) -> None:
    late = [*views.development_rows(), builders.rating("org/late")]

    class Meanwhile(MemoryHub):
        def ensure(self, repository: str, *, private: bool = False) -> None:
            if repository.endswith("-ratings"):
                records.put(record, builders.edition("dev-2026-11"), late)
            super().ensure(repository, private=private)

    publisher = Publisher(record, Meanwhile(), folder, DATASET)
    publisher.publish()
    assert [row.subject for row in record.outbox()] == ["dev-2026-11"]
    publisher.publish()
    table = read_table(folder / "ratings-dev" / "sentence-similarity" / "latest.parquet")
    assert len(ratings_of(table)) == len(late)
    assert record.outbox() == []


def test_while_the_hub_is_away_the_folder_is_done_and_the_outbox_keeps_the_rest(
    record: Record, folder: Path
) -> None:
    class Away(MemoryHub):
        def head(self, repository: str) -> str | None:
            raise HubBusy("nobody there")

    waited: list[float] = []
    patience = Patience(tries=2, sleep=waited.append)
    waiting = record.outbox()
    with pytest.raises(HubUnavailable, match="nobody there"):
        Publisher(record, Away(), folder, DATASET, patience=patience).publish()
    assert waited == [1.0]
    assert record.outbox() == waiting
    assert (folder / "ratings" / "manifest.json").exists()


def test_our_edition_is_tagged_when_it_is_first_seen_frozen(record: Record, folder: Path) -> None:
    hub = MemoryHub()
    publisher = Publisher(record, hub, folder, DATASET)
    publisher.publish()
    name, path = f"{DATASET}-ratings-dev", "sentence-similarity/latest.parquet"
    assert hub.read(name, path, "dev-2026-11") is None
    frozen = builders.edition("dev-2026-11", status=EditionStatus.FROZEN)
    record.freeze_edition(frozen, {}, views.development_rows())
    publisher.publish()
    then = hub.read(name, path, "dev-2026-11")
    assert then is not None

    records.put(record, frozen, [*views.development_rows(), builders.rating("org/later")])
    publisher.publish()
    Publisher(record, hub, folder, DATASET).publish()
    head = hub.head(name)
    assert head is not None and hub.read(name, path, head) != then
    assert hub.read(name, path, "dev-2026-11") == then
    assert hub.read(f"{DATASET}-ratings", "README.md", "dev-2026-11") is None
    assert (folder / "ratings-dev@dev-2026-11" / path).read_bytes() == then


def test_beside_the_space_it_only_reads(record: Record, folder: Path, tmp_path: Path) -> None:
    waiting = record.outbox()
    with Record.read(tmp_path / "data") as beside:
        report = Publisher(beside, None, folder, None, owns_record=False).publish()
    assert report.changed and report.ticked == 0
    assert record.outbox() == waiting


def test_a_dry_run_writes_nothing_and_ticks_nothing_off(record: Record, folder: Path) -> None:
    waiting = record.outbox()
    report = Publisher(record, MemoryHub(), folder, DATASET).publish(dry_run=True)
    assert report.changed and report.dry_run
    assert report.lines[0].startswith("Would publish")
    assert not folder.exists()
    assert record.outbox() == waiting


def test_rows_that_contradict_their_edition_are_named_in_the_report(record: Record, folder: Path) -> None:
    stray = builders.rating(
        "org/stray", edition="2026-11", provenance=Provenance.ESTIMATED, development=False
    )
    records.put(record, builders.edition("2026-11"), [stray])
    report = Publisher(record, None, folder, None).publish()
    assert report.withheld == (stray.id,)
    assert f"withheld: 1 rows contradict their edition (ids {stray.id})" in report.lines[-1]


def test_two_publishings_at_once_take_turns(record: Record, folder: Path) -> None:
    publisher = Publisher(record, None, folder, None)
    reports = []
    threads = [threading.Thread(target=lambda: reports.append(publisher.publish())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.changed for report in reports) == [False, False, False, True]


def test_two_publishers_that_share_a_folder_never_mix_their_files(record: Record, folder: Path) -> None:
    patience = Patience(sleep=lambda seconds: None)
    publishers = [Publisher(record, None, folder, dataset, patience=patience) for dataset in (None, DATASET)]
    threads = [threading.Thread(target=publisher.publish) for publisher in publishers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    here = {path: (folder / "ratings" / path).read_bytes() for path in build(view_of(record))["ratings"]}
    assert here in [build(view_of(record), dataset)["ratings"] for dataset in (None, DATASET)]


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_ticked_off(
    record: Record, folder: Path
) -> None:
    folder.write_text("in the way")
    waiting = record.outbox()
    with pytest.raises(StorageUnavailable, match="cannot be written"):
        Publisher(record, None, folder, None).publish()
    assert record.outbox() == waiting


def test_a_crash_while_a_version_is_made_leaves_the_old_one_and_is_tidied_away(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = FolderHub(folder)
    hub.ensure("ratings")
    head = hub.commit("ratings", Change({"a/x": b"1", "b": b"1"}), hub.head("ratings") or "", "One")

    def power_cut(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", power_cut)
        with pytest.raises(KeyboardInterrupt):
            hub.commit("ratings", Change({"b": b"2"}), head, "Two")
    assert hub.head("ratings") == head and (folder / "ratings" / "b").read_bytes() == b"1"
    assert list((folder / ".ratings").glob("staged-*"))
    hub.commit("ratings", Change({"b": b"3"}), head, "Three")
    assert not list((folder / ".ratings").glob("staged-*"))
    assert (folder / "ratings" / "b").read_bytes() == b"3"


def test_a_full_disk_leaves_the_old_version_and_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = FolderHub(folder)
    hub.ensure("ratings")
    head = hub.commit("ratings", Change({"b": b"1"}), hub.head("ratings") or "", "One")
    before = sorted(folder.rglob("*"))

    def no_space(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", no_space)
        with pytest.raises(StorageUnavailable, match="No space left on device"):
            hub.commit("ratings", Change({"b": b"2"}), head, "Two")
    assert sorted(folder.rglob("*")) == before
    assert hub.head("ratings") == head


@pytest.mark.parametrize("name", ["../x", "a/b/c", "", ".hidden", "a/../b"])
def test_a_folder_takes_no_name_that_leads_out_of_it(folder: Path, name: str) -> None:
    with pytest.raises(BadInput):
        FolderHub(folder).ensure(name)


@pytest.mark.parametrize("path", ["../x", "/etc/hosts", "a/../../x", ""])
def test_a_folder_takes_no_path_that_leads_out_of_it(folder: Path, path: str) -> None:
    hub = FolderHub(folder)
    hub.ensure("ratings")
    with pytest.raises(BadInput):
        hub.read("ratings", path, hub.head("ratings") or "")
    with pytest.raises(BadInput):
        hub.commit("ratings", Change({path: b"x"}), hub.head("ratings") or "", "One")
    with pytest.raises(BadInput):
        hub.tag("ratings", path, hub.head("ratings") or "")


def test_a_disk_without_second_names_gets_copies(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(source: object, target: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", no_links)
    hub = FolderHub(folder)
    hub.ensure("ratings")
    head = hub.commit("ratings", Change({"a/x": b"1", "b": b"1"}), hub.head("ratings") or "", "One")
    hub.commit("ratings", Change({"b": b"2"}), head, "Two")
    assert (folder / "ratings" / "a" / "x").read_bytes() == b"1"


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({}, "not asked, STARWATT_DATASET is not set"),
        ({"STARWATT_DATASET": DATASET}, "not asked, HF_TOKEN is not set"),
        ({"STARWATT_DATASET": DATASET, "HF_TOKEN": "hf_x"}, ""),
    ],
)
def test_the_hub_is_asked_only_with_a_data_set_and_a_token(
    record: Record, tmp_path: Path, environ: dict[str, str], why: str
) -> None:
    settings = read_settings(
        {**environ, "STARWATT_DATA": str(tmp_path / "data"), "HF_ENDPOINT": "http://127.0.0.1:9"}
    )
    publisher = Publisher.of(record, settings)
    if why:
        assert publisher.publish().hub == why
        assert (tmp_path / "data" / "published" / "ratings" / "README.md").exists()
    else:
        patience = Patience(tries=1)
        asked = Publisher(record, publisher._hub, tmp_path / "data" / "published", DATASET, patience=patience)
        with pytest.raises(HubUnavailable, match="did not answer"):
            asked.publish()
