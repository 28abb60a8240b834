"""Checks as data: what is asked of a run, how strictly, and where that comes from (METHOD §3)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from leaderboard.domain.findings import Severity
from leaderboard.domain.words import KebabId, Word


class Check(Word):
    """One row of `catalogue/checks/`: a finding bears its name and its severity."""

    id: KebabId
    title: str
    """As people call it: "Temperature is steady"."""
    asks: str
    """One sentence: what must be so, and why it matters."""
    when: Literal["before", "during", "after"]
    """Before the run, from its trace, or from its finished record."""
    severity: Severity
    """What a failure means."""
    limits: dict[str, float] = Field(default_factory=dict)
    """Thresholds by name; units in the names, fractions without."""
    tentative: bool = False
    """Whether its thresholds are still to be tuned on real cards (METHOD, the figures marked †)."""
    remedy: str
    """What to do when it fails."""
    fault: Literal["ours", "theirs"] = "ours"
    """Whose fault a failure is: the machine's that measured, or the model's (what was submitted)."""
    source: str
    """Where the check and its thresholds come from."""

    def limit(self, name: str) -> float:
        """A threshold; KeyError names one that the catalogue does not have."""
        return self.limits[name]
