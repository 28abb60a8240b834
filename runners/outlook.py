"""What a trial on one's own machine says of an official run: for authors, before they submit."""

from __future__ import annotations

from leaderboard import catalogue
from leaderboard.domain import (
    Finding,
    HardwareClass,
    Outcome,
    Precision,
    Run,
    Severity,
    failed,
    passed,
    weights_gb,
)

OF_THE_MODEL = frozenset(
    {
        "energy-positive",
        "precision-as-planned",
        "quality-floor",
        "queries-answered",
        "tokens-as-budgeted",
        "weights-complete",
    }
)
"""Checks whose outcome the model decides and not the machine; the others say nothing of another machine."""


def outlook(run: Run, hardware: HardwareClass) -> list[Finding]:
    """What stands for or against an official run of the same model on a hardware class, as far as a trial can
    tell. The class's own checks of its boards are not among it."""
    official = catalogue.task(run.plan.task)
    found = [_fits(run, hardware), _precision(run, hardware)]
    queries = official.dataset
    if queries.revision is None:
        found.append(
            failed(
                "dataset-pinned",
                f"Official runs of this task are refused until {queries.repo_id} is pinned.",
                "An operator of the board pins it: `python -m leaderboard catalogue pin`.",
                severity=Severity.FLAG,
            )
        )
    cut = run.plan.output_tokens != official.output.tokens
    for finding in run.findings:
        if finding.name not in OF_THE_MODEL or finding.outcome is not Outcome.FAILED:
            continue
        if finding.name == "tokens-as-budgeted" and cut and finding.severity is Severity.FLAG:
            found.append(
                passed(
                    "output-budget",
                    f"The trial let it write {run.plan.output_tokens} tokens a query; an official run "
                    f"lets it write {official.output.tokens}.",
                    Severity.NOTE,
                )
            )
            continue
        found.append(finding)
    if run.quality.value is None:
        reason = f"Quality was not scored: {run.quality.reason}"
        found.append(failed("quality-known", reason, "", severity=Severity.NOTE))
    return found


def _fits(run: Run, hardware: HardwareClass) -> Finding:
    precision = _planned(run, hardware)
    needs_gb, room_gb = weights_gb(run.model.params, precision), hardware.room_gb
    said = f"{run.model.params:,} parameters in {precision} take {needs_gb:.3g} GB"
    if room_gb is None:
        return passed("fits-the-card", f"{said}.")
    said += f"; {hardware.title} has room for {room_gb:g} GB beside what they work on."
    if needs_gb > room_gb:
        return failed("fits-the-card", said, "Choose hardware with more memory, or a smaller precision.")
    return passed("fits-the-card", said)


def _planned(run: Run, hardware: HardwareClass) -> Precision:
    """The precision an official run would have: a quantised checkpoint's own, else the class's."""
    own = run.plan.model.precision
    return own if own in ("int8", "int4", "fp8") else hardware.default_precision


def _precision(run: Run, hardware: HardwareClass) -> Finding:
    planned, own = _planned(run, hardware), run.plan.model.precision
    if planned not in hardware.precisions:
        has = f"It has {', '.join(hardware.precisions)}."
        return failed("precision", f"{hardware.title} is not measured in {planned}.", has)
    if planned != own:
        return failed(
            "precision",
            f"The trial ran in {own}; on {hardware.title} the model runs in {planned}, which holds less.",
            f"Try --precision {planned} too.",
            severity=Severity.NOTE,
        )
    return passed("precision", f"The trial ran in {own}, as an official run would.")
