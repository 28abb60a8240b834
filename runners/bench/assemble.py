"""From what was measured to the run's record: figures, environment, every check's finding (METHOD §3.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from leaderboard import catalogue
from leaderboard.domain import (
    HardwareClass,
    ModelReport,
    Plan,
    QualityResult,
    Run,
    Stage,
    Task,
    Window,
    now,
)
from leaderboard.rating.aggregate import aggregate, figures
from runners.bench import wire
from runners.bench.checks import judge, verdict
from runners.bench.environment import harness_hash, read_environment
from runners.bench.gpu import uuid_hash
from runners.bench.machine import Machine
from runners.bench.meter import Meter
from runners.bench.preflight import provenance_of
from runners.bench.samples import Sample
from runners.bench.weights import Weights
from runners.fetch import Inputs


@dataclass(frozen=True)
class Measured:
    """Everything that a run came to, before it is judged."""

    plan: Plan
    task: Task
    hardware: HardwareClass
    meter: Meter
    machine: Machine
    sandboxed: bool
    ready: wire.Ready
    inputs: Inputs
    weights: Weights
    peak_memory_bytes: int
    started_at: datetime
    idle_w: float | None
    stages: tuple[Stage, ...]
    windows: tuple[Window, ...]
    samples: Sequence[Sample]


def assemble(got: Measured, say: Callable[[str], None]) -> Run:
    """The run with its findings; nothing is written yet.

    Raises:
        MeasurementFailed: the windows do not make a figure.
    """
    plan, task = got.plan, got.task
    total = aggregate(got.windows, task.phases)
    run = Run(
        run_key=plan.run_key,
        plan=plan,
        provenance=provenance_of(plan, got.hardware, got.meter, got.sandboxed, got.machine.gpus),
        environment=read_environment(
            plan.device,
            got.meter.name,
            "bubblewrap, no network" if got.sandboxed else "none",
            got.ready.threads,
            got.machine,
        ),
        model=ModelReport(
            params=got.weights.params,
            dtype=got.ready.dtype,
            architecture=got.ready.architecture,
            weights_hash=got.inputs.weights_hash,
            peak_memory_bytes=got.peak_memory_bytes,
            unused_weights=got.ready.unused_weights,
            gpu_uuid_hashes=tuple(uuid_hash(uuid) for uuid in got.ready.gpu_uuids),
        ),
        started_at=got.started_at,
        finished_at=now(),
        idle_power_w=got.idle_w,
        windows=got.windows,
        energy_per_query_j=total.energy_per_query_j,
        repeatability_j=total.repeatability_j,
        latency_s=total.seconds_per_query,
        figures=figures(got.windows, task.phases, got.idle_w, task.unit),
        stages=got.stages,
        quality=QualityResult(
            metric=task.quality.metric,
            reason="Quality is not scored by this version of the harness.",
        ),
        harness_hash=harness_hash(),
    )
    profile = catalogue.profile(plan.profile.id)
    findings = [*got.machine.findings, *judge(run, got.samples, task, got.hardware, profile)]
    say(f"{run.energy_per_query_j:.4g} J per query, {run.provenance.value}: {verdict(findings)}.")
    return run.model_copy(update={"findings": tuple(findings)})
