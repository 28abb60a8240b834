"""The hash of a record: one number that two records share when, and only when, they say the same.

It is the sum of the SHA-256 of every row, modulo 2^256: rows may come in any order, and a change costs as
much as the rows it touches. It tells damage and loss, not an attacker who may write the log anyway.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

_MODULUS = 2**256

TRACKED = (
    "submissions",
    "events",
    "states",
    "logs",
    "runs",
    "editions",
    "bands",
    "ratings",
    "rating_bodies",
    "notices",
    "controls",
    "proposals",
    "decisions",
    "settings",
    "submitters",
    "acts",
    "tokens",
)
"""Tables that are hashed and logged; parents before children."""
GROWING = frozenset(
    {"submissions", "events", "notices", "controls", "proposals", "decisions", "submitters", "acts"}
)
"""Those whose rows never change."""
BOOKKEEPING = frozenset(
    {
        "meta",
        "outbox",
        "workers",
        "journal",
        "journal_digests",
        "journal_head",
        "tickets",
        "unfinished",
        "turns",
        "rating_counts",
        "model_names",
    }
)
"""Tables that a record can be made without."""
UNHASHED = {"states": ("lease_s", "progress")}
"""Columns that a heartbeat changes."""


def row_digest(table: str, values: Sequence[object]) -> bytes:
    """SHA-256 of one row: its table and its hashed columns in their order, as JSON in ASCII."""
    return hashlib.sha256(json.dumps([table, *values], separators=(",", ":")).encode("ascii")).digest()


def hashed_places(table: str, columns: Sequence[str]) -> list[int]:
    """Where in a row its hashed columns stand."""
    left_out = UNHASHED.get(table, ())
    return [place for place, name in enumerate(columns) if name not in left_out]


def total(digests: Iterable[bytes], start: int = 0) -> int:
    """The sum that makes the hash."""
    return sum((int.from_bytes(digest) for digest in digests), start) % _MODULUS


def in_words(number: int) -> str:
    """The sum as it is written down: 64 hex digits."""
    return f"{number % _MODULUS:064x}"
