"""How a bundle is refused: by a finding with a name, a reason and a remedy."""

from __future__ import annotations

from collections.abc import Sequence

from leaderboard.domain import Finding, Refused, failed

AGAIN = "Pack the run's folder again with `python -m runners bundle`, and send that file as it is."
MEASURE = "Measure again with a new nonce, and pack what `runners bench` wrote as it is."
_LONGEST = 500
"""Letters of a reason; a hostile number can be as long as it likes."""


def refuse(name: str, message: str, remedy: str, beside: Sequence[Finding] = ()) -> Refused:
    """The refusal to be raised.

    Args:
        beside: the other findings, where judging has come so far.
    """
    return refuse_for(failed(name, message, remedy), beside)


def refuse_for(finding: Finding, beside: Sequence[Finding] = ()) -> Refused:
    """The refusal that a finding makes; it stands first among the others."""
    others = [other for other in beside if other is not finding]
    told = finding.message if len(finding.message) <= _LONGEST else finding.message[:_LONGEST] + "…"
    return Refused(f"{told} ({finding.name})", finding.remedy, [finding, *others])
