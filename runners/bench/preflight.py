"""Whether this harness would measure what the plan says, and how far the figure could be trusted."""

from __future__ import annotations

from leaderboard import __version__, catalogue
from leaderboard.domain import BadInput, HardwareClass, Plan, Provenance, Refused, Task
from runners.bench.gpu import GpuFacts, is_drivers_own
from runners.bench.meter import Meter


def check_plan(plan: Plan) -> tuple[Task, HardwareClass]:
    """The plan's task and hardware, if this harness would measure the same as was planned.

    Raises:
        BadInput: the plan was made for another catalogue or harness.
        Refused: an official run with an unpinned data set (METHOD §2).
    """
    task, hardware = catalogue.task(plan.task), catalogue.hardware(plan.hardware)
    again = "Make it anew with `python -m runners plan`."
    if plan.harness != __version__:
        raise BadInput(f"The plan is for harness {plan.harness}; this is {__version__}.", again)
    if plan.task_hash != catalogue.task_hash(plan.task):
        raise BadInput(f"The plan's {plan.task} is not this catalogue's: its content hash differs.", again)
    if task.engine is None:
        raise BadInput(f"{task.title} is not measured here yet.", "Choose a task that has an engine.")
    if not catalogue.protocol(plan.protocol).available:
        raise BadInput(f"The protocol {plan.protocol} is not run here yet.", "Use offline-b1.")
    if plan.dataset.revision is None and plan.profile.id == "official":
        raise Refused(
            f"An official run needs pinned queries; {plan.dataset.repo_id} has no revision.",
            "Write the commit sha as `revision` into the task's YAML, or use the quick profile.",
        )
    return task, hardware


def provenance_of(
    plan: Plan, hardware: HardwareClass, meter: Meter, sandboxed: bool, gpus: GpuFacts | None
) -> Provenance:
    """How far the figure can be trusted: never further than its meter, its hardware and its sandbox allow."""
    if plan.device is not hardware.device or (gpus is not None and not is_drivers_own(gpus.origin)):
        return Provenance.SIMULATED
    if meter.provenance is Provenance.MEASURED and not sandboxed:
        return Provenance.ESTIMATED
    return meter.provenance
