"""Whether the run was of what the plan says, where it says, and as everybody's is (METHOD §2, §3)."""

from __future__ import annotations

from leaderboard import catalogue
from leaderboard.catalogue.ladders import block_of
from leaderboard.domain import (
    NOT_TOLD,
    Device,
    Finding,
    HardwareClass,
    Precision,
    Profile,
    Run,
    Severity,
    Task,
)
from leaderboard.judging.outcome import bad, good, if_quick, unseen

DTYPES: dict[Precision, str] = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}


def conditions(run: Run, task: Task, hardware: HardwareClass, profile: Profile) -> list[Finding]:
    """
    Args:
        profile: the catalogue's profile of the plan's name, to which the plan's own is held.
    """
    found = [
        _hardware(run, hardware),
        _warm_up(run),
        _precision(run),
        _weights(run),
        _dataset(run),
        _profile(run, task, profile),
        _sandbox(run),
        _quality(run, task),
    ]
    return [*found, _gpus(run)] if run.plan.device is Device.CUDA else found


def _hardware(run: Run, hardware: HardwareClass) -> Finding:
    found = run.environment
    if run.plan.device is not hardware.device:
        return bad(
            "hardware-matches",
            f"A dry run on the {run.plan.device.value}: nothing was learnt of {hardware.title}.",
            severity=Severity.FLAG,
        )
    if found.device is not hardware.device:
        return bad(
            "hardware-matches",
            f"The run was on {found.device.value}; {hardware.title} is {hardware.device.value}.",
        )
    if hardware.device is Device.CUDA and (
        found.gpu_name != hardware.gpu_name or found.gpus != hardware.gpus
    ):
        return bad(
            "hardware-matches",
            f"Found {found.gpus} × {found.gpu_name}; the class is {hardware.gpus} × {hardware.gpu_name}.",
            gpus=found.gpus,
            gpu_name=found.gpu_name,
        )
    return good("hardware-matches", f"The machine is {hardware.title}.")


def _warm_up(run: Run) -> Finding:
    """Where the profile asks for it, the last two slices of every start agree."""
    profile = run.plan.profile
    if profile.warmup_tolerance is None:
        return good("warmed-up", f"The {profile.id} profile does not ask for settled power.")
    worst = 0.0
    for start in range(profile.starts):
        slices = [stage for stage in run.stages if stage.kind == "warm-up" and stage.start == start]
        powers = [power for stage in slices if (power := stage.mean_power_w) is not None]
        if len(powers) < 2:
            return unseen("warmed-up", f"The record has no warm-up slices of start {start + 1}.")
        before_w, last_w = powers[-2:]
        differ = abs(last_w - before_w) / last_w
        worst = max(worst, differ)
        queries = sum(stage.queries for stage in slices)
        if queries < profile.warmup_queries:
            return bad(
                "warmed-up",
                f"Start {start + 1} warmed up with {queries} queries; {profile.warmup_queries} were due.",
                queries=queries,
            )
        if differ >= profile.warmup_tolerance:
            return bad(
                "warmed-up",
                f"The power had not settled when the windows of start {start + 1} began: the last two slices "
                f"differ by {differ:.1%}.",
                differ=differ,
                tolerance=profile.warmup_tolerance,
            )
    return good("warmed-up", f"The power had settled within {worst:.1%} before the windows.", differ=worst)


def _precision(run: Run) -> Finding:
    due = DTYPES.get(run.plan.model.precision, run.plan.model.precision)
    if run.model.dtype == NOT_TOLD:
        return unseen("precision-as-planned", f"A server does not tell its precision; {due} was due.")
    if run.model.dtype != due:
        return bad(
            "precision-as-planned",
            f"The parameters are {run.model.dtype}; the plan says {run.plan.model.precision}.",
            dtype=run.model.dtype,
        )
    return good("precision-as-planned", f"The loaded parameters are {run.model.dtype}.")


def _weights(run: Run) -> Finding:
    names = run.model.unused_weights
    if names:
        return bad(
            "weights-complete",
            f"Weights of a head that this task does not use were left out: {', '.join(names)}.",
            names=list(names),
        )
    return good("weights-complete", "No weight was missing or left over.")


def _dataset(run: Run) -> Finding:
    dataset = run.plan.dataset
    if dataset.revision is None:
        return bad(
            "dataset-pinned",
            f"{dataset.repo_id} is not pinned to a revision, so the queries may change.",
            severity=if_quick(run),
        )
    return good("dataset-pinned", f"The queries are those of {dataset.repo_id} at {dataset.revision[:12]}.")


def _profile(run: Run, task: Task, profile: Profile) -> Finding:
    """Durations and counts, and the block, which the profile overrides or the task has."""
    if run.plan.profile != profile:
        return bad(
            "profile-as-catalogued",
            f"The plan's {profile.id} profile is not the catalogue's.",
            severity=if_quick(run),
        )
    block = block_of(task, profile, catalogue.protocol(run.plan.protocol))
    if run.plan.block != block:
        return bad(
            "profile-as-catalogued",
            f"The plan's block has {run.plan.block} queries; everybody's has {block}.",
            severity=if_quick(run),
            block=run.plan.block,
        )
    return good("profile-as-catalogued", f"The profile is {profile.id}, as in the catalogue.")


def _sandbox(run: Run) -> Finding:
    if run.environment.sandbox == "none":
        return bad("sandboxed", "The model ran without a sandbox: the figure is never more than an estimate.")
    return good("sandboxed", f"The model ran in a sandbox: {run.environment.sandbox}.")


def _quality(run: Run, task: Task) -> Finding:
    """A floor is the least that is enough where more is better; where less is better it is too much already:
    a transcript of nothing has a word error rate of exactly 1."""
    value, floor = run.quality.value, task.quality.floor
    if value is None:
        return unseen("quality-floor", run.quality.reason, severity=Severity.NOTE)
    said = f"{run.quality.metric}: {value:.4g}"
    higher = task.quality.direction == "higher"
    if floor is not None and (value < floor if higher else value >= floor):
        return bad(
            "quality-floor",
            f"{said}, and the floor is {task.quality.floor_text}: the model does not do the task.",
            value=value,
        )
    return good("quality-floor", f"{said}.", value=value)


def _gpus(run: Run) -> Finding:
    """The boards that held the model are the boards that were measured, by UUID, no fewer and no more."""
    used = set(run.model.gpu_uuid_hashes)
    if run.serving is not None and not run.serving.started_here:
        return unseen(
            "gpus-used-measured", "A server that was there before does not tell which GPUs it is on."
        )
    measured = {board.uuid_hash for board in run.environment.boards}
    if not used or used != measured:
        return bad(
            "gpus-used-measured",
            f"The model was on {len(used)} GPUs and {len(measured)} were measured; {len(used & measured)} of "
            "them are the same.",
            used=len(used),
            measured=len(measured),
        )
    return good("gpus-used-measured", "The GPUs that held the model are the GPUs that were measured.")
