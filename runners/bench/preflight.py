"""Whether this harness would measure what the plan says, there, and how far to trust it (METHOD §3)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence, Set
from itertools import pairwise
from statistics import median

from leaderboard import __version__, catalogue
from leaderboard.catalogue.ladders import block_of
from leaderboard.domain import (
    BadInput,
    Exclusivity,
    Finding,
    HardwareClass,
    MeasurementFailed,
    NoReading,
    Plan,
    Provenance,
    Task,
    Unpinned,
    rejections,
)
from leaderboard.judging import boards
from leaderboard.judging.origin import is_drivers_own
from leaderboard.judging.outcome import bad, good, unseen
from runners.bench.edges import CounterWatch
from runners.bench.gpu import GpuFacts
from runners.bench.meter import Meter
from runners.bench.state import foreign, is_contained


def check_plan(plan: Plan) -> tuple[Task, HardwareClass]:
    """The plan's task and hardware, if this harness would measure the same as was planned.

    Raises:
        BadInput: the plan was made for another catalogue or harness.
        Unpinned: an official run with an unpinned data set (METHOD §2).
    """
    task, hardware = catalogue.task(plan.task), catalogue.hardware(plan.hardware)
    again = "Make it anew with `python -m runners plan`."
    if plan.harness != __version__:
        raise BadInput(f"The plan is for harness {plan.harness}; this is {__version__}.", again)
    if plan.task_hash != catalogue.task_hash(plan.task):
        raise BadInput(f"The plan's {plan.task} is not this catalogue's: its content hash differs.", again)
    if not catalogue.protocol(plan.protocol).available:
        raise BadInput(f"The protocol {plan.protocol} is not run here yet.", "Use offline-b1.")
    if (plan.ladder is None) == bool(catalogue.protocol(plan.protocol).batches):
        raise BadInput(f"The plan's ladder is not one of {plan.protocol}.", again)
    if plan.dataset.revision is None and plan.profile.id == "official":
        raise Unpinned(
            f"An official run needs pinned queries; {plan.dataset.repo_id} has no revision.",
            "Pin it with `python -m leaderboard catalogue pin`, or use the quick profile.",
        )
    if plan.profile.id == "official" and _own_rules(plan, task):
        raise BadInput(f"The plan's {_own_rules(plan, task)} is its own, not the catalogue's.", again)
    return task.under(catalogue.protocol(plan.protocol)), hardware


def _own_rules(plan: Plan, task: Task) -> str:
    """What an official plan has otherwise than the catalogue; empty when nothing."""
    profile, protocol = catalogue.profile(plan.profile.id), catalogue.protocol(plan.protocol)
    rules = {
        "profile": (plan.profile, profile),
        "data set": (plan.dataset, task.dataset),
        "block": (plan.block, block_of(task, profile, protocol)),
        "ladder": (plan.ladder.batches if plan.ladder else (), protocol.batches),
        "longest input": (plan.max_input_tokens, task.input.tokens),
        "output": (plan.output_tokens, task.output.tokens),
    }
    return next((name for name, (own, due) in rules.items() if own != due), "")


def provenance_of(
    plan: Plan, hardware: HardwareClass, meter: Meter, sandboxed: bool, gpus: GpuFacts | None
) -> Provenance:
    """How far the figure can be trusted: never further than its meter, its hardware and its sandbox allow."""
    if plan.device is not hardware.device or (gpus is not None and not is_drivers_own(gpus.origin)):
        return Provenance.SIMULATED
    if meter.provenance is Provenance.MEASURED and not sandboxed:
        return Provenance.ESTIMATED
    return meter.provenance


def exclusivity(gpus: GpuFacts, vouched: bool, *, contained: bool | None = None) -> Exclusivity:
    """How it is known that the GPUs are this run's alone."""
    hidden = gpus.running is None or (is_contained() if contained is None else contained)
    if not hidden:
        return "seen"
    return "vouched" if vouched else "unknown"


def look_at(
    gpus: GpuFacts, hardware: HardwareClass, known: Exclusivity, own: Set[int] = frozenset()
) -> list[Finding]:
    """Everything that can be seen of the boards before a run, in the order in which one would mend things.

    Args:
        own: processes that may be on them already: those of a server that is to be measured.
    """
    return [
        *boards.examine(gpus.boards, hardware),
        boards.origin(gpus.origin),
        _nobody_yet(gpus, own),
        boards.exclusive(known, gpus.origin),
    ]


def _nobody_yet(gpus: GpuFacts, own: Set[int]) -> Finding:
    """Before the model's process is started, whatever is on the GPUs is somebody else's."""
    name = "no-foreign-process"
    others = foreign(gpus.running, set(own))
    if others:
        return bad(
            name,
            f"{others} other process{'es are' if others > 1 else ' is'} on the GPUs before the run.",
            most=others,
        )
    if others is None:
        return unseen(name, "NVML does not show the processes on the GPUs here.")
    return good(name, "Nothing is on the GPUs before the run.")


def counter_rises(
    meter: Meter,
    observe_s: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Finding, float | None]:
    """Watch the counters for a while; the finding, and T, the time between two of their steps, seconds.

    Raises:
        NoReading: a counter cannot be read.
    """
    name, limits = "counter-rises", catalogue.check("counter-rises").limits
    watch = CounterWatch(meter, clock, sleep)
    until_s = clock() + observe_s
    try:
        while clock() < until_s:
            watch.pause()
    except NoReading as error:
        return bad(name, error.message, remedy=error.remedy, observed_s=observe_s), None
    times = watch.step_times()
    still = [number for number, steps in enumerate(times) if len(steps) < 2]
    if still or not times:
        which = f"The energy counter of GPU {still[0] if still else 0}"
        return bad(name, f"{which} did not move twice in {observe_s:g} s.", observed_s=observe_s), None
    step_s = median(after - before for steps in times for before, after in pairwise(steps))
    if not limits["shortest_step_s"] <= step_s <= limits["longest_step_s"]:
        found = f"The energy counter steps every {step_s * 1000:.0f} ms"
        return bad(name, f"{found}; windows are made for 10 to 200 ms.", step_s=step_s), step_s
    return good(name, f"The energy counter steps every {step_s * 1000:.0f} ms.", step_s=step_s), step_s


def refuse(findings: Sequence[Finding], hardware: HardwareClass) -> None:
    """End a run before it begins.

    Raises:
        MeasurementFailed: a finding rejects; it tells them all, and the remedy of the first.
    """
    no = rejections(findings)
    if no:
        why = " ".join(f"{finding.message} ({finding.name})" for finding in no)
        raise MeasurementFailed(f"Nothing is measured for {hardware.title} here: {why}", no[0].remedy)
