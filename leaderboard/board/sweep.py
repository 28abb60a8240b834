"""What batch and precision do to one model's energy, card by card: for the model's page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from leaderboard import catalogue
from leaderboard.board.charts import Still
from leaderboard.domain import BrokenRung, Rating, Run, joules_per_query
from leaderboard.efficiency import Gain, gains

MOST_DRAWN = 4
"""Cards and tasks with a chart; the others have their table. A chart takes a tenth of a second."""
_KEPT_CHARTS = 64
Series = tuple[str, int | None]
"""Precision (empty: not told) and the count of GPUs (None: everywhere the same)."""


@dataclass(frozen=True)
class CardSweep:
    """One model on one card at one task in its configurations."""

    gain: Gain
    edition: str
    development: bool
    ends: tuple[BrokenRung, ...]
    """Where its ladders ended, and why."""
    drawing: Still | None = None
    """None where there are many others."""

    @property
    def hardware(self) -> str:
        return self.gain.hardware

    @cached_property
    def series(self) -> list[Series]:
        """Every precision, and count of GPUs where there are several, by its least energy."""
        least: dict[Series, float] = {}
        for row in self.gain.rows:
            one = series_of(row, self.several_gpus)
            least[one] = min(row.energy_wh_per_1000, least.get(one, row.energy_wh_per_1000))
        return sorted(least, key=lambda one: (least[one], one[0]))

    @cached_property
    def several_gpus(self) -> bool:
        return len({row.gpus for row in self.gain.rows}) > 1

    @cached_property
    def batches(self) -> list[int]:
        return sorted({row.batch for row in self.gain.rows if row.batch is not None})

    def row(self, batch: int, series: Series) -> Rating | None:
        """The most frugal row of a batch in a series."""
        found = (
            row
            for row in self.gain.rows
            if row.batch == batch and series_of(row, self.several_gpus) == series
        )
        return min(found, key=lambda row: row.energy_wh_per_1000, default=None)

    def times_less(self, row: Rating) -> float | None:
        """How many times less than the smallest batch of its own series; None for that one itself."""
        series = series_of(row, self.several_gpus)
        first = next((one for batch in self.batches if (one := self.row(batch, series))), None)
        if first is None or first.batch == row.batch:
            return None
        return first.energy_wh_per_1000 / row.energy_wh_per_1000


def series_of(row: Rating, several_gpus: bool) -> Series:
    return row.precision or "", row.gpus if several_gpus else None


def series_words(series: Series) -> str:
    """A series as a column is headed: "fp16", "fp8, 4 GPUs"."""
    precision, gpus = series
    cards = "" if gpus is None else f"{gpus} GPU{'s' if gpus != 1 else ''}"
    return ", ".join(part for part in (precision, cards) if part) or "energy"


def joules(row: Rating) -> float:
    return joules_per_query(row.energy_wh_per_1000)


def sweeps_of(rows: Iterable[Rating], runs: Sequence[Run]) -> list[CardSweep]:
    """Every card and task on which a model stands at several batches or in several precisions.

    Newest edition first, as the rows come. Rows of one protocol and one way of reasoning are compared.
    """
    editions: dict[str, list[Rating]] = {}
    for row in rows:
        if row.batch is not None:
            editions.setdefault(row.edition, []).append(row)
    found: list[CardSweep] = []
    for edition, own in editions.items():
        for gain in gains(own):
            development = any(row.development for row in gain.rows)
            sweep = CardSweep(gain, edition, development, _ends(gain, runs))
            if len(sweep.batches) > 1 or len(sweep.series) > 1:
                drawing = _drawn(gain, _title(sweep)) if len(found) < MOST_DRAWN else None
                found.append(CardSweep(gain, edition, development, sweep.ends, drawing))
    return found


def _ends(gain: Gain, runs: Sequence[Run]) -> tuple[BrokenRung, ...]:
    """Of the runs that the rows were made of."""
    ids = {row.run_id for row in gain.rows}
    return tuple(
        broken for run in runs if run.id in ids and run.sweep is not None for broken in run.sweep.broken
    )


def _title(sweep: CardSweep) -> str:
    return catalogue.title_of("hardware", sweep.hardware, sweep.edition)


@lru_cache(maxsize=_KEPT_CHARTS)
def _drawn(gain: Gain, card: str) -> Still:
    # What draws takes a second to import, and most models have no sweep.
    from leaderboard.board.charts.precisions import sweep_drawing

    return sweep_drawing(gain, card)
