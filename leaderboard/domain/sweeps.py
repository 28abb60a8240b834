"""Sweeps: one model at several batch sizes in several precisions, each rung measured as a run of its own
(METHOD §2, `offline-sweep`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from leaderboard.domain.findings import Finding, rejections
from leaderboard.domain.hardware import Precision
from leaderboard.domain.plans import Plan
from leaderboard.domain.runs import Figures, ModelReport, QualityResult, Run
from leaderboard.domain.units import EnergyJ, Positive, PowerW, Seconds, Spread
from leaderboard.domain.windows import Stage, Window
from leaderboard.domain.words import Instant, Word

Cause = Literal["out-of-memory", "precision", "child"]
"""Why a rung has no figure: memory ended, the model is not to be had in that precision, or its process
failed otherwise."""


class SweepRung(Word):
    """A model at one batch size in one precision: what `Run` says of a run, of this rung alone."""

    precision: Precision
    batch: Positive
    """Queries answered together."""
    model: ModelReport
    """What was really loaded, with the most memory that this rung held."""
    started_at: Instant
    finished_at: Instant
    idle_power_w: PowerW | None = None
    windows: tuple[Window, ...] = Field(min_length=1)
    energy_per_query_j: EnergyJ
    repeatability_j: Spread
    latency_s: Seconds | None = None
    """Machine time per query over the rated windows, s: of a batch, its time ÷ its queries. Each query
    waits for the whole batch: that is a row's `latency_s`."""
    figures: Figures | None = None
    stages: tuple[Stage, ...] = ()
    quality: QualityResult
    """Scored at batch 1 of each precision; the larger batches carry it on."""
    findings: tuple[Finding, ...] = ()

    @property
    def valid(self) -> bool:
        return not rejections(self.findings)

    @property
    def words(self) -> str:
        """How a reader calls it: "batch 8 · fp16"."""
        return f"batch {self.batch} · {self.precision}"


class BrokenRung(Word):
    """A rung without a figure: where the ladder of its precision ended, and why."""

    precision: Precision
    batch: Positive
    cause: Cause
    message: str
    remedy: str = ""

    @property
    def words(self) -> str:
        return f"batch {self.batch} · {self.precision}"


class Sweep(Word):
    """Every rung of a run: those with figures, and those where a ladder ended."""

    rungs: tuple[SweepRung, ...] = Field(min_length=1)
    """By precision, in the plan's order, then by batch."""
    broken: tuple[BrokenRung, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        every: list[SweepRung | BrokenRung] = [*self.rungs, *self.broken]
        if len({(rung.precision, rung.batch) for rung in every}) < len(every):
            raise ValueError("a rung stands twice in the sweep")
        return self

    @property
    def base(self) -> SweepRung:
        """The rung that the run's own figures are of: the first that nothing forbids, else the first."""
        return next((rung for rung in self.rungs if rung.valid), self.rungs[0])


def rung_plan(plan: Plan, precision: Precision, batch: int) -> Plan:
    """The plan of one rung: the same in its precision, with a ladder of that rung alone."""
    ladder = None if plan.ladder is None else plan.ladder.of_one(precision, batch)
    model = plan.model.model_copy(update={"precision": precision})
    return plan.model_copy(update={"model": model, "ladder": ladder})


def of_rung(run: Run, rung: SweepRung) -> Run:
    """One rung of a sweep as the run that it is: judged and shown by what knows runs alone.

    Its key stays the sweep's, so that whatever is made of it leads back there.
    """
    own = {name: getattr(rung, name) for name in SweepRung.model_fields if name in Run.model_fields}
    plan = rung_plan(run.plan, rung.precision, rung.batch)
    return run.model_copy(update={**own, "plan": plan, "sweep": None})


def rung_of(run: Run, batch: int) -> SweepRung:
    """What a run of one rung's plan came to."""
    own = {name: getattr(run, name) for name in SweepRung.model_fields if name in Run.model_fields}
    return SweepRung(precision=run.plan.model.precision, batch=batch, **own)


def sweep_run(like: Run, plan: Plan, rungs: Sequence[SweepRung], broken: Sequence[BrokenRung]) -> Run:
    """The run of a whole sweep: the figures of its base rung, and every rung.

    Args:
        like: the run of any rung: environment, provenance and harness are all rungs'.
    """
    sweep = Sweep(rungs=tuple(rungs), broken=tuple(broken))
    base = of_rung(like, sweep.base)
    return Run.model_validate(
        {
            **{name: getattr(base, name) for name in Run.model_fields},
            "plan": plan,
            "run_key": plan.run_key,
            "started_at": min(rung.started_at for rung in rungs),
            "finished_at": max(rung.finished_at for rung in rungs),
            "sweep": sweep,
        }
    )


Run.model_rebuild(_types_namespace={"Sweep": Sweep})
