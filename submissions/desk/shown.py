"""The desk's overview as tables for a terminal; what is empty is one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_PARTS = (
    ("hardware", "Hardware", ("id", "waiting", "running", "here", "oldest", "paused")),
    ("runners", "Runners", ("machine", "hardware", "here", "holds", "last_seen", "draining")),
    ("stuck", "Stuck", ("id", "status", "model", "hardware", "why")),
    ("bundles", "Bundles without a decision", ("id", "title", "remarks")),
    ("ended", "Ended without a figure, newest first", ("id", "status", "model", "hardware", "why")),
    ("proposals", "Proposals", ("id", "edition", "reason")),
    ("disputes", "Disputes", ("rating", "why")),
    ("outbox", "To be published", ("edition", "since")),
    ("editions", "Editions", ("id", "status")),
)
_HEADS = {"here": "here now", "last_seen": "last heard of", "oldest": "waits since"}
_WIDEST = 60
"""Characters of a cell; the whole of it is in the JSON."""


def as_tables(seen: Mapping[str, Any]) -> str:
    """The overview (`view.overview_json`) as text: a table for each part that has anything in it.

    Runners are followed by the nodes that get no work, each with why.
    """
    full, empty = [], []
    for key, title, columns in _PARTS:
        rows = seen.get(key) or []
        if rows:
            full.append(f"{title}\n{_table(rows, columns)}")
        else:
            empty.append(title.split(",")[0].lower())
    nodes = [
        {"node": node, "why": why}
        for one in seen.get("runners") or []
        for node, why in one.get("nodes_without_work", {}).items()
    ]
    if nodes:
        full.append(f"Nodes without work\n{_table(nodes, ('node', 'why'))}")
    if empty:
        full.append(f"None: {', '.join(empty)}.")
    return "\n\n".join(full)


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    # A column in which nothing stands says nothing.
    kept = [name for name in columns if any(_cell(row.get(name)) for row in rows)]
    lines = [[_HEADS.get(name, name) for name in kept]]
    lines += [[_cell(row.get(name)) for name in kept] for row in rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(kept))]
    return "\n".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    # What others wrote may hold signs that move a terminal's cursor.
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
