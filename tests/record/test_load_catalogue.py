"""The catalogue's editions into a record that has them already."""

from __future__ import annotations

import pytest

from leaderboard import catalogue
from leaderboard.domain import Edition, EditionStatus, Provenance, Rating
from leaderboard.editions import load_catalogue
from leaderboard.record import Record
from tests import builders

ID = "2026-11"
MODELS = ("o/a", "o/b")
LIST = {"task": "sentence-similarity", "hardware": ["t4-16gb"], "models": MODELS}


def row(model: str) -> Rating:
    return builders.rating(
        model,
        edition=ID,
        hardware="t4-16gb",
        development=False,
        provenance=Provenance.MEASURED,
        stars=None,
        not_rated="not rated (0 of 10)",
        cell_size=0,
    )


@pytest.fixture
def catalogued(monkeypatch: pytest.MonkeyPatch) -> Edition:
    """A catalogue whose only edition has chosen its reference models."""
    chosen = builders.edition(ID, reference_models=[LIST])
    monkeypatch.setattr(catalogue, "editions", lambda: {ID: chosen})
    return chosen


def test_reference_models_reach_an_open_edition_and_its_rows_stay(
    record: Record, catalogued: Edition
) -> None:
    record.put_edition(builders.edition(ID), {}, [row(model) for model in (*MODELS, "o/other")], "before")
    assert load_catalogue(record) == [ID]
    assert record.edition(ID) == catalogued
    rows = record.edition_rows(ID)
    assert {each.model: each.not_rated for each in rows} == dict.fromkeys(
        (*MODELS, "o/other"), "not rated (2 of 10)"
    )
    assert {each.cell_size for each in rows} == {2}
    version = record.version
    assert load_catalogue(record) == []
    assert record.version == version


@pytest.mark.parametrize("status", [EditionStatus.FROZEN, EditionStatus.SUPERSEDED])
def test_a_frozen_edition_keeps_its_own(record: Record, catalogued: Edition, status: EditionStatus) -> None:
    frozen = builders.edition(ID, status=status, reference_models=[{**LIST, "models": ["o/first"]}])
    record.put_edition(frozen, {}, [row("o/first")], "before")
    assert load_catalogue(record) == []
    assert record.edition(ID) == frozen
