"""From windows to one figure and its two uncertainties (METHOD §3.7, §5).

For a phase with m process starts and k windows in each, x_ij is the energy per query of window j of
start i, in joules, and x̄_i the mean of start i. Nothing is trimmed, and nothing is filled in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leaderboard.domain import Figures, MeasurementFailed, Window, Word, windows_of
from leaderboard.domain.units import Count, EnergyJ, Positive, Seconds, Spread

BOARD_GAIN = 0.05 / math.sqrt(3)
"""u_g: boards of one class differ in gain by up to ±5 %, evenly spread (METHOD §5)."""
MIN_DEGREES_OF_FREEDOM = 5
"""With fewer in s_b no comparison interval is claimed."""
_PROBABILITY = 0.975
_MEASURE_AGAIN = "Measure again; nothing is left out or filled in."


class BetweenStarts(NamedTuple):
    """How much the starts of one run differ."""

    relative_spread: float
    """Standard deviation of the starts' means, as a fraction of the run's energy."""
    degrees_of_freedom: int
    """m − 1."""


class PhaseAggregate(Word):
    """One phase of a run."""

    phase: str
    energy_per_query_j: EnergyJ
    """Mean of the starts' means, J per query."""
    repeatability_j: Spread
    """Half-width of the 95 % repeatability interval, J per query."""
    cv: Spread
    """Standard deviation over all m·k windows ÷ their mean."""
    seconds_per_query: Seconds


class Aggregate(Word):
    """A run's figure, over its rated phases."""

    energy_per_query_j: EnergyJ
    """Sum of the phases, J per query."""
    repeatability_j: Spread
    """Half-width of the 95 % repeatability interval, J per query: the phases' in quadrature."""
    phases: tuple[PhaseAggregate, ...]
    """In the order asked for."""
    starts: Positive
    """m."""
    windows: Positive
    """k, of each phase in each start."""
    cv: Spread
    """Over the m·k sums of the phases' windows of the same start and repeat: deviation ÷ mean."""
    between_start_j: Spread | None
    """s_b: standard deviation of the starts' means, J per query; None with one start."""
    between_start_df: Count
    """Its degrees of freedom, m − 1."""
    seconds_per_query: Seconds
    """Mean time per query, the phases added."""

    @property
    def between_starts(self) -> BetweenStarts | None:
        """What `comparison` pools over the cell's runs; None with one start."""
        if self.between_start_j is None:
            return None
        return BetweenStarts(self.between_start_j / self.energy_per_query_j, self.between_start_df)


def aggregate(windows: Sequence[Window], phases: Sequence[str]) -> Aggregate:
    """The energy of one query and how well it repeats.

        E  = Σ_phases mean_i(x̄_i)
        s² = Σ_ij (x_ij − x̄_i)² ÷ m(k − 1)           pooled within the starts
        U  = t(0.975, m(k − 1)) · s ÷ √(mk)            for each phase; added in quadrature

    Args:
        windows: all windows of a run, in any order. Those of other phases are left alone.
        phases: what adds up: a task's rated phases (or one that explains, to look at it alone).

    Raises:
        MeasurementFailed: a phase was not measured or not in every start, the starts or phases differ in
            their number of windows, there is one window only, or one stands twice.
    """
    grid = {phase: _grid(windows, phase) for phase in _once_each(phases)}
    shapes = {phase: energies.shape for phase, (energies, _) in grid.items()}
    starts, repeats = next(iter(shapes.values()))
    odd = next((phase for phase, shape in shapes.items() if shape != (starts, repeats)), None)
    if odd is not None:
        raise MeasurementFailed(
            f"{phases[0]} has {starts} starts of {repeats} windows, "
            f"{odd} has {shapes[odd][0]} of {shapes[odd][1]}.",
            _MEASURE_AGAIN,
        )
    each = tuple(_phase(phase, energies, seconds) for phase, (energies, seconds) in grid.items())
    total = np.sum([energies for energies, _ in grid.values()], axis=0)
    return Aggregate(
        energy_per_query_j=sum(part.energy_per_query_j for part in each),
        repeatability_j=math.hypot(*(part.repeatability_j for part in each)),
        phases=each,
        starts=starts,
        windows=repeats,
        cv=_cv(total),
        between_start_j=float(total.mean(axis=1).std(ddof=1)) if starts > 1 else None,
        between_start_df=starts - 1,
        seconds_per_query=sum(part.seconds_per_query for part in each),
    )


def figures(
    windows: Sequence[Window],
    phases: Sequence[str],
    idle_w: float | None,
    unit: str,
    *,
    explains: Sequence[str] = (),
    correct: float | None = None,
) -> Figures:
    """What follows beside the rated energy E; t is the time of one query, both over the rated phases.

        mean power = E ÷ t;  net energy = E − idle power × t;  rate = 1 ÷ t
        energy per token, per second of audio = E ÷ what one query writes, hears
        energy per correct answer = E ÷ the share of correct ones
        decode = generate − prefill

    A phase counts by its share of a query, however many queries its windows held.

    Args:
        idle_w: mean power of the idle machine, watts; None where the meter cannot see it.
        unit: the task's unit of work. "image" is said of tasks that make one image a query; those that
            only look at images have "query".
        explains: phases with windows of their own that are never added (`prefill`).
        correct: share of correct answers; None where an answer cannot be correct.

    Raises:
        MeasurementFailed: as `aggregate`.
    """
    total = aggregate(windows, phases)
    energy_j, seconds = total.energy_per_query_j, total.seconds_per_query
    rated = [[window for window in windows if window.phase == phase] for phase in phases]
    written = sum(sum(w.tokens_out for w in each) / sum(w.work_queries for w in each) for each in rated)
    # The phases go through the same queries: what two of them hear is the same audio.
    heard_s = max(sum(w.audio_s for w in each) / sum(w.queries for w in each) for each in rated)
    prefill_j = _mean_j(windows, "prefill") if "prefill" in explains else None
    generate_j = next((part.energy_per_query_j for part in total.phases if part.phase == "generate"), None)
    return Figures(
        cv=total.cv,
        mean_power_w=energy_j / seconds,
        net_energy_per_query_j=None if idle_w is None else energy_j - idle_w * seconds,
        energy_per_output_token_j=energy_j / written if written else None,
        energy_per_image_j=energy_j if unit == "image" else None,
        energy_per_audio_second_j=energy_j / heard_s if heard_s else None,
        energy_per_correct_answer_j=energy_j / correct if correct else None,
        prefill_energy_j=prefill_j,
        decode_energy_j=None if prefill_j is None or generate_j is None else generate_j - prefill_j,
        queries_per_s=1 / seconds,
    )


