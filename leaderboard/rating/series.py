"""Whether a reading is as the earlier ones of its series: idle power, control model (METHOD §3.2, §3.8)."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from leaderboard.domain import Check, Finding, Severity, failed, passed, unverifiable


def as_usual(check: Check, value: float, earlier: Sequence[float], unit: str) -> Finding:
    """Hold a reading to the median of its series.

    Args:
        check: with the limits `tolerance` (a fraction) and `least_history` (how many readings tell).
        value: the reading.
        earlier: of the same board and driver, the same kind; those that were out of line left out.
        unit: of the reading, for the message.
    """
    least, tolerance = int(check.limit("least_history")), check.limit("tolerance")
    if len(earlier) < least:
        return unverifiable(
            check.id,
            f"{value:.4g} {unit}; this board has {len(earlier)} of the {least} readings it needs.",
            severity=Severity.FLAG,
            value=value,
        )
    usual = median(earlier)
    found = f"{value:.4g} {unit}, {value / usual - 1:+.1%} from this board's median of {usual:.4g} {unit}"
    evidence: dict[str, Any] = {"value": value, "median": usual, "readings": len(earlier)}
    evidence["limits"] = dict(check.limits)
    if abs(value / usual - 1) > tolerance:
        message = f"{found}; {tolerance:.0%} are allowed."
        return failed(check.id, message, check.remedy, check.severity, **evidence)
    return passed(check.id, f"{found}.", check.severity, **evidence)
