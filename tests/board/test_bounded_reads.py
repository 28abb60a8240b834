"""What a GET reads has an end, however many rows there are; what is left out is told."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leaderboard import succession
from leaderboard.board import edition_pages, model_api, model_finding, model_view, pareto_pages
from leaderboard.domain import Rating
from leaderboard.publish import parquet, tables
from leaderboard.record import Record
from tests import builders
from tests.board.conftest import client_of, fill, public_row


def many(count: int, model: str = "org/many") -> list[Rating]:
    rated = public_row(model, energy_wh_per_1000=1.0)
    return [
        rated,
        *(
            public_row(
                model,
                id=f"{place:010}",
                best=False,
                configuration=f"batch {place + 1}",
                energy_wh_per_1000=2.0 + place,
                stars=None,
                not_rated="",
            )
            for place in range(count)
        ),
    ]


def held_at_most(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the words that are made into a table at once."""
    counts: list[int] = []
    real = tables.ratings_as_they_come

    def counted(rows: list[Rating]) -> pa.Table:
        counts.append(len(rows))
        return real(rows)

    monkeypatch.setattr(tables, "ratings_as_they_come", counted)
    return counts


def test_a_parquet_export_is_written_some_rows_at_a_time(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(record, *many(25))
    monkeypatch.setattr(tables, "_WORDS_AT_ONCE", 4)
    monkeypatch.setattr(tables, "ROW_GROUP", 8)
    monkeypatch.setattr(parquet, "ROW_GROUP", 8)
    counts = held_at_most(monkeypatch)
    client = client_of(record)
    expected = [row["id"] for row in client.get("/api/v1/ratings?sort=params&limit=1000").json()["items"]]
    counts.clear()
    answer = client.get("/api/v1/ratings.parquet?sort=params")
    file = pq.ParquetFile(pa.BufferReader(answer.content), page_checksum_verification=True)
    assert max(counts) == 4
    assert file.num_row_groups == 4
    assert file.read().column("id").to_pylist() == expected
    assert client.head("/api/v1/ratings.parquet").status_code == 200


def test_a_model_with_very_many_configurations_tells_how_many_it_leaves_out(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(record, *many(30))
    for module in (model_finding, model_view, model_api):
        monkeypatch.setattr(module, "MOST_ROWS", 10)
    client = client_of(record)
    page = client.get("/models/org/many").text
    assert "9 other configurations" in page and "All 9" not in page
    assert "21 more are not shown" in page
    told = client.get("/api/v1/models/org/many").json()
    assert (len(told["ratings"]), told["ratings_total"]) == (10, 31)
    assert told["ratings"][0]["configuration"] == ""


def test_what_needs_rated_rows_asks_for_no_others(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(record, *many(30))
    read: list[int] = []
    real = Record.ratings_of

    def counted(self: Record, *args: object, **kwargs: object) -> list[Rating]:
        rows = real(self, *args, **kwargs)  # type: ignore[arg-type]
        read.append(len(rows))
        return rows

    monkeypatch.setattr(Record, "ratings_of", counted)
    client = client_of(record)
    for path in ("/compare?model=org/many", "/calculator?model=org/many"):
        assert client.get(path).status_code == 200
    assert read and max(read) == 1


def test_large_editions_are_compared_by_those_that_take_least(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = builders.edition("2026-05"), builders.edition("2026-11")
    for edition, energies in ((old, (1.0, 2.0, 3.0, 4.0)), (new, (9.0, 2.0, 3.0, 4.0))):
        rows = [
            public_row(f"org/m-{place}", edition=edition.id, energy_wh_per_1000=energy)
            for place, energy in enumerate(energies)
        ]
        record.put_edition(edition, {}, rows, edition.id)
    path = f"/editions/{old.id}/compare/{new.id}"
    client = client_of(record)
    assert "too large" not in client.get(path).text
    assert client.get(f"/api/v1{path}").json()["complete"] is True
    monkeypatch.setattr(edition_pages, "MOST_COMPARED", 2)
    # Who takes least in the one and most in the other is neither new nor gone.
    found = succession.compare_most_frugal(record, old.id, new.id, 2)
    assert not found.complete
    (cell,) = found.cells
    assert {change.row.model for change in cell.changes} == {"org/m-0", "org/m-1", "org/m-2"}
    assert all(change.before and change.after for change in cell.changes)
    record.add_notice(builders.notice(cell.changes[0].row.id))
    assert "too large for one page" in client.get(path).text
    assert client.get(f"/api/v1{path}").json()["complete"] is False


def test_a_front_of_very_many_models_says_what_it_looked_at(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [public_row(f"org/m-{place}", energy_wh_per_1000=1.0 + place, quality=0.5) for place in range(9)]
    fill(record, *rows)
    monkeypatch.setattr(pareto_pages, "_PAGE", 2)
    monkeypatch.setattr(pareto_pages, "MOST_READ", 4)
    client = client_of(record)
    page = client.get("/pareto?edition=2026-11&x=quality").text
    assert "Only the 4 most frugal models were looked at" in page
    told = client.get("/api/v1/pareto?edition=2026-11&x=quality").json()
    assert (told["complete"], len(told["points"])) == (False, 4)
    export = page.split('every row: <a href="')[1].split('"')[0].replace("&amp;", "&")
    assert client.get(export).text.count("org/m-") == 9
