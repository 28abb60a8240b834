"""Whether runs of one cell can be true beside each other: same weights, reasoning on and off (METHOD §3.6).

The checks come in as arguments, with their limits, severities and remedies: this room reads no catalogue.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from leaderboard.domain import BadInput, Check, Finding, failed, passed, unverifiable


def same_weights_agree(check: Check, energy_j: float, others: Mapping[str, float]) -> Finding:
    """The same weights under several names: whichever two are compared, the larger is within the tolerance.

    It is the same finding from either side: what counts is the larger of two against the smaller.

    Args:
        check: `same-weights-agree`.
        energy_j: of this run, J per query.
        others: model → J per query, of runs of the same weights in the same cell.

    Raises:
        BadInput: an energy is not above zero and finite.
    """
    for energy in (energy_j, *others.values()):
        _above_zero(energy)
    if not others:
        return passed(check.id, "These weights stand under no other name in this cell.", check.severity)
    tolerance = check.limit("tolerance")
    seen = {"energy_j": energy_j, "others_j": dict(others), "limits": dict(check.limits)}
    ratios = {model: energy_j / other_j for model, other_j in others.items()}
    apart = {
        model: ratio
        for model, ratio in ratios.items()
        if max(energy_j, others[model]) > min(energy_j, others[model]) * (1 + tolerance)
    }
    if apart:
        words = ", ".join(f"{model} {others[model]:.4g} J ({_compared(apart[model])})" for model in apart)
        return failed(
            check.id,
            f"A query takes {energy_j:.4g} J here; under other names the same weights take: {words}. "
            f"Within {tolerance:.0%} they would agree.",
            check.remedy,
            check.severity,
            **seen,
        )
    worst = max(max(ratio, 1 / ratio) for ratio in ratios.values()) - 1
    return passed(
        check.id,
        f"The same weights agree within {worst:.1%} with {', '.join(others)}.",
        check.severity,
        **seen,
    )


def reasoning_costs_more(check: Check, on_j: float, off_j: float, comparison_j: float | None) -> Finding:
    """Reasoning that is on does not take less than off by more than two figures of a cell differ by chance.

    Args:
        check: `reasoning-costs-more`.
        on_j: J per query with reasoning on (or low, medium, high).
        off_j: of the same model with reasoning off, on the same queries.
        comparison_j: half-width of the comparison interval, J; None: between-start spread not yet known.

    Raises:
        BadInput: an energy is not above zero and finite, or the interval not a width.
    """
    _above_zero(on_j)
    _above_zero(off_j)
    said = f"A query takes {on_j:.4g} J with reasoning on and {off_j:.4g} J with it off"
    seen: dict[str, Any] = {"on_j": on_j, "off_j": off_j, "comparison_j": comparison_j}
    if comparison_j is None:
        return unverifiable(
            check.id,
            f"{said}; by how much two such figures differ by chance is not yet known.",
            "More starts in this cell will tell: they give the comparison interval.",
            **seen,
        )
    if not (math.isfinite(comparison_j) and comparison_j >= 0):
        raise BadInput("A comparison interval is negative or not finite.", "Give its half-width, or none.")
    if on_j < off_j - comparison_j:
        return failed(
            check.id,
            f"{said}: less by more than the {comparison_j:.3g} J that two such figures differ by chance. "
            "The switch did nothing, or another thing.",
            check.remedy,
            check.severity,
            **seen,
        )
    return passed(check.id, f"{said}: ×{on_j / off_j:.3g}.", check.severity, **seen)


def _compared(ratio: float) -> str:
    """What stands here against what stands there: "33.3 % less here"."""
    return f"{ratio - 1:.1%} more here" if ratio > 1 else f"{1 - ratio:.1%} less here"


def _above_zero(energy_j: float) -> None:
    if not (math.isfinite(energy_j) and energy_j > 0):
        raise BadInput(
            "An energy to be compared is missing, zero, negative or not finite.", "Compare measured runs."
        )
