"""The loopback Hub through the real `datasets` client and pandas, in a process that knows no other Hub."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leaderboard import catalogue
from leaderboard.domain.tasks import DatasetRef
from tests.fakes.hub import LoopbackHub, data_carriers, texts
from tests.fakes.hub.datasets import DATA_SETS, images
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
# Only sound needs care: without torchcodec the client hands out the file, and soundfile decodes it.
LOAD_ALL = """
import io, json, sys
import soundfile
from datasets import Audio, load_dataset
told = {}
for repo_id, config, split in json.loads(sys.argv[1]):
    loaded = load_dataset(repo_id, config, split=split)
    shown = {"features": loaded.features.to_dict(), "rows": len(loaded)}
    if "image" in loaded.column_names:
        shown["sizes"] = [image.size for image in loaded["image"]]
        shown["modes"] = sorted({image.mode for image in loaded["image"]})
    if "audio" in loaded.column_names:
        files = [row["bytes"] for row in loaded.cast_column("audio", Audio(decode=False))["audio"]]
        sounds = [soundfile.read(io.BytesIO(file)) for file in files]
        shown["rates"] = sorted({rate for _, rate in sounds})
        shown["seconds"] = [len(samples) / rate for samples, rate in sounds]
    told[repo_id] = shown
print(json.dumps(told))
"""
# Rows enough for a block of 16 to be drawn; a score is of at least 16.
LEAST_ENERGY_ROWS, LEAST_QUALITY_ROWS = 24, 16
IMAGE, AUDIO = {"_type": "Image"}, {"_type": "Audio", "sampling_rate": 16_000}
TEXT = {"dtype": "string", "_type": "Value"}

# What the client showed by data set, and what was left out.
Loaded = tuple[dict[str, dict[str, Any]], list[str]]


def values(dtype: str) -> dict[str, object]:
    return {"feature": {"dtype": dtype, "_type": "Value"}, "_type": "List"}


# What each column is, where it is no plain text; of labels only the first names.
FEATURES: dict[tuple[str, str], object] = {
    ("detection-datasets/coco", "width"): {"dtype": "int64", "_type": "Value"},
    ("mteb/stsbenchmark-sts", "score"): {"dtype": "float64", "_type": "Value"},
    ("nlphuji/flickr30k", "caption"): values("string"),
    ("rajpurkar/squad_v2", "answers"): {"text": values("string"), "answer_start": values("int32")},
    ("detection-datasets/coco", "objects"): {
        "bbox_id": values("int64"),
        "category": {"feature": ["person", "bicycle", "car"], "_type": "List"},
        "bbox": {"feature": values("float64") | {"length": 4}, "_type": "List"},
        "area": values("float64"),
    },
    ("stanfordnlp/sst2", "label"): ["negative", "positive"],
    ("ILSVRC/imagenet-1k", "label"): [
        "tench, Tinca tinca",
        "goldfish, Carassius auratus",
        "great white shark, white shark, man-eater, man-eating shark, Carcharodon carcharias",
    ],
}
# Labels of a task whose score is of the energy queries themselves.
LABELS = {"rajpurkar/squad_v2": ("answers",), "openai/gsm8k": ("answer",)}
ASKED = [
    pytest.param(dataset, least, id=f"{task.id}-{kind}")
    for task in catalogue.tasks().values()
    for kind, dataset, least in (
        ("energy", task.dataset, LEAST_ENERGY_ROWS),
        ("quality", task.quality.dataset, LEAST_QUALITY_ROWS),
    )
    if dataset is not None
]


def parquet(columns: dict[str, list[object]]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path / "hub") as hub:
        yield hub


def run(hub: LoopbackHub, home: Path, script: str, *arguments: str) -> str:
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
        [sys.executable, "-W", "error", "-c", script, *arguments],
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
    seed(hub, ["data"])

    read = json.loads(run(hub, tmp_path / "home", LOAD))

    assert read["configs"] == ["text-generation", "summarization"]
    assert (read["latest"], read["edition"]) == (latest, edition)
    assert read["frame"] == {"model": ["d"], "stars": [2]}
    pairs = texts.sentence_pairs()
    assert (read["columns"], read["rows"]) == (pairs.column_names, pairs.num_rows)
    assert read["first"] == pairs["sentence1"][0].as_py()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """All data sets through the client; those whose package is gone are told of instead."""
    folder, gone = tmp_path_factory.mktemp("data"), list[str]()
    with LoopbackHub(folder / "hub") as hub:
        published = seed(hub, ["data"], say=gone.append)
        which = [(one.repo_id, one.config, one.split) for one in DATA_SETS if one.repo_id in published]
        return json.loads(run(hub, folder / "home", LOAD_ALL, json.dumps(which))), gone


def shown(loaded: Loaded, repo_id: str) -> dict[str, Any]:
    """What the client showed of a data set; skips where its package is gone."""
    for message in loaded[1]:
        if repo_id in message:
            pytest.skip(message)
    return loaded[0][repo_id]


def first_names(feature: Any) -> Any:
    """A feature with labels cut to their first three names, and without the parts that are not set."""
    if isinstance(feature, dict):
        if feature.get("_type") == "ClassLabel":
            return feature["names"][:3]
        return {key: first_names(part) for key, part in feature.items()}
    return feature


@pytest.mark.parametrize(("dataset", "least"), ASKED)
def test_every_data_set_of_the_catalogue_loads_with_its_columns(
    loaded: Loaded, dataset: DatasetRef, least: int
) -> None:
    stand_in = next(one for one in DATA_SETS if one.repo_id == dataset.repo_id)
    assert (stand_in.config, stand_in.split) == (dataset.config or "default", dataset.split)
    told = shown(loaded, dataset.repo_id)
    assert told["rows"] >= least
    plain = {"image": IMAGE, "audio": AUDIO}
    for column in (*dataset.columns, *LABELS.get(dataset.repo_id, ())):
        expected = FEATURES.get((dataset.repo_id, column), plain.get(column, TEXT))
        assert first_names(told["features"][column]) == expected, column


def test_the_two_label_spaces_are_whole(loaded: Loaded) -> None:
    imagenet = shown(loaded, "ILSVRC/imagenet-1k")["features"]["label"]["names"]
    assert len(set(imagenet)) == 1000
    assert [imagenet[index].split(",")[0] for index in (281, 293, 872, 967)] == [
        "tabby",
        "cheetah",
        "tripod",
        "espresso",
    ]
    coco = shown(loaded, "detection-datasets/coco")["features"]["objects"]["category"]["feature"]["names"]
    assert (len(set(coco)), coco[79]) == (80, "toothbrush")


def test_images_are_rgb_and_sounds_16_khz_of_at_most_30_seconds(loaded: Loaded) -> None:
    for name in ("AIEnergyScore/object_detection", "nlphuji/flickr30k", "detection-datasets/coco"):
        told = shown(loaded, name)
        assert told["modes"] == ["RGB"]
        assert all(min(size) >= 100 for size in told["sizes"])
    for name in ("AIEnergyScore/ASR", "openslr/librispeech_asr"):
        told = shown(loaded, name)
        assert told["rates"] == [16_000]
        assert 1 < min(told["seconds"]) < 5 < max(told["seconds"]) <= 30


def test_a_data_package_that_is_gone_takes_no_other_with_it(
    hub: LoopbackHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(
        f"scikit-image @ file://{tmp_path}/no-such.whl --hash=sha256:{'0' * 64}\n", "utf-8"
    )
    monkeypatch.setattr(data_carriers, "REQUIREMENTS", requirements)
    monkeypatch.setenv("STARWATT_CARRIERS", str(tmp_path / "carriers"))
    images.photos.cache_clear()
    told: list[str] = []
    published = seed(hub, ["data"], cache=tmp_path / "cache", say=told.append)
    assert "openai/gsm8k" in published
    assert "nlphuji/flickr30k" not in published
    assert any("package-gone: nlphuji/flickr30k is left out: scikit-image" in message for message in told)
    assert list((tmp_path / "carriers-data").iterdir()) == []
