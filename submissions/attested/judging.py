"""Every check of a bundle: those of METHOD §3, made again from the raw samples, and those of its coming."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from leaderboard import __version__, catalogue
from leaderboard.domain import (
    Device,
    Finding,
    MeasurementFailed,
    Person,
    Provenance,
    Run,
    Severity,
    StarwattError,
    failed,
    passed,
    unverifiable,
)
from leaderboard.judging.again import judge_again
from leaderboard.judging.energies import Recomputed, recompute
from leaderboard.judging.samples import Sample
from submissions.attested.opening import Opened
from submissions.attested.refusing import MEASURE

_CLOCKS = timedelta(minutes=5)
"""What the clocks of two machines may differ by."""


class Judged(NamedTuple):
    """What was found of a bundle."""

    findings: list[Finding]
    recomputed: Recomputed


def judge_bundle(opened: Opened, person: Person, given_at: datetime, at: datetime) -> Judged:
    """All checks, those first that say what kind of run it is. A finding that rejects refuses the bundle.

    Args:
        given_at: when its nonce was given out.
        at: now, by this Space's clock.
    """
    run, samples = opened.run, opened.samples
    findings = [
        is_measured(run),
        is_official(run),
        is_of_this_harness(run),
        is_planned_here(run),
        has_its_windows(run),
        is_scored_as_catalogued(run),
    ]
    if any(finding.rejects for finding in findings):
        # What is not a run of ours is not held to the checks of one.
        return Judged(findings, Recomputed(None, None))
    findings += [
        ran_after(run, given_at, at),
        trace_in_its_time(run, samples),
        speaks_for_model(run, person),
    ]
    try:
        return Judged([*findings, *judge_again(run, samples)], recompute(run, samples))
    except (ArithmeticError, ValueError, MeasurementFailed) as error:
        # Numbers that each may be and together cannot: sums past any float, clocks that run backwards.
        impossible = failed(
            "figures-possible", f"No figure follows from the record ({error})."[:300], MEASURE
        )
        return Judged([*findings, impossible], Recomputed(None, None))


def is_measured(run: Run) -> Finding:
    """What the harness itself stamped; what the record says against it, `provenance-as-found` tells."""
    if run.provenance is Provenance.MEASURED:
        return passed("measured", "The harness read a hardware's own energy counter.")
    name = run.provenance.value
    return failed(
        name,
        f"The run is {name}: {run.provenance.sentence} It is no fact about a card.",
        "Measure on the card itself, with its driver's own NVML and the sandbox.",
    )


def is_official(run: Run) -> Finding:
    plan, known = run.plan, catalogue.hardware_classes()
    hardware = known.get(plan.hardware)
    real = hardware is not None and not hardware.development and plan.device is Device.CUDA
    if plan.profile.id == "official" and real:
        return passed("official", f"An official run for {plan.hardware}.")
    return failed(
        "official",
        f"This is a {plan.profile.id} run for {plan.hardware[:40]} on the {plan.device.value}; "
        "only official ones on a GPU of ours are listed.",
        f"Plan with --profile official and one of {', '.join(_gpus())}.",
    )


def _gpus() -> Iterable[str]:
    return (id for id, hardware in catalogue.hardware_classes().items() if not hardware.development)


def is_of_this_harness(run: Run) -> Finding:
    """Another version measures otherwise; of the same version, other files are for an operator to judge."""
    name = "harness-as-released"
    if run.plan.harness != __version__:
        return failed(
            name,
            f"It was measured by harness {run.plan.harness[:20]}; this Space judges {__version__}.",
            f"Measure again with version {__version__}.",
        )
    known = catalogue.known_harness(__version__)
    if known is None or run.harness_hash is None:
        return unverifiable(name, "The checksum of the harness' files is not known.")
    if run.harness_hash != known:
        return failed(
            name,
            f"Its files are not those of the release: their sha256 is {run.harness_hash[:12]}….",
            f"Measure with an unchanged checkout of version {__version__}.",
            Severity.FLAG,
        )
    return passed(name, f"Harness {__version__}, its files as released.", Severity.FLAG)


def is_planned_here(run: Run) -> Finding:
    """The plan again from its own words: nothing in it may be the submitter's own rule."""
    name, plan = "plan-as-catalogued", run.plan
    try:
        again = catalogue.plan_again(plan)
    except StarwattError as error:
        return failed(name, error.message, error.remedy)
    own, due = plan.model_dump(mode="json"), again.model_dump(mode="json")
    differ = [field for field in due if own.get(field) != due[field]]
    if differ:
        return failed(
            name,
            f"The plan's {', '.join(differ)} is not what this catalogue plans.",
            "Make it with `python -m runners plan` of this version, and measure again.",
            fields=differ,
        )
    return passed(name, "The plan is the one that this catalogue makes.")


