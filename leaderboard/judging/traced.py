"""What the trace tells: heat, throttling, others on the GPU, holes, what power says (METHOD §3.5, §3.6)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from leaderboard import catalogue
from leaderboard.domain import Finding, Run, Window
from leaderboard.judging.outcome import bad, good, unseen
from leaderboard.judging.samples import EVERY_S, STATE_EVERY_S, STEP, Sample

THROTTLED = {
    0x08: "a hardware slowdown",
    0x20: "a thermal slowdown by software",
    0x40: "a thermal slowdown by hardware",
    0x80: "a power brake",
}
"""NVML's clocks event reasons that mean trouble. Neither the software's power cap (0x4) does, nor application
clocks (0x2): some boards report them at their defaults, and those that were set are another check's."""


def of_trace(run: Run, samples: Sequence[Sample], *, boards: bool, counter: bool) -> list[Finding]:
    """Every check that the trace alone decides.

    Args:
        boards: whether the meter's hardware has heat, clocks and processes to tell of.
        counter: whether power and energy are read independently of each other.
    """
    # The wall clock is watched from the first sample on, the rest inside the windows.
    taken = [sample for sample in samples if sample.phase != STEP]
    found = [complete(run, taken, counter=counter), clock(run, taken)]
    if counter:
        found.append(agrees(run, taken))
    if boards:
        found += [throttled(run, taken), temperature(run, taken), alone(run, taken)]
    return found


def inside(samples: Sequence[Sample], window: Window) -> list[Sample]:
    return [sample for sample in samples if window.start_s <= sample.time_s <= window.end_s]


def complete(run: Run, samples: Sequence[Sample], *, counter: bool) -> Finding:
    """The samples that ten a second would give, in every window long enough to hold some."""
    name, limits = "trace-complete", catalogue.check("trace-complete").limits
    asked = [window for window in run.windows if window.seconds >= limits["shortest_window_s"]]
    told = any(sample.power_w is not None for sample in samples)
    # A counter that was read without power is a driver that hides power; neither is a trace that is gone.
    gone = counter and not any(sample.counter_j is not None for sample in samples)
    if not told and not gone:
        return unseen(name, "The meter tells no power, so there is no trace.")
    worst = 1.0
    for window in asked:
        times = [
            sample.time_s
            for sample in inside(samples, window)
            if sample.power_w is not None and (sample.counter_j is not None or not counter)
        ]
        share = len(times) / max(1, int(window.seconds / EVERY_S))
        edges = [window.start_s, *times, window.end_s]
        gap_s = max(after - before for before, after in pairwise(edges))
        worst = min(worst, share)
        if share < limits["least_share"] or gap_s > limits["longest_gap_s"]:
            return bad(
                name,
                f"A {window.phase} window of {window.seconds:.1f} s has {len(times)} samples of power and "
                f"counter, {share:.0%} of what was due, and a hole of {gap_s:.1f} s: readings were dropped.",
                share=share,
                gap_s=gap_s,
            )
    if not asked:
        return unseen(name, "The windows are too short to ask for samples.")
    return good(name, f"Every window has at least {min(worst, 1):.0%} of its samples.", share=worst)


def clock(run: Run, samples: Sequence[Sample]) -> Finding:
    """Wall clock minus monotonic clock, over the whole run."""
    name, tolerance = "clock-steady", catalogue.check("clock-steady").limit("tolerance_s")
    offsets = [sample.wall_s - sample.time_s for sample in samples if sample.wall_s is not None]
    if len(offsets) < 2:
        return unseen(name, "The trace is too short to watch the wall clock.")
    # Its own times too: a clock that was stepped between the last sample and the end.
    took_s = (run.finished_at - run.started_at).total_seconds()
    least_s = max(window.end_s for window in run.windows) - samples[0].time_s
    moved_s = max(offsets) - min(offsets)
    if moved_s > tolerance or took_s < least_s - tolerance:
        moved_s = max(moved_s, least_s - took_s)
        return bad(
            name,
            f"The wall clock moved by {moved_s:,.0f} s against the monotonic clock during the run: "
            "it was set, or the machine slept.",
            moved_s=moved_s,
        )
    return good(name, "The wall clock ran as evenly as the monotonic one.", moved_s=moved_s)


