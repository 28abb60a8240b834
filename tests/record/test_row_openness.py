"""A run's row says how open its model is, and for which library, out of what the Hub said of it."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.editions import row_of
from tests import builders


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"tags": ("dataset:allenai/c4",), "licence": "apache-2.0"}, (True, True, True)),
        ({"tags": ("transformers",), "licence": None}, (True, None, None)),
        ({"gated": True, "access": True, "licence": "llama3.1"}, (False, None, False)),
        ({"private": True, "licence": "closed"}, (False, None, False)),
    ],
)
def test_weights_data_and_licence(facts: dict[str, Any], told: tuple[bool | None, ...]) -> None:
    row = row_of(builders.run(), builders.facts(**facts), builders.edition(), None)
    assert (row.weights_open, row.data_open, row.licence_open) == told
    assert row.library == "sentence-transformers"
