"""A run judged again from its record and its raw samples, by whoever was handed them (METHOD §3.6).

`python -m runners verify OUT/` does so with a folder, and the Space with an attested bundle.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from leaderboard import catalogue
from leaderboard.domain import Finding, HardwareClass, Provenance, Run, Task, Window
from leaderboard.judging import TOLD, judge
from leaderboard.judging.origin import is_drivers_own
from leaderboard.judging.outcome import bad, good, unseen
from leaderboard.judging.rungs import judge_rungs
from leaderboard.judging.samples import STEP, Sample
from leaderboard.rating.aggregate import aggregate, figures

_NEAR_S = 2.0
"""How far from an edge a reading of the counter may lie that belongs to it."""


def judge_again(run: Run, samples: Sequence[Sample]) -> list[Finding]:
    """Every check: made again from record and trace, or as told where only the harness could.

    Raises:
        UnknownName: the run is of a task or hardware class that this catalogue does not have.
    """
    if run.sweep is not None:
        return judge_rungs(run, run.sweep, samples, judge_again)
    task, hardware = catalogue.task_of(run.plan), catalogue.hardware(run.plan.hardware)
    again = judge(run, samples, task, hardware, catalogue.profile(run.plan.profile.id))
    made = {finding.name for finding in again}
    told = [finding for finding in run.findings if finding.name not in made]
    return [
        *again,
        _figures(run, task),
        _counter(run, samples),
        _provenance(run, hardware),
        _catalogue(run),
        _as_told(run, again),
        *told,
    ]


def _figures(run: Run, task: Task) -> Finding:
    name = "figures-follow-from-windows"
    total = aggregate(run.windows, task.phases)
    pairs: dict[str, tuple[float | None, float | None]] = {
        "energy_per_query_j": (run.energy_per_query_j, total.energy_per_query_j),
        "repeatability_j": (run.repeatability_j, total.repeatability_j),
        "latency_s": (run.latency_s, total.seconds_per_query),
    }
    idle = [stage.mean_power_w for stage in run.stages if stage.kind == "idle"]
    if idle:
        pairs["idle_power_w"] = (run.idle_power_w, idle[0])
    if run.figures is not None:
        beside = figures(
            run.windows,
            task.phases,
            run.idle_power_w,
            task.unit,
            explains=task.metered,
            correct=run.quality.correct,
        ).model_dump()
        pairs |= {figure: (told, beside[figure]) for figure, told in run.figures.model_dump().items()}
    tolerance = catalogue.check(name).limit("tolerance")
    wrong = [
        figure
        for figure, (told, found) in pairs.items()
        if told is not None
        and (found is None or not math.isclose(told, found, rel_tol=tolerance, abs_tol=1e-15))
    ]
    if wrong:
        return bad(
            name,
            f"{', '.join(wrong)} cannot have come from the windows in the record.",
            recomputed={figure: pairs[figure][1] for figure in wrong},
        )
    return good(name, "The figures are those of the windows.")


def _counter(run: Run, samples: Sequence[Sample]) -> Finding:
    """Every window's energy, made again from the counter's readings beside its edges."""
    name = "energy-follows-from-counter"
    read = [sample for sample in samples if sample.counter_j is not None]
    steps = _series(sample for sample in read if sample.phase == STEP)
    if not steps and run.environment.boards:
        return bad(name, "The trace keeps no readings of the GPU's counter beside the windows' edges.")
    if not steps:
        return unseen(name, "The trace keeps no readings of a counter: this meter has none.")
    if run.environment.gpus > 1:
        return unseen(name, "Several counters step at different moments; the trace keeps their sum alone.")
    # Each series by itself: the moments of the one are a little finer than those of the other.
    for series in (steps, _series(sample for sample in read if sample.phase != STEP)):
        for (_, before_j), (time_s, after_j) in pairwise(series):
            if after_j < before_j:
                back = f"from {before_j:.6g} J back to {after_j:.6g} J"
                return bad(name, f"The counter in the trace goes {back}, which none does.", time_s=time_s)
    worst, tolerance = 0.0, catalogue.check(name).limit("tolerance")
    for window in run.windows:
        again_j = _nearest_j(steps, window)
        differ = math.inf if again_j is None else abs(again_j / window.energy_j - 1)
        worst = max(worst, differ)
        if differ > tolerance:
            found = "no readings beside its edges" if again_j is None else f"{again_j:.6g} J by the counter"
            return bad(
                name,
                f"The {window.phase} window {window.repeat + 1} of start {window.start + 1} has "
                f"{window.energy_j:.6g} J in the record and {found}.",
                energy_j=window.energy_j,
                counter_j=again_j,
            )
    return good(name, "Every window's energy is the counter's.", worst=worst)


def counted_j(samples: Sequence[Sample], window: Window) -> float | None:
    """A window's energy by the counter's readings beside its edges, J; None where they do not give it."""
    return _nearest_j(_series(sample for sample in samples if sample.phase == STEP), window)


def _nearest_j(steps: Sequence[tuple[float, float]], window: Window) -> float | None:
    energies = _energies(steps, window)
    return min(energies, key=lambda energy: abs(energy - window.energy_j), default=None)


def _series(samples: Iterable[Sample]) -> list[tuple[float, float]]:
    """Time and counter of samples, in the order of their times."""
    return sorted((sample.time_s, sample.counter_j) for sample in samples if sample.counter_j is not None)


def _energies(steps: Sequence[tuple[float, float]], window: Window) -> list[float]:
    """The energies a window may have by the counter's readings beside its edges, J."""
    return [end - begin for begin in _reached(steps, window.start_s) for end in _reached(steps, window.end_s)]


