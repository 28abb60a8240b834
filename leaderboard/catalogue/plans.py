"""From what was asked for to a plan: everything that decides the number, before it is measured."""

from __future__ import annotations

import re
from collections.abc import Sequence

from leaderboard import __version__
from leaderboard.catalogue import entries
from leaderboard.catalogue.ladders import block_of, ladder_of
from leaderboard.domain import (
    BadInput,
    Device,
    HardwareClass,
    Ladder,
    ModelRef,
    Plan,
    Precision,
    Profile,
    Protocol,
    ReasoningMode,
    Task,
    content_hash,
)
from leaderboard.domain.plans import NONCE

# Allowances for what the profile does not fix, seconds and factors; they decide no figure.
LOAD_S = 15.0
"""One process start: imports, reading weights from the local disk, moving them to the device."""
OVERRUN = 1.25
"""A window is whole passes, so it ends after its least length; and it waits for a counter's edge."""
WARMUP_SLICES = 3
"""Slices until two consecutive ones agree, where the profile asks for that."""
CHECKS_S = 5.0
"""Preflight, checks and writing the run down."""


def make_plan(
    model: ModelRef,
    *,
    task: str,
    hardware: str,
    protocol: str = "offline-b1",
    reasoning: ReasoningMode = "off",
    profile: str | None = None,
    device: Device | None = None,
    occasion: int = 0,
    nonce: str | None = None,
    batches: Sequence[int] | None = None,
    precisions: Sequence[Precision] | None = None,
) -> Plan:
    """The plan of one run. The same arguments give the same plan, and so the same run key.

    Args:
        profile: None takes the hardware class's own.
        device: None takes the hardware class's own; `cpu` under a GPU class is a dry run.
        occasion: 0 first; a re-test counts up.
        nonce: a Space's single-use number, for a run whose bundle is handed in there.
        batches, precisions: of a sweep; None takes all that its protocol and the card have.

    Raises:
        UnknownName: no such task, hardware class, protocol or profile.
        BadInput: they do not go together; the remedy says what does.
    """
    what = entries.task(task)
    where = entries.hardware(hardware)
    how = entries.protocol(protocol)
    length = entries.profile(profile or where.default_profile)
    on = device or where.device
    _check_runs_here(what, how)
    _check_reasoning(what, reasoning)
    _check_hardware(model, where, on)
    if nonce is not None and not re.fullmatch(NONCE, nonce):
        raise BadInput(
            f"{nonce[:40]!r} is no nonce.", "Copy it whole from the Space's page /submit/attested."
        )
    if occasion < 0:
        raise BadInput(f"The occasion is {occasion}.", "Give 0 for a first measurement, then 1, 2 …")
    if nonce is not None and how.batches:
        raise BadInput(
            "A sweep is not handed in as a bundle.", "Plan offline-b1 with the number, and the sweep without."
        )
    ladder = ladder_of(how, where, model, length, batches, precisions)
    if ladder is not None and model.precision not in ladder.precisions:
        model = model.model_copy(update={"precision": ladder.precisions[0]})
    plan = Plan(
        model=model,
        task=what.id,
        task_version=what.version,
        task_hash=content_hash(what),
        hardware=where.id,
        device=on,
        protocol=how.id,
        reasoning=reasoning,
        dataset=what.dataset,
        block=block_of(what, length, how),
        max_input_tokens=what.input.tokens,
        output_tokens=_least(what.output.tokens, length.output_tokens),
        steps=how.steps,
        ladder=ladder,
        seed=0,
        profile=length,
        harness=__version__,
        occasion=occasion,
        nonce=nonce,
        expected_duration_s=expected_duration_s(what.under(how), length, ladder),
    )
    # The order of the queries is drawn by what is measured, so that nobody can choose a lucky one.
    return plan.model_copy(update={"seed": int(plan.run_key[:8], 16)})


def plan_again(plan: Plan, occasion: int | None = None) -> Plan:
    """The plan that this catalogue makes of another plan's own words; on another occasion where one is given.

    Raises: as `make_plan`.
    """
    return make_plan(
        plan.model,
        task=plan.task,
        hardware=plan.hardware,
        protocol=plan.protocol,
        reasoning=plan.reasoning,
        profile=plan.profile.id,
        device=plan.device,
        occasion=plan.occasion if occasion is None else occasion,
        nonce=plan.nonce,
        batches=plan.ladder.batches if plan.ladder else None,
        precisions=plan.ladder.precisions if plan.ladder else None,
    )


def expected_duration_s(task: Task, profile: Profile, ladder: Ladder | None = None) -> float:
    """How long a run should take, seconds: idle; for each process start its load, its warm-up, and the
    windows of every rated phase and one of each that explains it; all that for each rung of a sweep; then
    the checks.

    It is said before the run starts (METHOD §3) and is an expectation, not a limit: how long one query
    takes is known only afterwards. Phases that only explain are not measured by this harness.
    """
    slices = 1 if profile.warmup_tolerance is None else WARMUP_SLICES
    windows = len(task.phases) * profile.windows + len(task.metered)
    windows_s = windows * profile.window_s * OVERRUN
    start_s = LOAD_S + slices * profile.warmup_slice_s + windows_s
    rungs = 1 if ladder is None else len(ladder.rungs)
    return float(round(profile.idle_s + rungs * profile.starts * start_s + CHECKS_S))


def _least(cap: int | None, other: int | None) -> int | None:
    return cap if cap is None or other is None else min(cap, other)


def _check_runs_here(task: Task, protocol: Protocol) -> None:
    if not protocol.available:
        able = [other.id for other in entries.protocols().values() if other.available]
        raise BadInput(f"The protocol {protocol.id} is not run yet.", f"Available today: {', '.join(able)}.")
    if protocol.tasks and task.id not in protocol.tasks:
        raise BadInput(
            f"The protocol {protocol.id} is not for {task.title}.",
            f"It is for {', '.join(protocol.tasks)}; {task.title} has offline-b1.",
        )


def _check_reasoning(task: Task, reasoning: ReasoningMode) -> None:
    if reasoning != "off" and not task.reasoning:
        raise BadInput(
            f"{task.title} is measured with reasoning off, not {reasoning!r}.",
            "Leave reasoning off; it belongs to the task reasoning alone.",
        )


def _check_hardware(model: ModelRef, hardware: HardwareClass, device: Device) -> None:
    if model.precision not in hardware.precisions:
        raise BadInput(
            f"{hardware.title} is not measured in {model.precision}.",
            f"Choose one of {', '.join(hardware.precisions)}; {hardware.default_precision} is its default.",
        )
    if device is Device.CUDA and hardware.device is Device.CPU:
        raise BadInput(
            f"{hardware.title} has no GPU to compute on.", "Leave the device out, or choose a GPU's class."
        )
