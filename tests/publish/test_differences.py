"""What was published against the record."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from leaderboard.publish import SUFFIXES, Difference, FolderHub, build, read_parquet, verify
from leaderboard.publish.layout import MANIFEST
from leaderboard.publish.manifest import entry_of, read_manifest
from leaderboard.publish.push import push
from leaderboard.publish.view import RecordView
from tests import builders
from tests.publish import views

NAMES = {suffix: suffix for suffix in SUFFIXES}
TABLE = "ratings-dev/sentence-similarity/latest.parquet"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Published, with no links inside, so that a test may damage one file alone."""
    hub = FolderHub(tmp_path / "made")
    for suffix, files in build(views.view()).items():
        push(hub, suffix, suffix, files)
    return tmp_path / "made"


def found(folder: Path, view: RecordView | None = None) -> list[Difference]:
    return verify(view or views.view(), FolderHub(folder), NAMES)


def what(differences: list[Difference]) -> dict[str, str]:
    return {f"{each.place}/{each.path}": each.what for each in differences}


def test_all_is_well(folder: Path) -> None:
    assert found(folder) == []
    assert found(folder, views.view(version=99)) == []


def test_nothing_published_is_said_for_each_data_set(tmp_path: Path) -> None:
    assert what(found(tmp_path)) == {
        "ratings/manifest.json": "nothing is published yet; the record has 9 rows",
        "runs/manifest.json": "nothing is published yet; the record has 1 rows",
        "ratings-dev/manifest.json": "nothing is published yet; the record has 12 rows",
        "runs-dev/manifest.json": "nothing is published yet; the record has 2 rows",
    }
    assert found(tmp_path, RecordView(version=1)) == []


def test_a_flipped_bit_and_a_missing_file_are_found(folder: Path) -> None:
    damaged = bytearray((folder / TABLE).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (folder / TABLE).write_bytes(bytes(damaged))
    (folder / "ratings" / "README.md").unlink()
    assert what(found(folder)) == {
        TABLE: "damaged: its bytes are not those of the manifest; publish with --repair",
        "ratings/README.md": "listed in the manifest, and missing",
    }


def test_rows_that_differ_are_told_by_their_ids(folder: Path) -> None:
    rows = views.development_rows()
    changed = rows[1].model_copy(update={"stars": 1})
    new = builders.rating("org/new")
    view = views.view(instead={"dev-2026-11": [changed, *rows[2:], new]})
    expected = (
        f"1 rows only in the record ({new.id}); 1 rows only published ({rows[0].id}); "
        f"1 rows different ({rows[1].id})"
    )
    differences = what(found(folder, view))
    assert differences[TABLE] == expected
    summary = "ratings-dev/summary.json"
    assert differences.keys() == {TABLE, TABLE.replace("latest", "edition_dev_2026_11"), summary}
    assert differences[summary] == "the summary is an older one"


def test_more_than_a_few_ids_are_cut(folder: Path) -> None:
    view = views.view(instead={"dev-2026-11": views.development_rows(4)})
    assert what(found(folder, view))[TABLE].endswith(" …)")
    assert what(found(folder, view))["ratings-dev/README.md"] == "the card is an older one"


def test_runs_are_compared_too(folder: Path) -> None:
    runs = views.runs_of_every_kind()
    view = views.view(runs=[runs[1], runs[2].model_copy(update={"latency_s": 9.0})])
    differences = what(found(folder, view))
    assert differences["runs/sentence-similarity/runs.parquet"] == f"1 rows different ({runs[2].id})"
    assert differences["runs-dev/sentence-similarity/runs.parquet"] == f"1 rows only published ({runs[0].id})"


def test_tasks_that_came_or_went(folder: Path) -> None:
    captioner = views.reference_row("org/captioner", task="object-detection", model_class="")
    view = views.view(instead={"aies-2025-02": [captioner]})
    differences = what(found(folder, view))
    assert differences["ratings/object-detection/latest.parquet"] == "not published yet"
    gone = differences["ratings/image-captioning/latest.parquet"]
    assert gone == "published, and not in the record any more"


def test_other_bytes_with_the_same_rows_are_no_difference(folder: Path) -> None:
    version = (folder / "ratings-dev").resolve()
    content = (version / "sentence-similarity" / "latest.parquet").read_bytes()
    pq.write_table(read_parquet(content), folder / TABLE, compression="none", write_page_checksum=True)
    manifest = read_manifest((version / MANIFEST).read_bytes())
    entry = entry_of((folder / TABLE).read_bytes(), 12)
    files = {**manifest.files, "sentence-similarity/latest.parquet": entry}
    (version / MANIFEST).write_bytes(manifest.model_copy(update={"files": files}).content())
    assert entry != manifest.files["sentence-similarity/latest.parquet"]
    assert found(folder) == []


def test_a_damaged_manifest_is_told_and_the_rest_is_still_looked_at(folder: Path) -> None:
    (folder / "ratings" / MANIFEST).write_text("{")
    shutil.rmtree(folder / "runs" / "sentence-similarity")
    differences = what(found(folder))
    assert "damaged" in differences["ratings/manifest.json"]
    assert differences["runs/sentence-similarity/runs.parquet"] == "listed in the manifest, and missing"


def test_a_file_of_another_schema_is_told(folder: Path) -> None:
    version = (folder / "ratings-dev").resolve()
    path = version / "sentence-similarity" / "latest.parquet"
    pq.write_table(read_parquet(path.read_bytes()).drop_columns(["stars"]), path)
    manifest = read_manifest((version / MANIFEST).read_bytes())
    files = {**manifest.files, "sentence-similarity/latest.parquet": entry_of(path.read_bytes(), 12)}
    (version / MANIFEST).write_bytes(manifest.model_copy(update={"files": files}).content())
    assert "stars differ" in what(found(folder))[TABLE]
