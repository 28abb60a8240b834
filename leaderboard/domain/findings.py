"""What a check found. Submission checks and run verification speak the same way."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from pydantic import Field

from leaderboard.domain.words import Word


class Severity(StrEnum):
    """What follows when the check fails."""

    NOTE = "note"
    FLAG = "flag"
    REJECT = "reject"


class Outcome(StrEnum):
    """What a check saw."""

    PASSED = "passed"
    FAILED = "failed"
    UNVERIFIABLE = "unverifiable"


class Finding(Word):
    """One check, what came out, and what to do about it."""

    name: str
    """The check's own name, kebab-case."""
    severity: Severity
    """What a failure means: a note, a flag beside the figure, or no figure at all."""
    outcome: Outcome
    """passed, failed, or unverifiable where the environment hides the truth."""
    message: str
    """What was found and why it matters, for a person."""
    remedy: str = ""
    """What to do about it; empty when nothing needs doing."""
    evidence: dict[str, Any] = Field(default_factory=dict)
    """The figures the check looked at, in SI units."""

    @property
    def rejects(self) -> bool:
        return self.outcome is Outcome.FAILED and self.severity is Severity.REJECT


def passed(name: str, message: str, severity: Severity = Severity.REJECT, **evidence: Any) -> Finding:
    """The check looked and found nothing wrong; `evidence` in SI units."""
    return Finding(name=name, severity=severity, outcome=Outcome.PASSED, message=message, evidence=evidence)


def failed(
    name: str, message: str, remedy: str, severity: Severity = Severity.REJECT, **evidence: Any
) -> Finding:
    """The check found a fault; `remedy` says how to mend it."""
    return Finding(
        name=name,
        severity=severity,
        outcome=Outcome.FAILED,
        message=message,
        remedy=remedy,
        evidence=evidence,
    )


def unverifiable(
    name: str, message: str, remedy: str = "", severity: Severity = Severity.FLAG, **evidence: Any
) -> Finding:
    """The check could not look, because the environment hides the truth."""
    return Finding(
        name=name,
        severity=severity,
        outcome=Outcome.UNVERIFIABLE,
        message=message,
        remedy=remedy,
        evidence=evidence,
    )


def rejections(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that forbid a figure, in their order."""
    return [finding for finding in findings if finding.rejects]
