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
    "bench_killed": Fault.OURS,
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


_ANOTHER_TRY = {
    "hub_unavailable",
    "space_unavailable",
    "storage_unavailable",
    "unavailable",
    "no_reading",
    "bench_killed",
}
"""Kinds of errors that another try, or another machine, may not meet."""
_UNFIT = {"no_reading"}
"""Those of them that say that a machine is unfit."""
UNFIT_CHECKS = frozenset(
    {
        "boards-unchanged",
        "clock-steady",
        "clocks-unlocked",
        "control-as-usual",
        "counter-agrees-with-power",
        "counter-rises",
        "exclusive",
        "gpu-count",
        "gpu-identity",
        "hardware-matches",
        "idle-as-usual",
        "mig-off",
        "no-foreign-process",
        "not-throttled",
        "power-limit-default",
        "power-plausible",
        "temperature-steady",
        "windows-agree",
    }
)
"""Checks of a run that a machine fails and not a model: it throttles, drifts, or is not alone."""


def worth_another_try(code: str) -> bool:
    """Whether a run that ended with this kind of error is tried again by itself."""
    return code in _ANOTHER_TRY


def unfit_by_code(code: str) -> bool:
    """Whether this kind of error says that the machine is not fit to measure."""
    return code in _UNFIT


def unfit_by_findings(rejecting: Sequence[Finding]) -> Finding | None:
    """The finding that says that the machine is not fit to measure; None: the run was rejected for another
    reason, which another machine would find too."""
    if any(finding.name not in UNFIT_CHECKS for finding in rejecting):
        return None
    return rejecting[0] if rejecting else None


def fault_of_findings(rejecting: Sequence[Finding]) -> Fault:
    """Ours, unless one of the checks that failed asks something of the model itself."""
    checks = catalogue.checks()
    known = [checks[finding.name].fault for finding in rejecting if finding.name in checks]
    if len(known) < len(rejecting) or not known:
        return Fault.UNKNOWN
    return Fault.THEIRS if "theirs" in known else Fault.OURS
