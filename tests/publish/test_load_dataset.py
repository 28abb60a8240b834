"""What was published, loaded by the clients that people use: the same rows, one for one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from huggingface_hub import constants

from leaderboard.domain import Provenance, Rating
from leaderboard.publish import Publisher
from leaderboard.publish.huggingface import HfHub
from leaderboard.publish.tables import rating_order, runs_table
from tests.fakes.hub import LoopbackHub
from tests.publish import records, views

# The client's own: it hands LFS uploads to its HTTP library under a deprecated name.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

DATASET = "starwatt/energy"
PROGRAM = """
import json, sys
import datasets

for name, config, split in json.loads(sys.argv[1]):
    rows = datasets.load_dataset(name, config, split=split)
    json.dump(rows.to_list(), sys.stdout, default=lambda moment: moment.isoformat())
    print()
"""


@pytest.fixture
def loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with LoopbackHub(tmp_path / "hub") as loopback:
        yield loopback


def environment_of(tmp_path: Path, endpoint: str) -> dict[str, str]:
    """A client's environment: its own cache, and no other Hub than this one."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("HF_")},
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(tmp_path / "home"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": "1",
    }


def load(tmp_path: Path, endpoint: str, *wanted: tuple[str, str, str]) -> list[list[dict[str, Any]]]:
    """The rows of each (repository or folder, configuration, split), as the real client loads them."""
    environment = environment_of(tmp_path, endpoint)
    return [json.loads(line) for line in run(environment, tmp_path, PROGRAM, json.dumps(wanted)).splitlines()]


def run(environment: dict[str, str], folder: Path, program: str, *arguments: str) -> str:
    """What a program says, run in a folder."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_load_dataset_gives_back_every_row_that_went_in(tmp_path: Path, loopback: LoopbackHub) -> None:
    every = [
        row.model_copy(update={"development": False, "edition": "aies-2025-02", "task": "text-generation"})
        for row in views.rows_of_every_kind()
    ]
    public = [
        row.model_copy(update={"provenance": Provenance.REFERENCE}) if not row.provenance.public else row
        for row in every
    ]
    view = views.view(instead={"aies-2025-02": public})
    with records.filled(tmp_path / "data", view) as record:
        hub = HfHub(loopback.endpoint, loopback.write_token)
        Publisher(record, hub, tmp_path / "data" / "published", DATASET).publish()

    february, latest, development, runs, here = load(
        tmp_path,
        loopback.endpoint,
        (f"{DATASET}-ratings", "text-generation", "edition_aies_2025_02"),
        (f"{DATASET}-ratings", "text-generation", "latest"),
        (f"{DATASET}-ratings-dev", "sentence-similarity", "latest"),
        (f"{DATASET}-runs-dev", "sentence-similarity", "runs"),
        (str(tmp_path / "data" / "published" / "ratings"), "text-generation", "edition_aies_2025_02"),
    )

    assert [Rating.model_validate(row) for row in february] == sorted(public, key=rating_order)
    assert [Rating.model_validate(row) for row in latest] == list(view.rows["aies-2025-12"])
    assert [Rating.model_validate(row) for row in development] == views.development_rows()
    assert here == february
    expected = runs_table(views.runs_of_every_kind()[:2], lambda run: True)
    assert [row["run_key"] for row in runs] == expected["run_key"].to_pylist()
    assert [row["windows"] for row in runs] == expected["windows"].to_pylist()
    assert [row["findings"] for row in runs] == expected["findings"].to_pylist()


def test_the_examples_of_a_folders_card_run_in_that_folder(tmp_path: Path) -> None:
    with records.filled(tmp_path / "data", views.view()) as record:
        Publisher(record, None, tmp_path / "published", None).publish()
    folder = tmp_path / "published" / "ratings-dev"
    text = (folder / "README.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", text, re.S)
    assert [example.split()[1] for example in examples] == ["pathlib", "pandas", "polars", "duckdb"]
    shown = "print(len(rows), len(frame), len(table.fetchall()), sep='\\n')"
    program = "\n".join([*examples[:3], "print(len(frame))", examples[3], shown])
    environment = environment_of(tmp_path, "http://127.0.0.1:9")
    rows = pd.read_parquet(folder / "sentence-similarity" / "latest.parquet")
    said = run(environment, folder, program)
    assert [int(line) for line in said.split()] == [len(rows)] * 3 + [int(rows["best"].sum())]


def test_pandas_reads_the_files_with_their_types(tmp_path: Path) -> None:
    with records.filled(tmp_path / "data", views.view()) as record:
        Publisher(record, None, tmp_path / "published", None).publish()
    frame = pd.read_parquet(tmp_path / "published/ratings-dev/sentence-similarity/latest.parquet")
    rows = views.development_rows()
    assert frame["energy_wh_per_1000"].tolist() == [row.energy_wh_per_1000 for row in rows]
    assert frame["model"].tolist() == [row.model for row in rows]
    assert frame["development"].all()
    assert str(frame["measured_at"].dtype) == "datetime64[ms, UTC]"
    assert frame["params"].dtype == "int64"
