"""Controls: the reference model measured again and again on one board (METHOD §3.8)."""

from __future__ import annotations

import hashlib

from leaderboard.domain.findings import Outcome
from leaderboard.domain.provenance import Provenance
from leaderboard.domain.runs import Run
from leaderboard.domain.units import EnergyJ, PowerW, Spread
from leaderboard.domain.words import Instant, KebabId, Word


class Control(Word):
    """One measurement of the control model, and how it stands beside the earlier ones of its board."""

    id: str
    """Short id of its run."""
    board: str
    """Which board, or boards together: a hash that tells one from another and nothing else."""
    driver: str | None = None
    hardware: KebabId
    series: str
    """What must be alike for two controls to be compared."""
    model: str
    task: KebabId
    energy_per_query_j: EnergyJ
    repeatability_j: Spread
    idle_power_w: PowerW | None = None
    at: Instant
    provenance: Provenance
    outcome: Outcome
    """Against the median of its series before it: passed, failed, or unverifiable with too few."""
    message: str
    """The same in words."""


def series_of(run: Run) -> str:
    """What must be alike for two controls to be compared: weights, task, precision, length, place, trust."""
    plan = run.plan
    return " ".join(
        (
            f"{plan.model.repo_id}@{plan.model.sha}",
            f"{plan.task}/{plan.task_version}",
            plan.hardware,
            plan.device.value,
            plan.model.precision,
            plan.profile.id,
            run.provenance.value,
        )
    )


def board_of(run: Run) -> str:
    """The board a run was on; boards measured together are one, and so is a processor by its name."""
    environment = run.environment
    names = " ".join(board.uuid_hash for board in environment.boards) or f"processor {environment.cpu_model}"
    return hashlib.sha256(names.encode()).hexdigest()[:16]