def agrees(run: Run, samples: Sequence[Sample]) -> Finding:
    """The energy counter against the power trace, in every window with samples enough."""
    name, limits = "counter-agrees-with-power", catalogue.check("counter-agrees-with-power").limits
    worst, compared = 0.0, 0
    for window in run.windows:
        joules = integrated_j(samples, window, int(limits["least_samples"]))
        if joules is None:
            continue
        compared += 1
        worst = max(worst, abs(window.energy_j - joules) / window.energy_j)
    if not compared:
        return unseen(name, "The windows are too short to compare counter and power.")
    if worst > limits["tolerance"]:
        return bad(
            name, f"The energy counter and the integrated power differ by up to {worst:.1%}.", worst=worst
        )
    return good(name, f"Counter and integrated power agree within {worst:.1%}.", worst=worst)


def integrated_j(samples: Sequence[Sample], window: Window, least: int) -> float | None:
    """Energy of a window by the power samples alone, J (trapezia); None with fewer than `least` inside."""
    points = [
        (sample.time_s, sample.power_w) for sample in inside(samples, window) if sample.power_w is not None
    ]
    if len(points) < least:
        return None
    times, powers = np.array(points).T
    # The ends, up to one sample wide, are taken at the nearest sample's power.
    edges = (times[0] - window.start_s) * powers[0] + (window.end_s - times[-1]) * powers[-1]
    return float(np.trapezoid(powers, times) + edges)


def throttled(run: Run, samples: Sequence[Sample]) -> Finding:
    name = "not-throttled"
    told = [
        sample for window in run.windows for sample in inside(samples, window) if sample.reasons is not None
    ]
    if not told:
        return unseen(name, "The driver does not tell whether the GPU was held back.")
    seconds = {
        word: STATE_EVERY_S * sum(bool((sample.reasons or 0) & bit) for sample in told)
        for bit, word in THROTTLED.items()
    }
    found = {word: held_s for word, held_s in seconds.items() if held_s}
    capped_s = STATE_EVERY_S * sum(bool((sample.reasons or 0) & 0x4) for sample in told)
    if found:
        words = ", ".join(f"{word} for about {held_s:.0f} s" for word, held_s in found.items())
        return bad(name, f"Inside the windows the GPU was held back by {words}.", seconds=found)
    return good(name, "Nothing held the GPU back inside the windows.", power_capped_s=capped_s)


def temperature(run: Run, samples: Sequence[Sample]) -> Finding:
    """Hottest minus coolest, over the windows of one phase in one start."""
    name, drift = "temperature-steady", catalogue.check("temperature-steady").limit("drift_c")
    worst: tuple[float, str] | None = None
    for start, phase in dict.fromkeys((window.start, window.phase) for window in run.windows):
        heat = [
            sample.temperature_c
            for window in run.windows
            if (window.start, window.phase) == (start, phase)
            for sample in inside(samples, window)
            if sample.temperature_c is not None
        ]
        if heat:
            told = f"from {min(heat):.0f} to {max(heat):.0f} °C in the {phase} windows of start {start + 1}"
            worst = max(worst or (0.0, told), (max(heat) - min(heat), told))
    if worst is None:
        return unseen(name, "The driver does not tell the temperature, or the windows are too short.")
    if worst[0] > drift:
        return bad(name, f"The GPU went {worst[1]}; {drift:.0f} °C are allowed.", drift_c=worst[0])
    return good(name, f"The GPU stayed steady: {worst[1]} at most.", drift_c=worst[0])


def alone(run: Run, samples: Sequence[Sample]) -> Finding:
    """Over the whole trace: somebody on the GPU in the warm-up has warmed it."""
    name = "no-foreign-process"
    told = [sample for sample in samples if sample.foreign is not None]
    others = [sample for sample in told if sample.foreign]
    if others:
        most = max(sample.foreign or 0 for sample in others)
        phases = ", ".join(dict.fromkeys(sample.phase for sample in others))
        return bad(
            name,
            f"{most} other process{'es were' if most > 1 else ' was'} on the GPU, seen {len(others)} times "
            f"(while: {phases}).",
            most=most,
            seen=len(others),
        )
    if not told:
        if run.environment.exclusive == "vouched":
            return good(name, "NVML shows no processes here; whoever runs the machine vouches for them.")
        return unseen(name, "NVML does not show the processes on the GPU here.")
    return good(name, "Nothing but the run's own process was on the GPU.", samples=len(told))
