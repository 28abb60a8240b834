"""The checks of a finished run that its record alone decides: each a Finding (METHOD §3.6).

`python -m runners verify` makes them again from `run.json`, so nothing here looks at the machine.
"""

from __future__ import annotations

from leaderboard.domain import (
    Device,
    Finding,
    HardwareClass,
    Outcome,
    Precision,
    Profile,
    Run,
    Severity,
    Task,
    failed,
    passed,
    unverifiable,
)
from leaderboard.rating.aggregate import aggregate

CV_GOOD, CV_TOLERABLE = 0.02, 0.05
"""Coefficient of variation over the windows: publish, flag, else reject."""
POWER_FLOOR, POWER_CEILING = 0.8, 1.05
"""Mean power of a window against idle power and power limit."""
DTYPES: dict[Precision, str] = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}


def judge(run: Run, task: Task, hardware: HardwareClass, profile: Profile) -> list[Finding]:
    """Every check, in the order people read them; the run's own findings are not looked at.

    Args:
        profile: the catalogue's profile of the plan's name, to which the plan's own is held.
    """
    return [
        _energy(run),
        _whole_windows(run),
        _tokens(run, task),
        _agreement(run, task),
        _hardware(run, hardware),
        _power(run, hardware),
        _precision(run),
        _dataset(run),
        _profile(run, profile),
        _sandbox(run),
    ]


def _energy(run: Run) -> Finding:
    """A Window without positive, finite energy cannot be built, so a run that exists has passed."""
    least = min(window.energy_j for window in run.windows)
    return passed(
        "energy-positive",
        f"All {len(run.windows)} windows have a reading above zero; the least is {least:.3g} J.",
        least_j=least,
    )


def _whole_windows(run: Run) -> Finding:
    wrong = [
        f"{window.phase} {window.start}/{window.repeat}"
        for window in run.windows
        if window.queries != window.passes * run.plan.block or window.seconds < run.plan.profile.window_s
    ]
    if wrong:
        return failed(
            "windows-whole",
            f"Shorter than {run.plan.profile.window_s:g} s or not whole passes: {', '.join(wrong)}.",
            "Measure again; a part of the block is another task.",
            windows=wrong,
        )
    return passed(
        "windows-whole", f"Every window is whole passes over the block of {run.plan.block} queries."
    )


def _tokens(run: Run, task: Task) -> Finding:
    """Inputs under the cap in every window; output exactly as budgeted where the task fixes it."""
    cap, budget = run.plan.max_input_tokens, run.plan.output_tokens
    for window in run.windows:
        if cap is not None and window.tokens_in > window.queries * cap * len(run.plan.dataset.columns):
            return failed(
                "tokens-as-budgeted",
                f"A {window.phase} window read {window.tokens_in} tokens in {window.queries} queries.",
                f"At most {cap} per input are allowed: check the truncation.",
            )
        due = window.queries * (budget or 0)
        writes = window.phase == "generate"
        if writes and (window.tokens_out > due or (task.output.exact and window.tokens_out < due)):
            return failed(
                "tokens-as-budgeted",
                f"A window wrote {window.tokens_out} tokens in {window.queries} queries; {due} were due.",
                "The model must be made to write exactly its budget.",
                tokens_out=window.tokens_out,
                due=due,
            )
    return passed("tokens-as-budgeted", "Inputs and outputs are as long as the task says.")


def _agreement(run: Run, task: Task) -> Finding:
    """Windows must repeat; a quick run on a CPU, which is for development, may not, and it shows."""
    cv = aggregate(run.windows, task.phases).cv
    name, found = "windows-agree", f"The windows differ by {cv:.1%} (coefficient of variation)"
    if cv <= CV_GOOD:
        return passed(name, f"{found}; up to {CV_GOOD:.0%} is good.", cv=cv)
    remedy = "Measure again on a machine that does nothing else."
    if cv <= CV_TOLERABLE:
        return failed(name, f"{found}; above {CV_GOOD:.0%} it is flagged.", remedy, Severity.FLAG, cv=cv)
    if run.plan.device is Device.CPU and run.plan.profile.id == "quick":
        lenient = "a quick run on shared cores is flagged and not rejected for it"
        return failed(name, f"{found}; {lenient}.", remedy, Severity.FLAG, cv=cv)
    return failed(name, f"{found}; above {CV_TOLERABLE:.0%} there is no figure.", remedy, cv=cv)


