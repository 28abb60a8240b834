"""A run's energy made again from its raw samples, twice: by the counter, and by the power (METHOD §3.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from leaderboard import catalogue
from leaderboard.domain import MeasurementFailed, Run, Window
from leaderboard.judging.again import counted_j
from leaderboard.judging.samples import Sample
from leaderboard.judging.traced import integrated_j
from leaderboard.rating.aggregate import aggregate


class Recomputed(NamedTuple):
    """Rated energy per query, J; None where the samples do not give it."""

    by_counter_j: float | None
    """From the counter's readings beside the windows' edges."""
    by_power_j: float | None
    """From the power samples inside the windows (trapezia)."""


def recompute(run: Run, samples: Sequence[Sample]) -> Recomputed:
    """Both, over the windows of the rated phases, added up as the run's own figure is (METHOD §3.7).

    Raises:
        UnknownName: the run is of a task that this catalogue does not have.
    """
    least = int(catalogue.check("counter-agrees-with-power").limit("least_samples"))
    return Recomputed(
        _per_query_j(run, lambda window: counted_j(samples, window)),
        _per_query_j(run, lambda window: integrated_j(samples, window, least)),
    )


def _per_query_j(run: Run, energy_of: Callable[[Window], float | None]) -> float | None:
    phases = catalogue.task_of(run.plan).phases
    again = []
    for window in run.windows:
        if window.phase in phases:
            energy_j = energy_of(window)
            if energy_j is None or energy_j <= 0:
                return None
            again.append(window.model_copy(update={"energy_j": energy_j}))
    try:
        return aggregate(again, phases).energy_per_query_j
    except MeasurementFailed:
        return None
