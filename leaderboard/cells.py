"""What the runs of one cell say about each other: how far starts differ, and whether they can all be true
(METHOD §3.6, §5).

Catalogue, rating and record meet here as in `editions`; each of them stays ignorant of the others.
"""

from __future__ import annotations

from collections.abc import Sequence

from leaderboard import catalogue
from leaderboard.domain import Finding, MeasurementFailed, NotFound, Rating, Run, board_of
from leaderboard.rating.aggregate import BetweenStarts, aggregate, comparison
from leaderboard.rating.agreement import reasoning_costs_more, same_weights_agree
from leaderboard.record import Record


def runs_of(record: Record, rows: Sequence[Rating]) -> list[Run]:
    """The runs behind rows; a row of published figures has none."""
    found = []
    for row in rows:
        try:
            found += [record.run(row.run_id)] if row.run_id else []
        except NotFound:
            continue
    return found


def comparison_j(run: Run, others: Sequence[Run]) -> float | None:
    """Half-width of the run's comparison interval, J per query; None: between-start spread not yet known.

    Args:
        others: the cell's other runs, whose between-start spreads are pooled with this one's.
    """
    cell = [run, *(other for other in others if other.run_key != run.run_key)]
    spreads = [_between_starts(each) for each in cell]
    return comparison(
        run.energy_per_query_j,
        len({window.start for window in run.windows}),
        [spread for spread in spreads if spread is not None],
        one_board=len({board_of(each) for each in cell}) == 1,
    )


def _between_starts(run: Run) -> BetweenStarts | None:
    """How far a run's starts differ; None where it had one, or is of a task that has other phases by now."""
    try:
        return aggregate(run.windows, catalogue.task_of(run.plan).phases).between_starts
    except MeasurementFailed:
        return None


def cross_checks(run: Run, cell: Sequence[Run], model: Sequence[Run]) -> list[Finding]:
    """The checks that need other runs than the one that is judged.

    Args:
        cell: runs of its cell.
        model: runs of the same model in the same edition, with whatever reasoning.
    """
    own = run.plan
    same = {
        other.plan.model.repo_id: other.energy_per_query_j
        for other in cell
        if run.model.weights_hash is not None
        and other.model.weights_hash == run.model.weights_hash
        and other.plan.model.precision == own.model.precision
        and other.plan.model.repo_id != own.model.repo_id
    }
    found = [same_weights_agree(catalogue.check("same-weights-agree"), run.energy_per_query_j, same)]
    if own.reasoning == "off":
        return found
    alike = (own.model, own.task, own.hardware, own.protocol)
    off = [
        other
        for other in model
        if other.plan.reasoning == "off"
        and (other.plan.model, other.plan.task, other.plan.hardware, other.plan.protocol) == alike
    ]
    for other in off[:1]:
        width_j = comparison_j(run, cell)
        check = catalogue.check("reasoning-costs-more")
        found.append(reasoning_costs_more(check, run.energy_per_query_j, other.energy_per_query_j, width_j))
    return found
