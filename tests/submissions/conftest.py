"""A record in a fresh folder, with the catalogue's editions in it, and a Hub that knows a few models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leaderboard import editions
from leaderboard.record import Record
from submissions.hub_facts import FixedFacts
from submissions.intake import Intake, Request
from tests import builders

ENCODER = builders.MODEL


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with Record.open(tmp_path / "data") as opened:
        editions.load_catalogue(opened)
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
