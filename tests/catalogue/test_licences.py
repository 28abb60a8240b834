"""Licences: lists with their source, and nothing claimed about the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard import catalogue
from leaderboard.catalogue import licence_lists as module
from leaderboard.domain import BadFile


@pytest.mark.parametrize(
    ("licence", "is_open"),
    [
        ("apache-2.0", True),
        ("MIT", True),
        ("gemma", False),
        ("cc-by-nc-4.0", False),
        ("closed", False),
        ("other", None),
        ("", None),
        (None, None),
    ],
)
def test_a_licence_is_open_restricted_or_not_known(licence: str | None, is_open: bool | None) -> None:
    assert catalogue.licences().is_open(licence) is is_open


def test_the_lists_say_where_they_come_from() -> None:
    assert "opensource.org" in catalogue.licences().source


def test_a_licence_in_both_lists_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "licences.yaml"
    file.write_text("source: x\nopen: [mit]\nrestricted: [mit]\n", "utf-8")
    monkeypatch.setattr(module, "FILE", file)
    with pytest.raises(BadFile, match="mit is open and restricted"):
        module.licences.__wrapped__()
