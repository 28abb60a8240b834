"""The files of the data sets: where they lie, what is in them, and that they are the same every time."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace

from leaderboard.domain import EditionStatus
from leaderboard.publish import build
from leaderboard.publish.layout import MANIFEST
from leaderboard.publish.manifest import entry_of, read_manifest
from leaderboard.publish.parquet import read_parquet
from leaderboard.publish.tables import ratings_of, runs_of
from tests import builders
from tests.publish import views


def test_the_same_record_gives_the_same_bytes_whatever_order_it_is_read_in() -> None:
    view = views.view()
    shuffled = replace(
        view,
        editions=view.editions[::-1],
        rows={
            edition: tuple(random.Random(1).sample(rows, len(rows))) for edition, rows in view.rows.items()
        },
        runs=view.runs[::-1],
    )
    assert build(view, "starwatt/energy") == build(shuffled, "starwatt/energy")


def test_a_configuration_per_task_and_a_split_per_edition() -> None:
    made = build(views.view())
    assert {suffix: sorted(files) for suffix, files in made.items()} == {
        "ratings": [
            "README.md",
            "image-captioning/edition_aies_2025_02.parquet",
            "image-captioning/latest.parquet",
            "manifest.json",
            "summary.json",
            "text-generation/edition_aies_2025_02.parquet",
            "text-generation/edition_aies_2025_12.parquet",
            "text-generation/latest.parquet",
        ],
        "ratings-dev": [
            "README.md",
            "manifest.json",
            "sentence-similarity/edition_dev_2026_11.parquet",
            "sentence-similarity/latest.parquet",
            "summary.json",
        ],
        "runs": ["README.md", "manifest.json", "sentence-similarity/runs.parquet"],
        "runs-dev": ["README.md", "manifest.json", "sentence-similarity/runs.parquet"],
    }


def test_every_row_is_published_once_per_split() -> None:
    view = views.view()
    files = build(view)["ratings"]
    december = read_parquet(files["text-generation/edition_aies_2025_12.parquet"])
    assert ratings_of(december) == list(view.rows["aies-2025-12"])
    assert files["text-generation/latest.parquet"] == files["text-generation/edition_aies_2025_12.parquet"]
    assert files["image-captioning/latest.parquet"] == files["image-captioning/edition_aies_2025_02.parquet"]
    assert [run.plan.model.repo_id for run in runs_of(read_parquet(_only(build(view)["runs"])))] == [
        "org/official"
    ]


def _only(files: Mapping[str, bytes]) -> bytes:
    (content,) = (content for path, content in files.items() if path.endswith(".parquet"))
    return content


def test_our_frozen_edition_becomes_latest() -> None:
    ours = views.reference_row("org/ours", edition="2026-11", source="run 0123456789ab")
    view = views.view(instead={"2026-11": [ours]})
    before = build(view)["ratings"]
    assert before["text-generation/latest.parquet"] != before["text-generation/edition_2026_11.parquet"]
    frozen = builders.edition("2026-11", status=EditionStatus.FROZEN)
    after = build(replace(view, editions=(frozen, *view.editions[1:])))["ratings"]
    assert after["text-generation/latest.parquet"] == after["text-generation/edition_2026_11.parquet"]


def test_the_manifest_has_every_other_file_with_hash_size_and_rows() -> None:
    for files in build(views.view(version=41)).values():
        manifest = read_manifest(files[MANIFEST])
        assert manifest.record_version == 41
        assert manifest.files.keys() == files.keys() - {MANIFEST}
        for path, entry in manifest.files.items():
            rows = read_parquet(files[path]).num_rows if path.endswith(".parquet") else None
            assert entry == entry_of(files[path], rows)
        json.loads(files[MANIFEST])


def test_rows_are_counted_once_although_latest_repeats_them() -> None:
    made = build(views.view())
    counted = {suffix: read_manifest(files[MANIFEST]).rows for suffix, files in made.items()}
    assert counted == {"ratings": 9, "ratings-dev": 12, "runs": 1, "runs-dev": 2}
