"""Rows as CSV that a spreadsheet shows and never runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

CSV = "text/csv; charset=utf-8"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def sheet(rows: Iterable[Sequence[Any]]) -> str:
    """Lines of CSV. Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    sink = io.StringIO()
    csv.writer(sink, lineterminator="\r\n").writerows([_cell(value) for value in row] for row in rows)
    return sink.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return repr(value)
