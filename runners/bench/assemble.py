"""From what was measured to the run's record: figures, environment, every check's finding (METHOD §3.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from leaderboard import catalogue
from leaderboard.domain import (
    HardwareClass,
    ModelReport,
    Plan,
    QualityResult,
    Run,
    Serving,
    Stage,
    Task,
    Window,
    now,
)
from leaderboard.judging import judge, verdict
from leaderboard.judging.samples import Sample
from leaderboard.rating.aggregate import aggregate, figures
from runners.bench import wire
from runners.bench.environment import harness_hash, read_environment
from runners.bench.gpu import uuid_hash
from runners.bench.machine import Machine
from runners.bench.meter import Meter
from runners.bench.preflight import provenance_of
from runners.bench.quality import NotScorable, label_spaces, score
from runners.bench.weights import Weights
from runners.fetch import Inputs, read_labels


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
    reasoning_family: str | None
    outputs: Sequence[Any]
    """What the model made of each labelled row."""
    labels: tuple[str, ...]
    """The labels it knows."""
    quality: QualityResult | None
    """What another measurement of the same model scored; None: it is in `outputs`."""
    started_at: datetime
    idle_w: float | None
    stages: tuple[Stage, ...]
    windows: tuple[Window, ...]
    samples: Sequence[Sample]
    serving: Serving | None = None


def assemble(got: Measured, say: Callable[[str], None]) -> Run:
    """The run with its findings; nothing is written yet.

    Raises:
        MeasurementFailed: the windows do not make a figure.
    """
    plan, task = got.plan, got.task
    total = aggregate(got.windows, task.phases)
    quality = got.quality or quality_of(task, got.inputs, got.outputs, got.labels)
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
            params=got.ready.params or got.weights.params,
            active_params=got.weights.active_params,
            dtype=got.ready.dtype,
            architecture=got.ready.architecture,
            weights_hash=got.inputs.weights_hash,
            peak_memory_bytes=got.peak_memory_bytes,
            unused_weights=got.ready.unused_weights,
            kept_fp32=got.ready.kept_fp32,
            reasoning_family=got.reasoning_family,
            steps=got.ready.steps,
            resolution=got.ready.resolution,
            gpu_uuid_hashes=tuple(uuid_hash(uuid) for uuid in got.ready.gpu_uuids),
        ),
        started_at=got.started_at,
        finished_at=now(),
        idle_power_w=got.idle_w,
        windows=got.windows,
        energy_per_query_j=total.energy_per_query_j,
        repeatability_j=total.repeatability_j,
        latency_s=total.seconds_per_query,
        figures=figures(
            got.windows, task.phases, got.idle_w, task.unit, explains=task.metered, correct=quality.correct
        ),
        stages=got.stages,
        serving=got.serving,
        quality=quality,
        harness_hash=harness_hash(),
    )
    profile = catalogue.profile(plan.profile.id)
    findings = [*got.machine.findings, *judge(run, got.samples, task, got.hardware, profile)]
    say(f"{run.energy_per_query_j:.4g} J per query, {run.provenance.value}: {verdict(findings)}.")
    return run.model_copy(update={"findings": tuple(findings)})


def quality_of(
    task: Task, inputs: Inputs, outputs: Sequence[Any], model_labels: tuple[str, ...]
) -> QualityResult:
    """How well the model did the task, by the labels that only the parent knows; or why that is not known."""
    metric = task.quality.metric
    if inputs.labels is None:
        return QualityResult(metric=metric, reason=inputs.unscored or "There are no labelled rows.")
    labels = read_labels(Path(inputs.labels))
    told = list(outputs)
    if labels.names and model_labels:
        names = label_spaces(model_labels, labels.names)
        if isinstance(names, str):
            return QualityResult(metric=metric, reason=f"Not applicable: {names}")
        told = [names.get(output, output) if isinstance(output, str) else output for output in outputs]
    try:
        found = score(metric, told, labels.rows)
    except NotScorable as error:
        return QualityResult(metric=metric, reason=error.message)
    return QualityResult(
        metric=metric,
        value=found.value,
        rows=found.rows,
        correct=found.correct,
        beside=dict(found.beside),
    )
