"""An edition too large to be held: the same files, made of a few rows at a time."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from leaderboard.publish import FolderHub, Publisher, build, read_parquet, tables, view_of
from leaderboard.publish import view as view_module
from leaderboard.publish.layout import MANIFEST
from leaderboard.record import Record, edition_walks
from tests import builders
from tests.publish import records

EDITION = "dev-2026-11"
COUNT = 57


@pytest.fixture
def record(tmp_path: Path) -> Record:
    rows = [
        # Many take the same, so that rows tie across every border of a read.
        builders.rating(f"org/m-{place:02}", energy_wh_per_1000=1.0 + place // 20, task=task)
        for place in range(COUNT)
        for task in ("sentence-similarity", "text-classification")
    ]
    random.Random(3).shuffle(rows)
    made = Record.open(tmp_path / "record")
    records.put(made, builders.edition(EDITION), rows)
    made.add_notice(builders.notice(rows[5].id))
    return made


def test_its_files_are_those_of_an_edition_that_is_held(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    with record:
        held = {suffix: dict(files) for suffix, files in build(view_of(record)).items()}
        monkeypatch.setattr(view_module, "MOST_HELD", 10)
        monkeypatch.setattr(edition_walks, "AT_ONCE", 7)
        view = view_of(record)
        assert view.rows.get(EDITION) is None and EDITION in view.streams
        streamed = {suffix: dict(files) for suffix, files in build(view).items()}
    assert streamed == held


def test_publishing_it_holds_few_rows_and_never_asks_for_all(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    real = tables.ratings_as_they_come

    def counted(rows: list[object]) -> object:
        made.append(len(rows))
        return real(rows)  # type: ignore[arg-type]

    monkeypatch.setattr(view_module, "MOST_HELD", 10)
    monkeypatch.setattr(edition_walks, "AT_ONCE", 7)
    monkeypatch.setattr(tables, "_WORDS_AT_ONCE", 5)
    monkeypatch.setattr(tables, "ratings_as_they_come", counted)
    monkeypatch.setattr(Record, "edition_rows", lambda *_: pytest.fail("it asked for every row"))
    with record:
        Publisher(record, None, tmp_path / "published", None).publish()
        assert record.outbox() == []
    assert max(made) == 5
    hub = FolderHub(tmp_path / "published")
    head = hub.head("ratings-dev")
    assert head is not None
    for task in ("sentence-similarity", "text-classification"):
        content = hub.read("ratings-dev", f"{task}/latest.parquet", head)
        assert content is not None and read_parquet(content).num_rows == COUNT


def test_tables_lie_on_disk_and_are_gone_with_the_files(record: Record) -> None:
    with record:
        files = build(view_of(record))["ratings-dev"]
    path = files.on_disk("sentence-similarity/latest.parquet")
    assert path is not None and path.is_file()
    assert list(files)[-1] == MANIFEST and files.on_disk(MANIFEST) is None
    del files
    assert not path.exists()
