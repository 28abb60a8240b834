"""Everything that is told of one model, out of the record: what its page and its twin for programs share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leaderboard.board.model_advice import Advice, advice
from leaderboard.board.model_finding import MOST_ROWS, rows_of
from leaderboard.domain import Edition, Rating, Run
from leaderboard.publish.citation import Citation
from leaderboard.publish.labels import Statement
from leaderboard.record import Record
from leaderboard.standing import Standing, standings


@dataclass(frozen=True)
class ModelView:
    """One model."""

    model: str
    rows: tuple[Rating, ...]
    """Rated rows, newest edition first."""
    configurations: tuple[Rating, ...]
    runs: tuple[Run, ...]
    """Newest first."""
    standings: dict[str, Standing]
    """By the id of a rated row."""
    editions: dict[str, Edition]
    advice: tuple[Advice, ...]
    """For the first of the rated rows."""
    total: int
    """Rows that the model has, those that are not told here among them."""
    statements: dict[str, Statement]
    """What is said of each rated row whose edition is in the record, by its id."""

    @property
    def left_out(self) -> int:
        """Rows that are not told here."""
        return max(self.total - len(self.rows) - len(self.configurations), 0)

    @property
    def lead(self) -> Advice | None:
        """The row that answers for the model: one that stands, public, rated, without reasoning."""
        return min(self.advice, key=lambda one: self._rank(one.rating), default=None)

    def _rank(self, row: Rating) -> tuple[bool, ...]:
        return not self.standings[row.id].current, row.development, row.stars is None, row.reasoning != "off"

    @property
    def citations(self) -> list[Citation]:
        """How each rated row is cited, in the rows' order."""
        harness = {run.id: run.plan.harness for run in self.runs}
        return [
            Citation(self.statements[row.id], harness.get(row.run_id or ""))
            for row in self.rows
            if row.id in self.statements
        ]


def model_view(record: Record, model: str, site: str, rows: Sequence[Rating] | None = None) -> ModelView:
    """A model as the record knows it.

    Args:
        site: the board's public address, without a slash at its end.
        rows: only these of its rows; None: all.

    Raises:
        NotFound: nothing is known of it.
    """
    every = rows_of(record, model) if rows is None else list(rows)
    rated = [row for row in every if row.best]
    standing = standings(record, rated)
    editions = {edition.id: edition for edition in record.editions()}
    return ModelView(
        model=model,
        rows=tuple(rated),
        configurations=tuple(row for row in every if not row.best),
        runs=tuple(record.runs_of(model)),
        standings=standing,
        editions=editions,
        advice=tuple(advice(record, every)),
        total=len(every) if len(every) < MOST_ROWS else record.count_of(model),
        statements={
            row.id: Statement(row, editions[row.edition], f"{site}/r/{row.id}", standing=standing[row.id])
            for row in rated
            if row.edition in editions
        },
    )
