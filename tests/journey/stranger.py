"""A stranger with nothing of ours: every configuration and split from the Hub, against what the API says.

`python stranger.py ORG/PREFIX http://SPACE` prints one JSON line; `HF_ENDPOINT` says which Hub.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

import datasets
import duckdb
import pandas as pd
from huggingface_hub import HfApi, HfFileSystem, hf_hub_download

SAID_TODAY = {"edition_status", "notices"}
"""What the API says beside a row as of now; in the data set these are tables of their own."""


def asked(space: str, edition: str) -> dict[str, dict[str, Any]]:
    """Every row of an edition that the API has, page by page, by id."""
    rows: dict[str, dict[str, Any]] = {}
    after = ""
    while True:
        address = f"{space}/api/v1/ratings?edition={edition}&limit=1000{after}"
        with urllib.request.urlopen(address) as answer:
            page = json.load(answer)
        rows |= {row["id"]: row for row in page["items"]}
        if page["next"] is None:
            return rows
        after = f"&after={page['next']}"


def same(published: dict[str, Any], told: dict[str, Any]) -> bool:
    """Whether two rows agree in every field; a time is the same moment, to the millisecond."""
    for name, mine in published.items():
        value = told[name]
        if isinstance(mine, datetime):
            other = datetime.fromisoformat(value)
            if abs((mine - other).total_seconds()) >= 0.001:
                return False
        elif mine != value:
            return False
    return told.keys() - published.keys() == SAID_TODAY


def main(dataset: str, space: str) -> None:
    duckdb.register_filesystem(HfFileSystem())
    seen = {"tables": 0, "compared": 0, "runs": 0}
    for kind in ("ratings", "runs"):
        name = f"{dataset}-{kind}"
        for config in datasets.get_dataset_config_names(name):
            for split in datasets.get_dataset_split_names(name, config):
                rows = datasets.load_dataset(name, config, split=split).to_list()
                path = f"hf://datasets/{name}/{config}/{split}.parquet"
                assert len(pd.read_parquet(path)) == len(rows), path
                counted = duckdb.execute(f"SELECT count(*) FROM '{path}'").fetchall()
                assert counted == [(len(rows),)], path
                seen["tables"] += 1
                if kind == "runs":
                    seen["runs"] += len(rows)
                    assert all(row["windows"] and isinstance(row["findings"], list) for row in rows), path
                elif config not in ("bands", "notices"):
                    edition = rows[0]["edition"]
                    told = {id: row for id, row in asked(space, edition).items() if row["task"] == config}
                    assert {row["id"] for row in rows} == told.keys(), path
                    wrong = [row["id"] for row in rows if not same(row, told[row["id"]])]
                    assert not wrong, (path, wrong)
                    seen["compared"] += len(rows)
    file = hf_hub_download(f"{dataset}-ratings", "summary.json", repo_type="dataset")
    summary = json.loads(Path(file).read_text("utf-8"))
    with urllib.request.urlopen(f"{space}/api/v1/summary.json") as answer:
        assert json.load(answer) == summary
    tags = {tag.name for tag in HfApi().list_repo_refs(f"{dataset}-ratings", repo_type="dataset").tags}
    assert {edition["tag"] for edition in summary["editions"]} - {None} == tags, tags
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