def _mean_j(windows: Sequence[Window], phase: str) -> float | None:
    """Energy per query of a phase, J: the mean of its windows; None where it has none."""
    energies = [window.energy_per_query_j for window in windows if window.phase == phase]
    return math.fsum(energies) / len(energies) if energies else None


def comparison(
    energy_per_query_j: float,
    starts: int,
    spreads: Sequence[BetweenStarts],
    *,
    one_board: bool = False,
) -> float | None:
    """Half-width of the 95 % interval in which the figure compares with others of its cell, J per query.

        s_b²  = Σ ν_r s_r² ÷ Σ ν_r                     pooled over the cell's runs r, ν_b = Σ ν_r
        u²    = s_b² ÷ m + 2 u_g²
        ν_eff = u⁴ ÷ ((s_b² ÷ m)² ÷ ν_b)               Welch–Satterthwaite; u_g is known exactly
        U     = t(0.975, ν_eff) · u · E

    Spreads are pooled as fractions of each run's energy, since a cell's models differ by orders of
    magnitude and u_g is a fraction too.

    Args:
        energy_per_query_j: E, the run's energy.
        starts: m, the run's process starts.
        spreads: of the cell's runs that had more than one start.
        one_board: whether all models of the cell were measured on the same board; u_g drops out then.

    Returns:
        None when s_b has fewer than five degrees of freedom: the between-start spread is not yet known.
    """
    freedom = sum(spread.degrees_of_freedom for spread in spreads)
    if freedom < MIN_DEGREES_OF_FREEDOM:
        return None
    pooled = sum(spread.degrees_of_freedom * spread.relative_spread**2 for spread in spreads) / freedom
    from_starts = pooled / starts
    variance = from_starts + (0.0 if one_board else 2 * BOARD_GAIN**2)
    # Equal starts say nothing against a normal distribution: t with no end of freedom.
    effective = variance**2 * freedom / from_starts**2 if from_starts > 0 else math.inf
    return _t_quantile(effective) * math.sqrt(variance) * energy_per_query_j


def _t_quantile(freedom: float) -> float:
    """Of Student's t, two-sided 95 %."""
    from scipy.special import stdtrit  # A tenth of the Space's start, and no page needs it.

    return float(stdtrit(freedom, _PROBABILITY))


def _once_each(phases: Sequence[str]) -> Sequence[str]:
    if not phases or len(set(phases)) != len(phases):
        raise MeasurementFailed(
            f"Phases to add up: {', '.join(phases) or 'none'}.", "Name each rated phase of the task once."
        )
    return phases


def _grid(windows: Sequence[Window], phase: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energy (J) and time (s) per query of a phase's windows, each of shape (m, k)."""
    starts = windows_of(windows, phase)
    if not starts:
        raise MeasurementFailed(f"The phase {phase} was not measured.", _MEASURE_AGAIN)
    missing = sorted({window.start for window in windows} - {group[0].start for group in starts})
    if missing:
        raise MeasurementFailed(f"The phase {phase} is missing from start {missing[0]}.", _MEASURE_AGAIN)
    for group in starts:
        repeats = [window.repeat for window in group]
        if len(set(repeats)) != len(repeats):
            raise MeasurementFailed(
                f"The phase {phase} has one window twice in start {group[0].start}.", _MEASURE_AGAIN
            )
    counts = {len(group) for group in starts}
    if len(counts) > 1:
        raise MeasurementFailed(
            f"The phase {phase} has {min(counts)} windows in one start and {max(counts)} in another.",
            _MEASURE_AGAIN,
        )
    if counts == {1}:
        raise MeasurementFailed(
            f"The phase {phase} has one window in a start; how well it repeats needs two.", _MEASURE_AGAIN
        )
    energies = np.array([[window.energy_per_query_j for window in group] for group in starts])
    seconds = np.array([[window.seconds / window.work_queries for window in group] for group in starts])
    return energies, seconds


def _phase(phase: str, energies: NDArray[np.float64], seconds: NDArray[np.float64]) -> PhaseAggregate:
    starts, repeats = energies.shape
    means = energies.mean(axis=1, keepdims=True)
    freedom = starts * (repeats - 1)
    within = math.sqrt(float(((energies - means) ** 2).sum()) / freedom)
    return PhaseAggregate(
        phase=phase,
        energy_per_query_j=float(means.mean()),
        repeatability_j=_t_quantile(freedom) * within / math.sqrt(starts * repeats),
        cv=_cv(energies),
        seconds_per_query=float(seconds.mean()),
    )


def _cv(energies: NDArray[np.float64]) -> float:
    return float(energies.std(ddof=1) / energies.mean())
