"""The loopback Hub through the real `datasets` client and pandas, in a process that knows no other Hub."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.fakes.hub import LoopbackHub, texts
from tests.fakes.hub.seed import seed

CARD = b"""---
configs:
- config_name: text-generation
  data_files:
  - split: latest
    path: text-generation/latest.parquet
  - split: edition_2026_11
    path: text-generation/edition.parquet
- config_name: summarization
  data_files:
  - split: latest
    path: summarization/latest.parquet
---
# Ratings
"""
LOAD = """
import json, sys
from datasets import get_dataset_config_names, load_dataset
loaded = load_dataset("org/ratings", "text-generation", split="latest")
edition = load_dataset("org/ratings", "text-generation", split="edition_2026_11", revision="v1")
import pandas
frame = pandas.read_parquet("hf://datasets/org/ratings/summarization/latest.parquet")
pairs = load_dataset("AIEnergyScore/sentence_similarity", split="train")
print(json.dumps({
    "configs": get_dataset_config_names("org/ratings"),
    "latest": loaded.to_dict(), "edition": edition.to_dict(), "frame": frame.to_dict("list"),
    "columns": pairs.column_names, "rows": len(pairs), "first": pairs[0]["sentence1"],
}))
"""


def parquet(columns: dict[str, list[object]]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path / "hub") as hub:
        yield hub


def run(hub: LoopbackHub, home: Path, script: str) -> str:
    """Run a script in a fresh process whose only Hub is this one; warnings are errors there too."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    environment = known | {
        "HF_ENDPOINT": hub.endpoint,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "OMP_NUM_THREADS": "1",
    }
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_load_dataset_and_pandas_read_what_was_published(hub: LoopbackHub, tmp_path: Path) -> None:
    latest: dict[str, list[object]] = {"model": ["a", "b"], "stars": [5, 1]}
    edition: dict[str, list[object]] = {"model": ["c"], "stars": [3]}
    files: dict[str, bytes | Path] = {
        "README.md": CARD,
        "text-generation/latest.parquet": parquet(latest),
        "text-generation/edition.parquet": parquet(edition),
        "summarization/latest.parquet": parquet({"model": ["d"], "stars": [2]}),
    }
    hub.publish("dataset", "org/ratings", files)
    hub.store.add_ref(hub.store.repo("dataset", "org/ratings"), "tags", "v1", "main")
    assert seed(hub, ["data"]) == ["AIEnergyScore/sentence_similarity", "AIEnergyScore/text_generation"]

    read = json.loads(run(hub, tmp_path / "home", LOAD))

    assert read["configs"] == ["text-generation", "summarization"]
    assert (read["latest"], read["edition"]) == (latest, edition)
    assert read["frame"] == {"model": ["d"], "stars": [2]}
    pairs = texts.sentence_pairs()
    assert (read["columns"], read["rows"]) == (pairs.column_names, pairs.num_rows)
    assert read["first"] == pairs["sentence1"][0].as_py()


def test_the_texts_are_real_varied_and_the_same_each_time() -> None:
    pairs, prompts = texts.sentence_pairs(), texts.prompts()
    assert pairs.equals(texts.sentence_pairs())
    assert prompts.equals(texts.prompts())
    for column in (pairs["sentence1"], pairs["sentence2"], prompts["text"]):
        values = column.to_pylist()
        assert len(values) >= 256
        assert len({len(value) // 20 for value in values}) > 8
    assert "Python language reference" in texts.files("text_generation", prompts)["README.md"].decode()
