"""A comparison of two editions as plain data: what the API and the command line tell (DESIGN §8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leaderboard.domain import Bands, Rating, Reference
from leaderboard.rating.changes import CellChanges, Change, Kind
from leaderboard.rating.reasons import Edge


def document(before: str, after: str, cells: Sequence[CellChanges]) -> dict[str, Any]:
    """Two editions side by side: per cell counts, edges, reference models, every model with its reason."""
    return {
        "before": before,
        "after": after,
        "counts": {kind.value: sum(cell.count(kind) for cell in cells) for kind in Kind},
        "cells": [_cell(cell) for cell in cells],
    }


def _cell(cell: CellChanges) -> dict[str, Any]:
    named = {name: value for name, value in cell.cell._asdict().items() if name != "edition"}
    return {
        "cell": cell.key,
        **named,
        "counts": {kind.value: cell.count(kind) for kind in Kind},
        "references_before": _size(cell.before),
        "references_after": _size(cell.after),
        "references_added": _references(cell.references.added),
        "references_left": _references(cell.references.left),
        "references_measured_anew": _references(cell.references.anew),
        "edges": [_edge(edge) for edge in cell.edges],
        "changes": [_change(change) for change in cell.changes],
    }


def _change(change: Change) -> dict[str, Any]:
    row = change.row
    return {
        "model": row.model,
        "precision": row.precision,
        "reasoning": row.reasoning,
        "kind": change.kind.value,
        "moved_by": None if change.moved_by is None else change.moved_by.value,
        "measured_anew": change.anew,
        "before": _row(change.before),
        "after": _row(change.after),
        "edges": [_edge(edge) for edge in change.edges],
        "reason": change.reason,
    }


def _row(row: Rating | None) -> dict[str, Any] | None:
    if row is None:
        return None
    fields = ("id", "revision", "run_id", "energy_wh_per_1000", "stars", "stars_low", "stars_high")
    return {name: getattr(row, name) for name in fields}


def _edge(edge: Edge) -> dict[str, Any]:
    return {"stars": edge.stars, "before": edge.before, "after": edge.after}


def _references(found: Sequence[Reference]) -> list[dict[str, Any]]:
    return [{"model": one.model, "energy": one.energy} for one in found]


def _size(bands: Bands | None) -> int | None:
    return None if bands is None else len(bands.references)
