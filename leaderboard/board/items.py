"""A row as programs are told it: every field of a `Rating`, then what is said beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leaderboard.board.columns import COLUMNS
from leaderboard.domain import Rating
from leaderboard.record import Record
from leaderboard.standing import Standing, standings

ITEM_FIELDS = (*Rating.model_fields, "edition_status", "notices")
"""The fields of an item, in their order."""


def item(rating: Rating, standing: Standing) -> dict[str, Any]:
    """A row with the state of its edition and its notices."""
    state = standing.edition_status
    return {
        **rating.model_dump(mode="json"),
        "edition_status": None if state is None else state.value,
        "notices": [notice.model_dump(mode="json") for notice in standing.notices],
    }


def items(
    record: Record, rows: Sequence[Rating], fields: Sequence[str] = ITEM_FIELDS
) -> list[dict[str, Any]]:
    """Rows as the API tells them, with what is said beside them; of their fields only those named."""
    found = standings(record, rows)
    told = (item(row, found[row.id]) for row in rows)
    return [{name: one[name] for name in fields} for one in told]


def fields_of(columns: Sequence[str] | None) -> tuple[str, ...]:
    """The fields that columns of the board tell, each once, in their order; every field without columns."""
    if columns is None:
        return ITEM_FIELDS
    told = (name for column in COLUMNS if column.key in columns for name in column.fields)
    return tuple(dict.fromkeys(told))
