"""Findings whose name, severity and remedy come from the catalogue, so that no threshold hides in code."""

from __future__ import annotations

from typing import Any

from leaderboard import catalogue
from leaderboard.domain import Finding, Run, Severity, failed, passed, unverifiable


def good(check: str, message: str, **evidence: Any) -> Finding:
    """The check looked and found nothing wrong."""
    return passed(check, message, catalogue.check(check).severity, **_with_limits(check, evidence))


def bad(
    check: str, message: str, *, remedy: str = "", severity: Severity | None = None, **evidence: Any
) -> Finding:
    """The check found a fault.

    Args:
        remedy: instead of the catalogue's, where this fault has a better one.
        severity: instead of the catalogue's, where METHOD tells degrees of it apart.
    """
    asked = catalogue.check(check)
    return failed(
        check, message, remedy or asked.remedy, severity or asked.severity, **_with_limits(check, evidence)
    )


def unseen(check: str, message: str, *, severity: Severity = Severity.FLAG, **evidence: Any) -> Finding:
    """The check could not look."""
    return unverifiable(check, message, severity=severity, **_with_limits(check, evidence))


def if_quick(run: Run) -> Severity:
    """Of what makes a run another measurement than everybody's: a quick one stays in development editions
    anyhow."""
    return Severity.FLAG if run.plan.profile.id == "quick" else Severity.REJECT


def _with_limits(check: str, evidence: dict[str, Any]) -> dict[str, Any]:
    """The figures looked at, with the thresholds they were held to."""
    limits = catalogue.check(check).limits
    return {**evidence, **({"limits": dict(limits)} if limits and evidence else {})}
