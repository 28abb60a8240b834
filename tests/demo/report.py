"""What runs of every task came to, as lines and as a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard import catalogue
from leaderboard.domain import Run, rejections, three_significant
from tests.demo.variants import Variant

FLOOR = "quality-floor"
DONE, REJECTED = 0, 3


@dataclass(frozen=True)
class Outcome:
    """One variant's run."""

    variant: Variant
    code: int
    run: Run | None
    why: str
    took_s: float

    @property
    def as_expected(self) -> bool:
        """Valid; or, of a random model, below its floor and nothing else."""
        if self.run is None:
            return False
        failed = {finding.name for finding in rejections(self.run.findings)}
        return (self.code, failed) == (DONE, set()) or (
            self.variant.random and (self.code, failed) == (REJECTED, {FLOOR})
        )

    @property
    def verdict(self) -> str:
        if self.run is None:
            return "failed"
        failed = [finding.name for finding in rejections(self.run.findings)]
        return f"exit {self.code}, {', '.join(failed)}" if failed else "valid"

    @property
    def line(self) -> str:
        why = "" if self.as_expected else f"  {self.why}"
        return f"{self.took_s:5.0f} s  {self.variant.name:40} {self.verdict}{why}"


def table(outcomes: Sequence[Outcome]) -> str:
    """A row for each run, in the catalogue's order of tasks."""
    order = list(catalogue.tasks())
    outcomes = sorted(outcomes, key=lambda outcome: order.index(outcome.variant.task))
    head = "| task | variant | model | phases, J per query | a query | quality | verdict |"
    rows = [_row(outcome) for outcome in outcomes]
    return "\n".join([head, "|---|---|---|---|---|---|---|", *rows])


def _row(outcome: Outcome) -> str:
    run, variant = outcome.run, outcome.variant
    name = variant.model.split("/")[1]
    if run is None:
        return f"| {variant.task} | {variant.title} | {name} | – | – | – | failed |"
    cells = [variant.task, variant.title, name, _phases(run), _query(run), _quality(run), outcome.verdict]
    return f"| {' | '.join(cells)} |"


def _phases(run: Run) -> str:
    parts = []
    for phase in dict.fromkeys(window.phase for window in run.windows):
        each = [window.energy_per_query_j for window in run.windows if window.phase == phase]
        parts.append(f"{phase} {three_significant(sum(each) / len(each))}")
    return ", ".join(parts)


def _query(run: Run) -> str:
    """What one query read and wrote, on the mean of the windows."""
    last = [window for window in run.windows if window.phase not in ("preprocess", "prefill")]
    queries = sum(window.queries for window in last)
    totals = {
        "tokens in": sum(window.tokens_in for window in last),
        "tokens out": sum(window.tokens_out for window in last),
        "s of audio": sum(window.audio_s for window in last),
    }
    parts = [f"{three_significant(total / queries)} {what}" for what, total in totals.items() if total]
    if run.model.steps:
        parts.append(f"{run.model.resolution} px, {run.model.steps} steps")
    return ", ".join(parts) or "1 image"


def _quality(run: Run) -> str:
    told = run.quality
    if told.value is None:
        return told.reason.rstrip(".")
    beside = "".join(f", {name} {three_significant(value)}" for name, value in told.beside.items())
    return f"{told.metric} {three_significant(told.value)}{beside} ({told.rows} rows)"
