"""How to measure a model again: the two commands, out of a run, a plan or a published row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard import catalogue
from leaderboard.domain import Plan, Rating, Run


@dataclass(frozen=True)
class Recipe:
    """How to measure a model again: two commands."""

    model: str
    task: str
    hardware: str
    protocol: str
    revision: str | None = None
    precision: str | None = None
    profile: str | None = None
    device: str | None = None
    batches: tuple[int, ...] | None = None
    """Of a sweep whose ladder is not its protocol's own."""
    published_elsewhere: bool = False
    """Whether there is no run of ours to repeat, so that these commands make the first one."""


def recipe_of(run: Run) -> Recipe | None:
    """The commands that repeat a run; None for one of a closed model, which only its owner can."""
    return None if run.plan.nonce is not None else recipe_of_plan(run.plan)


def recipe_of_plan(plan: Plan) -> Recipe:
    """The commands that make a plan's run elsewhere."""
    return Recipe(
        plan.model.repo_id,
        plan.task,
        plan.hardware,
        plan.protocol,
        revision=plan.model.sha,
        # Named, it would narrow a sweep's ladder to itself.
        precision=plan.model.precision if plan.ladder is None or len(plan.ladder.precisions) == 1 else None,
        profile=plan.profile.id,
        device=plan.device.value,
        batches=_own_batches(plan),
    )


def _own_batches(plan: Plan) -> tuple[int, ...] | None:
    """The batches that a quick sweep was told to have; None: no sweep, or all that its protocol has."""
    if plan.ladder is None or plan.ladder.batches == catalogue.protocol(plan.protocol).batches:
        return None
    return plan.ladder.batches


def recipe(rows: Sequence[Rating], runs: Sequence[Run]) -> Recipe | None:
    """Commands for a model: those of its newest run, else of a task that our runner measures, else None."""
    ours_to_repeat = next((again for run in runs if (again := recipe_of(run))), None)
    if ours_to_repeat is not None or runs:
        return ours_to_repeat
    ours = catalogue.tasks()
    for row in rows:
        if row.task in ours and ours[row.task].engine is not None:
            return Recipe(
                row.model, row.task, _class_like(row.hardware), "offline-b1", published_elsewhere=True
            )
    return None


def _class_like(hardware: str) -> str:
    """Our class with the same board as some hardware of a source: their ids share its name, as in `h100`.

    The first of ours where none has it.
    """
    words, classes = set(hardware.split("-")), list(catalogue.hardware_classes())
    return next((id for id in classes if words & set(id.split("-")[:1])), classes[0])
