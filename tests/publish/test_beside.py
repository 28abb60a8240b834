"""Bands and notices beside the ratings: where they go, what they say, and that they can be read back."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.domain import Bands, Cell, Reference, Refused
from leaderboard.publish import MemoryHub, Publisher, build, read_parquet, view_of
from leaderboard.publish.beside import BESIDE
from leaderboard.publish.gate import check
from leaderboard.publish.manifest import read_manifest
from leaderboard.rating.stars import star
from leaderboard.record import Record
from tests import builders
from tests.publish import records, views

VIEW = views.with_bands_and_notices(views.view())


def rows(suffix: str, name: str) -> list[dict[str, object]]:
    files = {str(key): value for key, value in build(VIEW).items()}[suffix]
    table = read_parquet(files[f"{name}/{name}.parquet"])
    listed: list[dict[str, object]] = table.to_pylist()
    return listed


def test_anyone_can_give_stars_with_the_published_bands() -> None:
    for suffix, editions in (("ratings", 3), ("ratings-dev", 1)):
        bands_rows = rows(suffix, "bands")
        assert len(bands_rows) == editions
        for row in bands_rows:
            cell = Cell(*(row[name] for name in Cell._fields))  # type: ignore[arg-type]
            edges = tuple((edge["energy"], edge["stars"]) for edge in row["edges"])  # type: ignore[attr-defined]
            references = tuple(Reference(**each) for each in row["references"])  # type: ignore[attr-defined]
            bands = Bands(
                rule=row["rule"],
                edges=edges,
                low=row["low"],
                high=row["high"],
                references=references,
                beside=tuple(row["beside"]),  # type: ignore[arg-type]
                frozen_at=row["frozen_at"],
            )
            assert bands == VIEW.bands[cell.edition][cell]
            assert star(references[0].energy, bands) == 5
            assert row["development"] is (suffix == "ratings-dev")


def test_notices_go_where_what_they_are_on_goes() -> None:
    public, development = rows("ratings", "notices"), rows("ratings-dev", "notices")
    assert [(row["subject"], row["edition"]) for row in public] == [
        (VIEW.notices[0].subject, "aies-2025-02"),
        ("aies-2025-02", "aies-2025-02"),
    ]
    assert public[0]["reason"] == "Two | meters\ndisagreed."
    assert [row["kind"] for row in development] == ["withdrawn"]


def test_the_gate_looks_at_them_too() -> None:
    table = build(VIEW)["ratings-dev"]["bands/bands.parquet"]
    with pytest.raises(Refused, match=r"bands/bands\.parquet"):
        check("ratings", {"bands/bands.parquet": table})


def test_they_are_not_counted_as_ratings() -> None:
    plain, beside = (read_manifest(build(view)["ratings"]["manifest.json"]) for view in (views.view(), VIEW))
    assert plain.rows == beside.rows
    assert beside.files["bands/bands.parquet"].rows == 3


def test_their_columns_stand_in_the_card() -> None:
    text = build(VIEW, "starwatt/energy")["ratings"]["README.md"].decode()
    for table in BESIDE:
        assert f"### Columns of `{table.name}`" in text and table.what in text
    assert "Columns of `bands`" not in build(views.view())["ratings"]["README.md"].decode()


def test_a_record_with_bands_is_seen_whole_and_a_notice_asks_to_be_published(tmp_path: Path) -> None:
    with records.filled(tmp_path / "data", VIEW) as record:
        seen = view_of(record)
        assert {id: bands for id, bands in seen.bands.items() if bands} == dict(VIEW.bands)
        assert list(seen.notices) == list(VIEW.notices)
        publisher = Publisher(record, MemoryHub(), tmp_path / "published", "starwatt/energy")
        publisher.publish()
        _notice_is_published(record, publisher)


def _notice_is_published(record: Record, publisher: Publisher) -> None:
    assert record.outbox() == []
    record.add_notice(builders.notice(VIEW.rows["aies-2025-12"][0].id, kind="withdrawn"))
    assert [row.subject for row in record.outbox()] == ["aies-2025-12"]
    changed = {each.suffix: each.changed for each in publisher.publish().repositories if each.changed}
    assert changed == {"ratings": ("README.md", "notices/notices.parquet", "summary.json")}
    record.add_notice(builders.notice("no-such-thing"))
    assert record.outbox() == []
