"""The read API: the same rows as the board, in three formats."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from leaderboard.board import ViewState
from leaderboard.board.api import ITEM_FIELDS
from leaderboard.publish.tables import ratings_of
from leaderboard.record import Record
from tests import builders
from tests.board.conftest import DEVELOPMENT, PUBLIC, client_of, fill, finish, public_row

PROMISED = set(
    """model revision task hardware model_class protocol edition reasoning precision energy_wh_per_1000
energy_low energy_high stars stars_low stars_high quality quality_metric params licence cell_size provenance
rule measured_at run_id""".split()  # noqa: SIM905 - as DESIGN §8 lists them
)


def ratings(client: TestClient, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/api/v1/ratings?{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_an_item_has_every_promised_field(board: TestClient) -> None:
    answer = ratings(board, "limit=1")
    assert list(answer) == ["total", "total_is_exact", "next", "items"]
    assert set(answer["items"][0]) >= PROMISED
    assert answer["items"][0].keys() == set(ITEM_FIELDS)


def test_published_stars_and_energies_come_out_as_they_are(board: TestClient, published: Record) -> None:
    rows = {row.id: row for row in published.edition_rows("aies-2025-02")}
    items = ratings(board, "edition=aies-2025-02&limit=1000")["items"]
    assert len(items) == 166
    for item in items:
        row = rows[item["id"]]
        said = {"edition_status": "frozen", "notices": []}
        assert item == {**row.model_dump(mode="json"), **said}
        assert item["stars"] == row.published_stars


@pytest.mark.parametrize(
    "query",
    [
        "task=text-generation&model_class=B&configurations=all",
        "hardware=mlenergy-h100&sort=params&order=desc&configurations=best",
        "q=LLAMA&configurations=best",
        "params_min=7B&params_max=8.5B&configurations=best",
        "edition=mlenergy-v3&precision=fp8&configurations=all",
        "provenance=reference&reasoning=on&configurations=best",
        "licence=mit&configurations=all",
    ],
)
def test_filters_are_those_of_the_record(board: TestClient, published: Record, query: str) -> None:
    asked = ViewState.from_query(parse_qsl(query)).rating_query(limit=1000)
    expected = published.ratings(asked)
    answer = ratings(board, f"{query}&limit=1000")
    assert [item["id"] for item in answer["items"]] == [row.id for row in expected.items]
    assert answer["total"] == expected.total


def test_paging_by_next_gives_every_row_once(board: TestClient) -> None:
    seen: list[str] = []
    path: str | None = (
        "/api/v1/ratings?edition=mlenergy-v3&configurations=best&sort=stars&order=desc&limit=25"
    )
    while path:
        answer = board.get(path)
        seen += [item["id"] for item in answer.json()["items"]]
        path = answer.links["next"]["url"] if "next" in answer.links else None
        assert (path is None) == (answer.json()["next"] is None)
    assert len(seen) == len(set(seen)) == 113


def test_every_configuration_is_told_unless_only_the_best_are_asked_for(board: TestClient) -> None:
    assert ratings(board, "edition=mlenergy-v3&limit=1")["total"] == 1858
    best = ratings(board, "edition=mlenergy-v3&configurations=best&limit=1000")
    assert best["total"] == 113
    assert all(item["best"] for item in best["items"])


def test_csv_and_parquet_are_the_same_rows(board: TestClient, published: Record) -> None:
    query = "edition=mlenergy-v3&configurations=all"
    table = pq.read_table(pa.BufferReader(board.get(f"/api/v1/ratings.parquet?{query}").content))
    assert table.num_rows == 1858
    assert {row.id: row for row in ratings_of(table)} == {
        row.id: row for row in published.edition_rows("mlenergy-v3")
    }
    text = board.get(f"/api/v1/ratings.csv?{query}").text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["id"] for row in rows] == [
        item["id"] for start in _pages(board, query) for item in start["items"]
    ]
    assert list(rows[0]) == list(ITEM_FIELDS)


def _pages(client: TestClient, query: str) -> list[dict[str, Any]]:
    found = [ratings(client, f"{query}&limit=1000")]
    while found[-1]["next"]:
        found.append(ratings(client, f"{query}&limit=1000&after={found[-1]['next']}"))
    return found


def test_an_export_can_be_limited(board: TestClient) -> None:
    text = board.get("/api/v1/ratings.csv?edition=aies-2025-02&limit=3").text
    assert len(text.splitlines()) == 4
    answer = board.get("/api/v1/ratings.csv?edition=aies-2025-02")
    assert len(answer.text.splitlines()) == 167
    assert answer.headers["content-disposition"] == 'attachment; filename="starwatt-aies-2025-02.csv"'


def test_development_figures_are_left_out_unless_named(record: Record) -> None:
    fill(record, builders.rating("a/dev"), public_row("a/public"))
    client = client_of(record)
    assert [item["model"] for item in ratings(client)["items"]] == ["a/public"]
    assert [item["model"] for item in ratings(client, f"edition={DEVELOPMENT}")["items"]] == ["a/dev"]
    assert client.get("/api/v1/models/a/dev").json()["ratings"] == []
    named = client.get(f"/api/v1/models/a/dev?edition={DEVELOPMENT}").json()["ratings"]
    assert [row["development"] for row in named] == [True]


def test_a_model_with_its_rows(board: TestClient) -> None:
    answer = board.get("/api/v1/models/Qwen/Qwen3-14B").json()
    assert answer["model"] == "Qwen/Qwen3-14B"
    assert {row["model"] for row in answer["ratings"]} == {"Qwen/Qwen3-14B"}
    assert answer["runs"] == []


def test_a_run_is_its_record(record: Record) -> None:
    run = builders.run()
    finish(record, run)
    answer = client_of(record).get(f"/api/v1/runs/{run.id}").json()
    assert answer.pop("id") == run.id
    assert answer == run.model_dump(mode="json")


def test_editions_are_listed_with_their_marks(record: Record) -> None:
    fill(record, public_row())
    found = {
        edition["id"]: edition for edition in client_of(record).get("/api/v1/editions").json()["editions"]
    }
    assert found[PUBLIC]["rows"] == 1
    assert found[DEVELOPMENT]["development"] is True
    assert found[PUBLIC]["split"] == "edition_2026_11"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/ratings?colour=red", 400, "bad_input"),
        ("/api/v1/ratings?limit=0", 400, "bad_input"),
        ("/api/v1/ratings?limit=1001", 400, "bad_input"),
        ("/api/v1/ratings?limit=ten", 400, "bad_input"),
        ("/api/v1/ratings?limit=²", 400, "bad_input"),
        ("/api/v1/ratings?after=nonsense", 400, "bad_input"),
        ("/api/v1/ratings.csv?after=nonsense", 400, "bad_input"),
        ("/api/v1/ratings?task=no-such-task", 404, "unknown_name"),
        ("/api/v1/ratings?edition=no-such-edition", 404, "unknown_name"),
        ("/api/v1/models/nobody/nothing", 404, "not_found"),
        ("/api/v1/models/Qwen/Qwen3-14B?edition=x", 404, "unknown_name"),
        ("/api/v1/runs/000000000000", 404, "not_found"),
        ("/api/v1/nothing", 404, "not_found"),
    ],
)
def test_errors_have_one_shape(board: TestClient, path: str, status: int, code: str) -> None:
    answer = board.get(path)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["code"] == code
    assert error["message"]
    assert error["remedy"]


def test_names_of_the_hosting_are_passed_over(board: TestClient) -> None:
    assert ratings(board, "__sign=abc&limit=1")["items"]


def test_a_known_answer_is_not_sent_again(record: Record) -> None:
    fill(record, public_row("a/b"))
    client = client_of(record)
    etag = client.get("/api/v1/ratings").headers["etag"]
    assert client.get("/api/v1/ratings", headers={"If-None-Match": etag}).status_code == 304
    assert client.get("/api/v1/ratings.csv", headers={"If-None-Match": etag}).status_code == 304
    fill(record, public_row("a/c"))
    assert client.get("/api/v1/ratings", headers={"If-None-Match": etag}).status_code == 200


def test_the_examples_for_programs_give_the_rows_of_the_board(board: TestClient) -> None:
    text = unescape(board.get("/api").text)
    first, table = re.findall(r"http://127\.0\.0\.1(/api/v1/ratings(?:\.csv)?\?[^'\"\s]+)", text)
    shown = re.findall(r'<th scope="row">.*?href="/models/([^"]+)"', board.get("/").text, re.DOTALL)
    rows = list(csv.DictReader(io.StringIO(board.get(table).text)))
    assert [row["model"] for row in rows] == shown
    assert len({row["edition"] for row in rows}) == 1
    assert [item["model"] for item in board.get(first).json()["items"]] == shown[:5]