def has_its_windows(run: Run) -> Finding:
    """Each rated phase in each start just as often as planned, none twice, those that explain once."""
    name, plan, profile = "windows-as-planned", run.plan, run.plan.profile
    if plan.task not in catalogue.tasks() or plan.protocol not in catalogue.protocols():
        return failed(name, "The run is of a task or protocol that is not in the catalogue.", MEASURE)
    task = catalogue.task_of(plan)
    due = {
        (start, phase, repeat)
        for start in range(profile.starts)
        for phase in task.phases
        for repeat in range(profile.windows)
    }
    beside = {(start, phase, 0) for start in range(profile.starts) for phase in task.metered}
    found = Counter((window.start, window.phase, window.repeat) for window in run.windows)
    missing, more = due - set(found), set(found) - due - beside
    if missing or more or any(times > 1 for times in found.values()):
        told = f"{len(missing)} of its {len(due)} windows are missing, and {len(more)} were not planned"
        return failed(name, f"{told}; each is there once in a whole run.", MEASURE)
    return passed(name, f"All {len(due)} windows are there once.")


def is_scored_as_catalogued(run: Run) -> Finding:
    """Quality stands beside others' of the same metric, in its unit."""
    name, task = "quality-as-catalogued", catalogue.tasks().get(run.plan.task)
    due = None if task is None else task.quality.metric
    if run.quality.metric != due:
        return failed(name, f"Quality is told as {run.quality.metric[:40]}, and not as {due}.", MEASURE)
    return passed(name, f"Quality is told as {due}.")


def ran_after(run: Run, given_at: datetime, at: datetime) -> Finding:
    name = "run-after-nonce"
    if run.started_at < given_at - _CLOCKS:
        return failed(name, "The run began before its nonce was given.", MEASURE)
    if run.finished_at > at + _CLOCKS or run.finished_at < run.started_at:
        return failed(name, "The run ends in the future, or before it began: a clock was wrong.", MEASURE)
    return passed(name, "The run began after its nonce was given, and is over.")


def trace_in_its_time(run: Run, samples: list[Sample]) -> Finding:
    """The wall clock in the samples, against the run's: a trace of another day is another run's."""
    name = "trace-of-this-run"
    told = [sample.wall_s for sample in samples if sample.wall_s is not None]
    if not told:
        return failed(name, "The trace tells no wall clock, which every trace of the harness does.", MEASURE)
    slack_s = _CLOCKS.total_seconds()
    first, last = run.started_at.timestamp() - slack_s, run.finished_at.timestamp() + slack_s
    if min(told) < first or max(told) > last:
        return failed(name, "The trace is of another time than the run.", MEASURE)
    return passed(name, "The trace is of the run's own time.")


def speaks_for_model(run: Run, person: Person) -> Finding:
    """A figure under somebody's name is theirs to give: by name, which is all that a closed model has."""
    name, org = "speaks-for-model", run.plan.model.org
    names = {person.name.lower(), *(one.name.lower() for one in person.orgs)}
    if person.operator or org.lower() in names:
        return passed(name, f"{person.name} may speak for {org}.")
    return failed(
        name,
        f"{run.plan.model.repo_id} is named as {org}'s, for whom {person.name} does not speak.",
        f"Let a member of {org} hand it in, or plan it under a name of your own.",
    )