def _hardware(run: Run, hardware: HardwareClass) -> Finding:
    found = run.environment
    if run.plan.device is not hardware.device:
        return failed(
            "hardware-matches",
            f"A dry run on the {run.plan.device.value}: nothing was learnt of {hardware.title}.",
            f"Measure on {hardware.title} for a figure that counts.",
            Severity.FLAG,
        )
    if found.device is not hardware.device:
        return failed(
            "hardware-matches",
            f"The run was on {found.device.value}; {hardware.title} is {hardware.device.value}.",
            "Choose the class of the machine.",
        )
    if hardware.device is Device.CUDA and (
        found.gpu_name != hardware.gpu_name or found.gpus != hardware.gpus
    ):
        return failed(
            "hardware-matches",
            f"Found {found.gpus} × {found.gpu_name}; the class is {hardware.gpus} × {hardware.gpu_name}.",
            "Choose the class of the machine, and show exactly its GPUs (CUDA_VISIBLE_DEVICES).",
            gpus=found.gpus,
            gpu_name=found.gpu_name,
        )
    return passed("hardware-matches", f"The machine is {hardware.title}.")


def _power(run: Run, hardware: HardwareClass) -> Finding:
    powers = [window.mean_power_w for window in run.windows]
    low, high = min(powers), max(powers)
    idle, limit = run.idle_power_w, hardware.power_limit_w
    name, span = "power-plausible", f"{low:.1f} to {high:.1f} W"
    if run.plan.device is not hardware.device or idle is None:
        why = f"Windows drew {span}; this meter cannot see an idle machine to hold that to."
        return unverifiable(name, why, severity=Severity.NOTE, least_w=low, most_w=high)
    if low < POWER_FLOOR * idle:
        why = f"Windows drew {span}, the idle machine {idle:.1f} W."
        remedy = "The counter lost a part of it: measure again."
        return failed(name, why, remedy, idle_w=idle, least_w=low, most_w=high)
    ceiling = None if limit is None else limit * max(hardware.gpus, 1)
    if ceiling is not None and high > POWER_CEILING * ceiling:
        why = f"Windows drew {span}; the limit is {ceiling:.0f} W."
        remedy = "The power limit is not the default, or the counter is wrong."
        return failed(name, why, remedy, limit_w=ceiling, least_w=low, most_w=high)
    return passed(name, f"Mean power lay in {span}.", idle_w=idle, least_w=low, most_w=high)


def _precision(run: Run) -> Finding:
    due = DTYPES.get(run.plan.model.precision, run.plan.model.precision)
    if run.model.dtype != due:
        return failed(
            "precision-as-planned",
            f"The parameters are {run.model.dtype}; the plan says {run.plan.model.precision}.",
            "Choose a precision the model can be loaded in.",
        )
    return passed("precision-as-planned", f"The loaded parameters are {run.model.dtype}.")


def _dataset(run: Run) -> Finding:
    revision = run.plan.dataset.revision
    if revision is None:
        return failed(
            "dataset-pinned",
            f"{run.plan.dataset.repo_id} is not pinned to a revision, so the queries may change.",
            "Write the commit sha as `revision` into the task's YAML.",
            Severity.FLAG if run.plan.profile.id == "quick" else Severity.REJECT,
        )
    return passed(
        "dataset-pinned", f"The queries are those of {run.plan.dataset.repo_id} at {revision[:12]}."
    )


def _profile(run: Run, profile: Profile) -> Finding:
    if run.plan.profile != profile:
        return failed(
            "profile-as-catalogued",
            f"The plan's {profile.id} profile is not the catalogue's.",
            "Make the plan with `python -m runners plan`.",
            Severity.FLAG if run.plan.profile.id == "quick" else Severity.REJECT,
        )
    return passed("profile-as-catalogued", f"The profile is {profile.id}, as in the catalogue.")


def _sandbox(run: Run) -> Finding:
    if run.environment.sandbox == "none":
        return failed(
            "sandboxed",
            "The model ran without a sandbox, so the figure is never more than an estimate.",
            "Install bubblewrap on the runner.",
            Severity.FLAG,
        )
    return passed("sandboxed", f"The model ran in a sandbox: {run.environment.sandbox}.")


def verdict(findings: list[Finding]) -> str:
    """Findings in one line: how many passed, were flagged, rejected, or could not be verified."""
    count = {outcome: sum(finding.outcome is outcome for finding in findings) for outcome in Outcome}
    rejected = sum(finding.rejects for finding in findings)
    return (
        f"{count[Outcome.PASSED]} checks passed, {count[Outcome.FAILED] - rejected} flagged, "
        f"{rejected} reject, {count[Outcome.UNVERIFIABLE]} not verifiable"
    )
