"""A sweep judged again: each rung as the run that it is (METHOD §2, §3.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leaderboard.domain import BrokenRung, Finding, Run, Sweep, SweepRung, of_rung, rejections
from leaderboard.judging.outcome import bad, good
from leaderboard.judging.samples import Sample

Judge = Callable[[Run, Sequence[Sample]], list[Finding]]


def judge_rungs(run: Run, sweep: Sweep, samples: Sequence[Sample], judge: Judge) -> list[Finding]:
    """The findings of the base rung, whose figures are the run's, and one that tells of all the others.

    Args:
        judge: makes every check of one run.
    """
    base = sweep.base
    findings = judge(of_rung(run, base), _own(samples, base))
    wrong: dict[str, list[str]] = {}
    for rung in sweep.rungs:
        known = {finding.name for finding in rejections(rung.findings)}
        again = findings if rung is base else judge(of_rung(run, rung), _own(samples, rung))
        # What the record tells of itself is its own affair; what it does not tell is ours.
        new = [finding.name for finding in rejections(again) if finding.name not in known]
        if new:
            wrong[rung.words] = new
    return [*findings, _rungs(run, sweep, wrong)]


def _own(samples: Sequence[Sample], rung: SweepRung) -> list[Sample]:
    return [sample for sample in samples if sample.rung == rung.words]


def _rungs(run: Run, sweep: Sweep, wrong: dict[str, list[str]]) -> Finding:
    name, base = "rungs-as-told", of_rung(run, sweep.base)
    if wrong:
        told = "; ".join(f"{words}: {', '.join(names)}" for words, names in wrong.items())
        return bad(name, f"Judged again, rungs are found otherwise: {told}.", rungs=wrong)
    own = [field for field in SweepRung.model_fields if field in Run.model_fields and field not in _SESSION]
    differ = [field for field in own if getattr(run, field) != getattr(base, field)]
    if differ:
        return bad(name, f"The run's {', '.join(differ)} are not those of its {sweep.base.words}.")
    ladder = set(run.plan.ladder.rungs) if run.plan.ladder else set()
    every: list[SweepRung | BrokenRung] = [*sweep.rungs, *sweep.broken]
    strange = [rung.words for rung in every if (rung.precision, rung.batch) not in ladder]
    if strange:
        return bad(name, f"The plan has no {', '.join(strange)}.", rungs=strange)
    return good(name, f"All {len(sweep.rungs)} rungs are found as they say.")


_SESSION = ("started_at", "finished_at")
"""Of the sweep the first and the last of its rungs'."""
