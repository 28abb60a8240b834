"""What a run will take, before anybody asks for it: time, GPU time and energy, each as a range.

How a range came about is said beside it. Nothing here is a measurement, and none of it enters a rating.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from leaderboard import catalogue
from leaderboard.domain import Device, HardwareClass, ModelFacts, NotFound, Plan, Run, Word
from leaderboard.domain.units import JOULES_PER_WH
from leaderboard.record import RatingQuery, Record

_ALIKE = 3.0
"""Models between a third and three times as large count as of similar size."""
_LOOKED_AT = 40
_USED = 8
"""Earlier runs that a range is made of at most: the newest."""
_LEAST_LOAD = 0.2
"""Share of its power limit that a card draws at least while it works through small queries."""
_LONGER = 2.0
"""Without earlier runs: how much longer than planned a run may take, when single passes outlast a window."""


class Range(Word):
    """From and to, in the unit of its field."""

    low: float = Field(ge=0)
    high: float = Field(ge=0)


class Cost(Word):
    """What one run will take."""

    duration_s: Range
    """From the start of the measurement to its end, seconds, after the model was fetched."""
    gpu_s: Range | None
    """Duration × GPUs, seconds; None on a CPU."""
    energy_wh: Range | None
    """All that the run will use, Wh of the device that is metered; None: nothing is known to go by."""
    basis: str
    """What the ranges were made of, in a sentence."""
    runs: int = Field(ge=0)
    """Earlier runs among it."""
    fetched_bytes: int = Field(ge=0)
    """What the runner fetches first; 0: the Hub does not tell."""


def cost(record: Record, plan: Plan, facts: ModelFacts) -> Cost:
    """The cost of a plan: by earlier runs of the same task on the same hardware with models of similar size,
    else by the plan's own length and the card's power limit."""
    hardware = catalogue.hardware(plan.hardware)
    runs = _similar(record, plan, facts)
    duration_s = _duration(plan, runs)
    gpus = max(hardware.gpus, 1)
    return Cost(
        duration_s=duration_s,
        gpu_s=None
        if plan.device is Device.CPU
        else Range(low=duration_s.low * gpus, high=duration_s.high * gpus),
        energy_wh=_energy(duration_s, hardware, runs),
        basis=_basis(hardware, runs),
        runs=len(runs),
        fetched_bytes=facts.fetched_bytes,
    )


def _similar(record: Record, plan: Plan, facts: ModelFacts) -> list[Run]:
    """Earlier runs to go by: same task, hardware, protocol and profile, similar size, newest first."""
    if facts.params is None:
        return []
    query = RatingQuery(
        task=plan.task,
        hardware=plan.hardware,
        protocol=plan.protocol,
        params_min=int(facts.params / _ALIKE),
        params_max=int(facts.params * _ALIKE),
        configurations="all",
        development=True,
        sort="measured_at",
        order="desc",
        limit=_LOOKED_AT,
    )
    found: list[Run] = []
    for row in record.ratings(query).items:
        if row.run_id is None or len(found) == _USED:
            continue
        try:
            run = record.run(row.run_id)
        except NotFound:
            continue
        # A run that took no time by the wall clock says nothing of how long one takes.
        if run.plan.profile == plan.profile and run.finished_at > run.started_at and run.figures is not None:
            found.append(run)
    return found


def _duration(plan: Plan, runs: Sequence[Run]) -> Range:
    if not runs:
        return Range(low=plan.expected_duration_s, high=plan.expected_duration_s * _LONGER)
    took_s = [(run.finished_at - run.started_at).total_seconds() for run in runs]
    return Range(low=min(took_s), high=max(took_s))


def _energy(duration_s: Range, hardware: HardwareClass, runs: Sequence[Run]) -> Range | None:
    powers_w = [run.figures.mean_power_w for run in runs if run.figures is not None]
    if not powers_w:
        if hardware.power_limit_w is None:
            return None
        limit_w = hardware.power_limit_w * max(hardware.gpus, 1)
        powers_w = [_LEAST_LOAD * limit_w, limit_w]
    return Range(
        low=duration_s.low * min(powers_w) / JOULES_PER_WH,
        high=duration_s.high * max(powers_w) / JOULES_PER_WH,
    )


def _basis(hardware: HardwareClass, runs: Sequence[Run]) -> str:
    if runs:
        how_many = f"the {len(runs)} newest runs" if len(runs) > 1 else "the one run"
        return (
            f"By {how_many} of this task here with models of similar size: how long they took, times the "
            "mean power they drew while they were measured."
        )
    if hardware.power_limit_w is None:
        return (
            "No model of similar size was measured here yet: the time is the plan's own, up to twice that "
            "where one query takes long; of the energy nothing is known."
        )
    return (
        "No model of similar size was measured here yet: the time is the plan's own, up to twice that where "
        f"one query takes long; the energy is that time at {100 * _LEAST_LOAD:.0f} to 100 % of the card's "
        f"limit of {hardware.power_limit_w:g} W."
    )
