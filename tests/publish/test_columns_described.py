"""Every published column says what it means, nested ones and those of the tables beside ratings included."""

from __future__ import annotations

import pytest

from leaderboard.publish import RATING_COLUMNS, RUN_COLUMNS
from leaderboard.publish.beside import BAND_COLUMNS, BESIDE, NOTICE_COLUMNS
from leaderboard.publish.card import _STRUCTS
from leaderboard.publish.columns import Column

LISTS = (*_STRUCTS, *(pair for table in BESIDE for pair in table.parts))
PARTS = [part for _, parts in LISTS for part in parts]
NAMES_WITH_UNITS = ("energy", "_j", "_w", "_s", "_bytes", "params", "tokens", "stars")


@pytest.mark.parametrize(
    "column",
    [*RATING_COLUMNS, *RUN_COLUMNS, *BAND_COLUMNS, *NOTICE_COLUMNS, *PARTS],
    ids=lambda column: column.name,
)
def test_a_column_has_a_sentence_and_a_figure_its_unit(column: Column) -> None:
    assert len(column.meaning) > 5 and column.meaning.endswith((".", "…")) and "None" not in column.meaning
    if str(column.type) in ("double", "int64") and column.name.endswith(NAMES_WITH_UNITS):
        assert column.unit
