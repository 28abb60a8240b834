"""`summary.json`: small, true, and the same wherever it is read."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from leaderboard.board.errors import install_error_handlers
from leaderboard.board.render import Pages
from leaderboard.board.summary import create_summary
from leaderboard.publish import MemoryHub, Publisher, build
from leaderboard.publish.view import RecordView
from tests.publish import records, views

VIEW = views.with_bands_and_notices(views.view())


def summary(suffix: str = "ratings") -> dict[str, Any]:
    files = {str(key): value for key, value in build(VIEW).items()}[suffix]
    document: dict[str, Any] = json.loads(files["summary.json"])
    return document


def test_every_row_is_counted_in_its_cell_and_the_most_frugal_is_named() -> None:
    cells = {(cell["edition"], cell["task"]): cell for cell in summary()["cells"]}
    public = [row for id in ("aies-2025-02", "aies-2025-12") for row in VIEW.rows[id]]
    assert sum(cell["models"] for cell in cells.values()) == len(public)
    best = cells["aies-2025-02", "text-generation"]["best"]
    assert (best["model"], best["energy_wh_per_1000"]) == ("org/big-0", 1.0)
    assert best["rating"] in {row.id for row in public}


def test_tasks_splits_and_tags() -> None:
    told = summary()
    assert told["schema_version"] == 1 and told["development"] is False
    assert told["tasks"][1] == {
        "id": "text-generation",
        "splits": ["latest", "edition_aies_2025_12", "edition_aies_2025_02"],
        "latest": "aies-2025-12",
    }
    assert [edition["tag"] for edition in told["editions"]] == ["aies-2025-12", "aies-2025-02"]
    (development,) = summary("ratings-dev")["editions"]
    assert development["tag"] is None and summary("ratings-dev")["development"] is True


def test_the_hashes_are_those_of_the_files() -> None:
    files = build(VIEW)["ratings"]
    told = summary()["files"]
    assert told.keys() == {path for path in files if path.endswith(".parquet")}
    for path, entry in told.items():
        assert entry["sha256"] == hashlib.sha256(files[path]).hexdigest()


def test_only_ratings_have_one_and_only_with_rows() -> None:
    assert "summary.json" not in build(VIEW)["runs"]
    assert "summary.json" not in build(RecordView(version=1))["ratings"]


def test_its_tags_are_tags_of_the_data_set(tmp_path: Path) -> None:
    hub = MemoryHub()
    with records.filled(tmp_path / "data", VIEW) as record:
        Publisher(record, hub, tmp_path / "published", "starwatt/energy").publish()
    for edition in summary()["editions"]:
        content = hub.read("starwatt/energy-ratings", "summary.json", edition["tag"])
        assert content is not None and json.loads(content) == summary()


def test_the_site_serves_what_was_published(tmp_path: Path) -> None:
    with records.filled(tmp_path / "data", VIEW) as record:
        app = FastAPI()
        install_error_handlers(app, Pages(record, version="1", single_user=True))
        app.include_router(create_summary(record))
        client = TestClient(app)
        missing = client.get("/api/v1/summary.json", headers={"accept": "application/json"})
        assert missing.status_code == 404 and "published" in missing.json()["error"]["message"]
        Publisher(record, None, tmp_path / "data" / "published", None).publish()
        answer = client.get("/api/v1/summary.json")
        assert answer.json() == summary()
        again = client.get("/api/v1/summary.json", headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304 and not again.content
        assert client.head("/api/v1/summary.json").status_code == 200
