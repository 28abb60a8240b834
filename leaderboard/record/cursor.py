"""Where a page ended, as an opaque text that the next page begins after (DESIGN §5: keyset, not OFFSET)."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from dataclasses import dataclass

from leaderboard.domain import BadInput, canonical_json

Key = str | int | float | None
"""The value a row is sorted by; None where it is not known (such rows come last)."""

_LONGEST = 1000
_BIGGEST = 2**63 - 1
_ID = re.compile(r"^[0-9a-z]{10}$")


@dataclass(frozen=True)
class Cursor:
    """The last row of a page: its sort value and its id, under one sort and order."""

    sort: str
    order: str
    value: Key
    id: str

    def encode(self) -> str:
        """URL-safe text without padding."""
        text = canonical_json([self.sort, self.order, self.value, self.id])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(text: str, *, sort: str, order: str, numeric: bool) -> Cursor:
    """The cursor in a text that a client sent back, if it fits this sort and order.

    Raises:
        BadInput: it is no cursor, or one of another sort or order.
    """
    try:
        cursor = _parse(text)
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadInput(
            "`after` is not a cursor of this list.", "Leave it out to start at the top."
        ) from error
    if (cursor.sort, cursor.order) != (sort, order):
        raise BadInput(
            "`after` belongs to a list in another order.", "Leave it out to start this list at the top."
        )
    if cursor.value is not None and isinstance(cursor.value, str) == numeric:
        raise BadInput("`after` is not a cursor of this list.", "Leave it out to start at the top.")
    return cursor


def _parse(text: str) -> Cursor:
    if len(text) > _LONGEST:
        raise ValueError("too long")
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    sort, order, value, row_id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    if not all(isinstance(part, str) for part in (sort, order, row_id)) or not _ID.fullmatch(row_id):
        raise ValueError("not the parts of a cursor")
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise ValueError("not a sort value")
    if isinstance(value, int) and abs(value) > _BIGGEST:
        raise ValueError("not a sort value")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not a sort value")
    if isinstance(value, str):
        value.encode()  # half a surrogate pair is no text
    return Cursor(sort, order, value, row_id)
