"""The checks that need what only the running harness sees: answers, boards, the trace (METHOD §3.1, §3.6)."""

from __future__ import annotations

from collections.abc import Sequence

from leaderboard.domain import (
    Finding,
    HardwareClass,
    QualityResult,
    Run,
    Severity,
    Window,
    failed,
    passed,
    unverifiable,
)
from runners.bench.gpu import GpuFacts, is_drivers_own
from runners.bench.trace import Trace, integrated_j

COUNTER_TOLERANCE = 0.03
"""|counter − integrated power| ÷ counter: consistency, not accuracy, since both may share a sensor."""
MEMORY_TOLERANCE = 0.1
"""NVML tells less memory than the maker states, because of ECC and units."""


def answers(run: Run, unanswered: int) -> Finding:
    queries = sum(window.queries for window in run.windows)
    if unanswered:
        return failed(
            "queries-answered",
            f"{unanswered} of {queries} queries had no usable answer.",
            "A vector that is not finite often means that the precision is too small for the model.",
            unanswered=unanswered,
        )
    return passed("queries-answered", f"All {queries} queries of the windows were answered.", queries=queries)


def warm_up(settled: bool) -> Finding:
    if settled:
        return passed("warmed-up", "The warm-up came to its end before the first window.", Severity.FLAG)
    return failed(
        "warmed-up",
        "The power had not settled when the windows began.",
        "Let the machine cool down, and see that nothing else runs on it.",
        Severity.FLAG,
    )


def unused_weights(names: Sequence[str]) -> Finding:
    if names:
        return failed(
            "weights-complete",
            f"Weights of a head that this task does not use were left out: {', '.join(names)}.",
            severity=Severity.NOTE,
            remedy="Nothing to do: the encoder itself is complete.",
            names=list(names),
        )
    return passed("weights-complete", "No weight was missing or left over.")


def quality(result: QualityResult) -> Finding:
    if result.value is None:
        return unverifiable("quality", result.reason, severity=Severity.NOTE)
    return passed("quality", f"{result.metric}: {result.value:.4g}.", value=result.value)


def board(gpus: GpuFacts, hardware: HardwareClass) -> Finding:
    """Memory, compute capability and power limit of every board are the class's."""
    for index, gpu in enumerate(gpus.gpus):
        limit, default = gpu.power_limit_w, gpu.default_power_limit_w
        wrong = ""
        if hardware.power_limit_w is not None and abs(limit - hardware.power_limit_w) > 1:
            wrong = f"a power limit of {limit:.0f} W instead of {hardware.power_limit_w:.0f} W"
        elif abs(limit - default) > 1:
            wrong = f"a power limit of {limit:.0f} W, its default being {default:.0f} W"
        elif hardware.compute_capability not in (None, gpu.compute_capability):
            wrong = f"compute capability {gpu.compute_capability} instead of {hardware.compute_capability}"
        elif hardware.memory_gb and abs(gpu.memory_bytes / 1e9 / hardware.memory_gb - 1) > MEMORY_TOLERANCE:
            wrong = f"{gpu.memory_bytes / 1e9:.0f} GB instead of {hardware.memory_gb:.0f} GB"
        if wrong:
            return failed(
                "board-matches",
                f"GPU {index} ({gpu.name}) has {wrong}.",
                "Reset it to its defaults, or choose its own class.",
            )
    return passed("board-matches", "Memory, compute capability and power limit are the class's.")


def gpus_measured(gpus: GpuFacts, used: Sequence[str], measured: Sequence[int]) -> Finding:
    """The boards that held the model are the boards whose energy was read, by UUID."""
    counted = {gpus.gpus[index].uuid for index in measured if index < len(gpus.gpus)}
    if set(used) - counted or not used:
        return failed(
            "gpus-used-measured",
            f"The model was on {len(set(used))} GPUs, {len(set(used) - counted)} of them not measured.",
            "Show exactly the class's GPUs to the process, by UUID.",
        )
    return passed("gpus-used-measured", "The GPUs that held the model are the GPUs that were measured.")


def nvml(gpus: GpuFacts) -> Finding:
    if not gpus.origin:
        return unverifiable("nvml-origin", "This system does not tell where NVML was loaded from.")
    if not is_drivers_own(gpus.origin):
        return failed(
            "nvml-origin",
            f"NVML was loaded from {gpus.origin}, not from a driver: the run is simulated.",
            "Take LD_LIBRARY_PATH out of the runner's environment.",
            Severity.FLAG,
        )
    return passed("nvml-origin", "NVML is the driver's own.", origin=gpus.origin)


def counter_agrees(windows: Sequence[Window], trace: Trace) -> Finding:
    """The energy counter against the power trace, in every window long enough for it."""
    name, worst = "counter-agrees-with-power", 0.0
    compared = 0
    for window in windows:
        joules = integrated_j(trace.samples, window)
        if joules is None:
            continue
        compared += 1
        worst = max(worst, abs(window.energy_j - joules) / window.energy_j)
    if trace.lost or not compared:
        why = trace.lost or "The windows are too short for the trace."
        return unverifiable(name, f"Counter and power could not be compared. {why}")
    if worst > COUNTER_TOLERANCE:
        return failed(
            name,
            f"The energy counter and the integrated power differ by up to {worst:.1%}.",
            "One of them cannot be trusted on this board: compare with another board.",
            worst=worst,
        )
    return passed(name, f"Counter and integrated power agree within {worst:.1%}.", worst=worst)
