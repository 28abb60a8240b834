"""Ratings out of the data sets alone: only whole files, and only what was asked for."""

from __future__ import annotations

import httpx2
import pytest

from leaderboard.domain import BadFile, NotFound
from leaderboard.publish import MemoryHub, build
from leaderboard.publish.huggingface import _wait_s
from leaderboard.publish.manifest import Change
from leaderboard.publish.pull import pull_ratings
from leaderboard.publish.push import push
from tests.publish import views

DATASET = "starwatt/energy"
PATH = "text-generation/edition_aies_2025_02.parquet"


@pytest.fixture
def hub() -> MemoryHub:
    hub = MemoryHub()
    for suffix, files in build(views.view(), DATASET).items():
        push(hub, f"{DATASET}-{suffix}", suffix, files)
    return hub


def test_a_model_in_one_edition_or_all(hub: MemoryHub) -> None:
    assert [row.edition for row in pull_ratings(hub, DATASET, "org/big-1")] == ["aies-2025-02"]
    assert pull_ratings(hub, DATASET, "org/big-1", edition="aies-2025-12") == []
    assert pull_ratings(hub, DATASET, "org/big-1", task="image-captioning") == []
    (row,) = pull_ratings(hub, DATASET, "org/model-03", edition="dev-2026-11")
    assert row.development


def test_a_damaged_file_and_a_missing_data_set_are_said(hub: MemoryHub) -> None:
    name = f"{DATASET}-ratings"
    head = hub.head(name) or ""
    hub.commit(name, Change({PATH: (hub.read(name, PATH, head) or b"") + b"!"}), head, "Damage")
    with pytest.raises(BadFile, match="is not the file"):
        pull_ratings(hub, DATASET, "org/big-1")
    with pytest.raises(NotFound, match="starwatt/none-ratings"):
        pull_ratings(hub, "starwatt/none", "org/big-1")


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [
        (429, {"RateLimit": '"api";r=0;t=55'}, 55.0),
        (429, {"RateLimit": '"api";r=0;t=55', "Retry-After": "90"}, 90.0),
        (503, {"RateLimit": '"api";r=20;t=55'}, None),
        (503, {"Retry-After": "7"}, 7.0),
        (429, {}, None),
    ],
)
def test_the_longest_wait_that_the_hub_asks_for(
    status: int, headers: dict[str, str], wait_s: float | None
) -> None:
    assert _wait_s(httpx2.Response(status, headers=headers)) == wait_s
