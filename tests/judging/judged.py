"""A run on a T4 at which no check finds a fault, its trace, and what the checks say of changed ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from leaderboard import catalogue
from leaderboard.domain import Finding, ModelReport, Outcome, Plan, QualityResult, Run, Severity, Window
from leaderboard.judging import judge
from leaderboard.judging.samples import EVERY_S, STEP, Sample
from tests import builders

T4 = catalogue.hardware("t4-16gb")
DRIVERS_OWN = "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1"
BEGAN_S = 100.0
"""The monotonic clock when the run began."""
WINDOW_S = 61.0
POWER_W = {"preprocess": 20.0, "forward": 60.0, "generate": 60.0}


def make_plan(task: str = "sentence-similarity", **fields: Any) -> Plan:
    """An official plan for a T4, its queries pinned."""
    made = catalogue.make_plan(
        builders.model_ref(precision="fp16"), task=task, hardware=T4.id, profile="official"
    )
    pinned = made.dataset.model_copy(update={"revision": "b" * 40})
    return made.model_copy(update={"dataset": pinned, **fields})


def windows(plan: Plan) -> tuple[Window, ...]:
    """Every window of the plan, one after another: ten passes, all answered, as long as the task says."""
    made: list[Window] = []
    queries = 10 * plan.block
    for start in range(plan.profile.starts):
        for phase in catalogue.task(plan.task).phases:
            for repeat in range(plan.profile.windows):
                start_s = BEGAN_S + 50.0 + WINDOW_S * len(made)
                made.append(
                    builders.window(
                        POWER_W[phase] * WINDOW_S,
                        repeat,
                        phase=phase,
                        start=start,
                        start_s=start_s,
                        end_s=start_s + WINDOW_S,
                        queries=queries,
                        passes=10,
                        answered=queries,
                        tokens_in=20 * queries,
                        tokens_out=queries * (plan.output_tokens or 0) if phase == "generate" else 0,
                    )
                )
    return tuple(made)


def make_run(plan: Plan | None = None, *, environment: dict[str, Any] | None = None, **fields: Any) -> Run:
    """A run at which no check finds a fault, but for the fields that are given."""
    plan = plan or make_plan()
    machine: dict[str, Any] = {
        "device": T4.device,
        "gpu_name": T4.gpu_name,
        "gpus": 1,
        "nvml_origin": DRIVERS_OWN,
        "boards": (builders.board(),),
        "exclusive": "seen",
        "sandbox": "bubblewrap, no network",
    }
    made = windows(plan)
    defaults: dict[str, Any] = {
        "environment": builders.environment(**{**machine, **(environment or {})}),
        "model": report(),
        "windows": made,
        "idle_power_w": 10.0,
        "finished_at": builders.NOON + timedelta(seconds=made[-1].end_s - BEGAN_S + 10),
        "stages": tuple(
            builders.stage(start=start, start_s=BEGAN_S + place, end_s=BEGAN_S + place + 10)
            for start in range(plan.profile.starts)
            for place in (0, 10)
        ),
        "quality": QualityResult(metric="Spearman", value=0.82),
    }
    return builders.run(plan, **{**defaults, **fields})


def report(**fields: Any) -> ModelReport:
    """What was loaded: in the plan's precision, on the one board."""
    defaults = {"params": 1, "dtype": "float16", "architecture": "BertModel"}
    return ModelReport(**{**defaults, "gpu_uuid_hashes": (builders.board().uuid_hash,), **fields})


def change(run: Run, place: int, **fields: Any) -> Run:
    """The run with one window changed."""
    changed = list(run.windows)
    changed[place] = Window.model_validate(changed[place].model_dump() | fields)
    return run.model_copy(update={"windows": tuple(changed)})


def make_trace(run: Run, alter: Callable[[Sample], Sample | None] | None = None) -> list[Sample]:
    """Ten samples a second from the run's begin to its last window, the boards' state once a second.

    Args:
        alter: each sample as it shall be; None leaves it out.
    """
    power = {
        round(window.start_s + tenth * EVERY_S, 1): (window.phase, window.mean_power_w)
        for window in run.windows
        for tenth in range(int(window.seconds / EVERY_S) + 1)
    }
    wall_s = builders.NOON.timestamp()
    samples: list[Sample] = []
    counter_j = 0.0
    for tenth in range(int((run.windows[-1].end_s - BEGAN_S) / EVERY_S) + 1):
        time_s = round(BEGAN_S + tenth * EVERY_S, 1)
        phase, power_w = power.get(time_s, ("warm-up", 60.0))
        counter_j += power_w * EVERY_S
        sample = Sample(time_s, phase, power_w, counter_j)
        if tenth % 10 == 0:
            sample = with_state(sample, wall_s + time_s - BEGAN_S)
        altered = alter(sample) if alter else sample
        if altered is not None:
            samples.append(altered)
    return [*samples, Sample(BEGAN_S, STEP, None, 0.0)]


def in_window(sample: Sample, window: Window) -> bool:
    return window.start_s <= sample.time_s <= window.end_s


def judged(run: Run, samples: Sequence[Sample] | None = None) -> dict[str, Finding]:
    """Every finding of a run by its name; each is a check of the catalogue that says what it saw."""
    task, hardware = catalogue.task(run.plan.task), catalogue.hardware(run.plan.hardware)
    found = judge(
        run,
        make_trace(run) if samples is None else samples,
        task,
        hardware,
        catalogue.profile(run.plan.profile.id),
    )
    names = [finding.name for finding in found]
    assert len(set(names)) == len(names)
    assert set(names) <= set(catalogue.checks())
    assert all(finding.message for finding in found)
    assert all(finding.remedy for finding in found if finding.outcome is Outcome.FAILED)
    return {finding.name: finding for finding in found}


def only(run: Run, samples: Sequence[Sample] | None = None) -> Finding:
    """The one finding that did not pass; there is exactly one."""
    (other,) = [finding for finding in judged(run, samples).values() if finding.outcome is not Outcome.PASSED]
    return other


def rejects_alone(name: str, run: Run, samples: Sequence[Sample] | None = None) -> Finding:
    """The one finding that did not pass, which is of that name and forbids a figure."""
    found = only(run, samples)
    assert (found.name, found.outcome, found.severity) == (name, Outcome.FAILED, Severity.REJECT)
    return found


def with_state(sample: Sample, wall_s: float) -> Sample:
    """A sample of the second at which a card's state is read too: a T4 with nothing amiss."""
    return sample._replace(
        temperature_c=60.0, sm_clock_mhz=1590, memory_clock_mhz=5001, reasons=0, foreign=0, wall_s=wall_s
    )
