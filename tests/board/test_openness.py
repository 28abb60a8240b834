"""The meter of openness: shape and words."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard.board import openness
from tests.board.conftest import public_row


@pytest.mark.parametrize(
    ("told", "letters", "words"),
    [
        ((True, None, True), "W?L", "weights open, data not known, licence open"),
        ((False, True, False), "WDL", "weights not open, data open, licence not open"),
        ((None, None, None), "???", "weights not known, data not known, licence not known"),
    ],
)
def test_three_cells_say_what_is_known(told: tuple[bool | None, ...], letters: str, words: str) -> None:
    names = ("weights_open", "data_open", "licence_open")
    fields: dict[str, Any] = dict(zip(names, told, strict=True))
    row = public_row(**fields)
    assert "".join(letter for letter, _ in openness.cells(row)) == letters
    assert openness.text(row) == words
    assert openness.known(row) is any(one is not None for one in told)