def _reached(steps: Sequence[tuple[float, float]], time_s: float) -> list[float]:
    """What the counter may have reached at a moment: on the line between the readings before and after it,
    or, where the edge itself was made so because none was seen before it, of the two after it."""
    before = [step for step in steps if step[0] < time_s and time_s - step[0] < _NEAR_S]
    after = [step for step in steps if 0 <= step[0] - time_s < _NEAR_S]
    lines = [(before[-1], after[0])] if before and after else []
    lines += [(after[0], after[1])] if len(after) > 1 else []
    exact = [after[0][1]] if after and after[0][0] == time_s else []
    return exact or [
        first_j + (second_j - first_j) * (time_s - first_s) / (second_s - first_s)
        for (first_s, first_j), (second_s, second_j) in lines
    ]


def _catalogue(run: Run) -> Finding:
    name = "task-as-catalogued"
    if run.plan.task_hash != catalogue.task_hash(run.plan.task):
        return bad(name, f"The run's {run.plan.task} is not this catalogue's: its content hash differs.")
    return good(name, "The task is this catalogue's.")


def _provenance(run: Run, hardware: HardwareClass) -> Finding:
    """Never better than hardware, NVML and sandbox allow."""
    name, found = "provenance-as-found", run.environment
    if run.plan.device is not hardware.device:
        best, why = Provenance.SIMULATED, f"the model ran on the {run.plan.device.value}"
    elif found.boards and not is_drivers_own(found.nvml_origin or ""):
        best, why = Provenance.SIMULATED, "NVML is not known to be the driver's own"
    elif found.sandbox == "none":
        best, why = Provenance.ESTIMATED, "the model ran without a sandbox"
    else:
        return good(name, f"Nothing in the record speaks against {run.provenance.value}.")
    order = list(Provenance)
    if order.index(run.provenance) < order.index(best):
        return bad(name, f"The run is called {run.provenance.value}, but {why}: it is {best.value} at best.")
    return good(name, f"It is {run.provenance.value}, as the record allows: {why}.")


def _as_told(run: Run, again: Sequence[Finding]) -> Finding:
    """The record's own findings, against those made of it now."""
    name = "findings-as-told"
    told = {finding.name: finding for finding in run.findings}
    differ = [
        finding.name
        for finding in again
        if finding.name not in told
        or (told[finding.name].outcome, told[finding.name].severity) != (finding.outcome, finding.severity)
    ]
    # What only the harness could see can be left out, but not unnoticed.
    missing = [check for check in TOLD if run.environment.boards and check not in told]
    if missing:
        return bad(name, f"The record does not tell of {', '.join(missing)}.", checks=missing)
    if differ:
        return bad(
            name,
            f"Judged again, the run is found otherwise in: {', '.join(differ)}.",
            checks=differ,
        )
    return good(name, "Judged again, the run is found as it says.")
