"""A record in a fresh folder, with the catalogue's editions in it, and a Hub that knows a few models."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from leaderboard.record import Record
from leaderboard.record.clock import Clock, SystemClock
from submissions.hub.facts import FixedFacts
from submissions.intake import Intake, Request
from tests import builders

ENCODER = builders.MODEL


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


@pytest.fixture
def record(tmp_path: Path, clock: Clock, catalogued: Path) -> Iterator[Record]:
    folder = shutil.copytree(catalogued, tmp_path / "data")
    with Record.open(folder, clock=clock) as opened:
        yield opened


@pytest.fixture
def hub() -> FixedFacts:
    known = [
        builders.facts(ENCODER),
        builders.facts("org/other"),
        builders.facts("org/gated", gated=True),
        builders.facts("org/private", private=True),
        builders.facts("org/pickle", safetensors=False, weights_bytes=0),
        builders.facts("org/code", remote_code=True),
        builders.facts("org/vision", architectures=("ViTForImageClassification",)),
        builders.facts("org/huge", params=400_000_000_000),
    ]
    return FixedFacts({facts.repo_id: facts for facts in known})


@pytest.fixture
def intake(record: Record, hub: FixedFacts) -> Intake:
    return Intake(record, hub)


def request(model: str = ENCODER, **fields: str) -> Request:
    return Request.model_validate(
        {"model": model, "task": "sentence-similarity", "hardware": "cpu", **fields}
    )
