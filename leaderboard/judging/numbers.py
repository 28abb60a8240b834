"""Whether the windows make a figure: whole, budgeted, answered, possible, and alike (METHOD §3.6)."""

from __future__ import annotations

from typing import Any

from leaderboard import catalogue
from leaderboard.domain import Device, Finding, HardwareClass, Run, Severity, Task, Window
from leaderboard.judging.outcome import bad, good, if_quick, unseen
from leaderboard.judging.serving import served_windows
from leaderboard.rating.aggregate import aggregate

IDLE_PHASES = frozenset({"preprocess"})
"""Phases that may leave the GPU with nothing to do."""


def numbers(run: Run, task: Task, hardware: HardwareClass) -> list[Finding]:
    return [
        _energy(run),
        _whole_windows(run),
        _tokens(run, task),
        _answers(run),
        _agreement(run, task),
        _power(run, hardware),
    ]


def _energy(run: Run) -> Finding:
    """A Window without positive, finite energy cannot be built, so a run that exists has passed."""
    least = min(window.energy_j for window in run.windows)
    return good(
        "energy-positive",
        f"All {len(run.windows)} windows have a reading above zero; the least is {least:.3g} J.",
        least_j=least,
    )


def _whole_windows(run: Run) -> Finding:
    if run.serving is not None:
        return served_windows(run, run.serving)
    due_s = run.plan.profile.window_s
    wrong = [
        _place(window)
        for window in run.windows
        if window.queries != window.passes * run.plan.block or window.seconds < due_s
    ]
    if wrong:
        return bad(
            "windows-whole",
            f"Shorter than {due_s:g} s or not whole passes: {', '.join(wrong)}.",
            windows=wrong,
        )
    return good("windows-whole", f"Every window is whole passes over the block of {run.plan.block} queries.")


def _place(window: Window) -> str:
    return f"{window.phase} window {window.repeat + 1} of start {window.start + 1}"


def _tokens(run: Run, task: Task) -> Finding:
    """Inputs under the cap in every window; output exactly as budgeted where the task fixes it; and cap and
    budget are the task's, since a plan of one's own may ask for less."""
    cap, budget = run.plan.max_input_tokens, run.plan.output_tokens
    for window in run.windows:
        if cap is not None and window.tokens_in > window.queries * cap * len(run.plan.dataset.columns):
            return bad(
                "tokens-as-budgeted",
                f"A {window.phase} window read {window.tokens_in} tokens in {window.queries} queries; "
                f"at most {cap} per input are allowed.",
                tokens_in=window.tokens_in,
                cap=cap,
            )
        due = window.queries * (budget or 0)
        writes = window.phase == "generate"
        if writes and (window.tokens_out > due or (task.output.exact and window.tokens_out < due)):
            return bad(
                "tokens-as-budgeted",
                f"A window wrote {window.tokens_out} tokens in {window.queries} queries; {due} were due.",
                tokens_out=window.tokens_out,
                due=due,
            )
    if (cap, budget) != (task.input.tokens, task.output.tokens):
        return bad(
            "tokens-as-budgeted",
            f"The plan reads at most {_or_any(cap)} and writes {_or_any(budget)}; {task.title} reads at most "
            f"{_or_any(task.input.tokens)} and writes {_or_any(task.output.tokens)}.",
            severity=if_quick(run),
            cap=cap,
            budget=budget,
        )
    return good("tokens-as-budgeted", "Inputs and outputs are as long as the task says.")


def _or_any(tokens: int | None) -> str:
    return "any number of tokens" if tokens is None else f"{tokens} tokens"


def _answers(run: Run) -> Finding:
    """Window by window, so that none makes up for another."""
    queries = sum(window.queries for window in run.windows)
    told = [(window.queries, window.answered) for window in run.windows if window.answered is not None]
    unanswered = sum(max(0, asked - answered) for asked, answered in told)
    if unanswered:
        return bad(
            "queries-answered",
            f"{unanswered} of {queries} queries had no usable answer.",
            unanswered=unanswered,
            queries=queries,
        )
    invented = sum(max(0, answered - asked) for asked, answered in told)
    if invented:
        return bad(
            "queries-answered",
            f"There are {invented} answers more than queries in their windows.",
            invented=invented,
            queries=queries,
        )
    if len(told) < len(run.windows):
        return unseen("queries-answered", "The record does not tell how many queries were answered.")
    return good("queries-answered", f"All {queries} queries of the windows were answered.", queries=queries)


def _agreement(run: Run, task: Task) -> Finding:
    """Windows must repeat; of a quick run on a CPU, which is for development, they may not, and it shows."""
    name, limits = "windows-agree", catalogue.check("windows-agree").limits
    cv = aggregate(run.windows, task.phases).cv
    found = f"The windows differ by {cv:.1%} (coefficient of variation)"
    if cv <= limits["good"]:
        return good(name, f"{found}; up to {limits['good']:.0%} is good.", cv=cv)
    if cv <= limits["tolerable"]:
        return bad(name, f"{found}; above {limits['good']:.0%} it is flagged.", severity=Severity.FLAG, cv=cv)
    if run.plan.device is Device.CPU and run.plan.profile.id == "quick":
        lenient = "a quick run of a model on shared cores is flagged and not rejected for it"
        return bad(name, f"{found}; {lenient}.", severity=Severity.FLAG, cv=cv)
    return bad(name, f"{found}; above {limits['tolerable']:.0%} there is no figure.", cv=cv)


def _power(run: Run, hardware: HardwareClass) -> Finding:
    """Idle power is of all measured boards together, and so is the limit."""
    name, limits = "power-plausible", catalogue.check("power-plausible").limits
    powers = [window.mean_power_w for window in run.windows]
    low, high, idle = min(powers), max(powers), run.idle_power_w
    seen: dict[str, Any] = {"idle_w": idle, "least_w": low, "most_w": high}
    if hardware.power_limit_w is not None:
        ceiling = hardware.power_limit_w * max(hardware.gpus, 1)
        if high > limits["ceiling"] * ceiling:
            return bad(
                name, f"A window drew {high:.1f} W; the limit is {ceiling:.0f} W.", limit_w=ceiling, **seen
            )
    if idle is None:
        why = (
            f"Windows drew {low:.1f} to {high:.1f} W; this meter cannot see an idle machine to hold that to."
        )
        return unseen(name, why, severity=Severity.NOTE, **seen)
    for window in run.windows:
        floor = limits["idle_phase_floor" if window.phase in IDLE_PHASES else "floor"]
        if window.mean_power_w < floor * idle:
            return bad(
                name,
                f"The {_place(window)} drew {window.mean_power_w:.1f} W, the idle machine {idle:.1f} W: "
                "the counter lost a part of it.",
                **seen,
            )
    return good(name, f"Mean power lay in {low:.1f} to {high:.1f} W; idle it was {idle:.1f} W.", **seen)
