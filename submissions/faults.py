"""Whose fault it was that a submission ended without a figure: written into its last event, once."""

from __future__ import annotations

from collections.abc import Sequence

from leaderboard import catalogue
from leaderboard.domain import Fault, Finding

_OF_CODE = {
    "hub_unavailable": Fault.OURS,
    "space_unavailable": Fault.OURS,
    "storage_unavailable": Fault.OURS,
    "unavailable": Fault.OURS,
    "no_reading": Fault.OURS,
    "unpinned": Fault.OURS,
    "measurement_failed": Fault.OURS,
    "forbidden": Fault.THEIRS,
    "not_found": Fault.THEIRS,
    "refused": Fault.THEIRS,
    "bad_input": Fault.THEIRS,
    "bad_file": Fault.THEIRS,
}
"""By the kind of error that a runner names. A process that died (`child_failed`) may have been either."""


def fault_of_code(code: str) -> Fault:
    """Whose fault an error of this kind is (`leaderboard.domain.errors`)."""
    return _OF_CODE.get(code, Fault.UNKNOWN)


def fault_of_findings(rejecting: Sequence[Finding]) -> Fault:
    """Ours, unless one of the checks that failed asks something of the model itself."""
    checks = catalogue.checks()
    known = [checks[finding.name].fault for finding in rejecting if finding.name in checks]
    if len(known) < len(rejecting) or not known:
        return Fault.UNKNOWN
    return Fault.THEIRS if "theirs" in known else Fault.OURS
