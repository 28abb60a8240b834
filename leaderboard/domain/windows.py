"""Stretches of a run's time with the energy they took: rated windows, and what is besides them. METHOD §1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from leaderboard.domain.units import Count, EnergyJ, MonotonicS, Positive
from leaderboard.domain.words import Word

if TYPE_CHECKING:
    pass


class Window(Word):
    """Whole passes over the fixed block between two edges; the smallest thing that has an energy."""

    phase: str
    """generate, forward, preprocess, call …"""
    start: Count
    """Which process start it belongs to, from 0."""
    repeat: Count
    """Which window of that phase in that start, from 0."""
    start_s: MonotonicS
    end_s: MonotonicS
    energy_j: EnergyJ
    queries: Positive
    """Queries answered inside, all of them."""
    passes: Positive
    """Whole passes over the block."""
    tokens_in: Count = 0
    """Tokens read inside, after truncation."""
    tokens_out: Count = 0
    """Tokens written inside."""
    audio_s: float = Field(default=0.0, ge=0)
    """Seconds of audio heard inside; 0 where the task has none."""
    answered: Count | None = None
    """Queries with a usable answer; None: a record from before they were counted."""
    worth_queries: float | None = Field(default=None, gt=0)
    """Where a window cuts queries in two (serving): tokens written inside ÷ mean tokens of a query, over all
    of them; None: it holds whole queries."""

    @model_validator(mode="after")
    def _time_runs_forward(self) -> Self:
        if not self.end_s > self.start_s:
            raise ValueError(f"a window must end after it starts: {self.start_s} s to {self.end_s} s")
        return self

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s

    @property
    def work_queries(self) -> float:
        """The queries that its energy was spent on: whole ones, or their worth."""
        return self.queries if self.worth_queries is None else self.worth_queries

    @property
    def energy_per_query_j(self) -> float:
        return self.energy_j / self.work_queries

    @property
    def mean_power_w(self) -> float:
        return self.energy_j / self.seconds


class Stage(Word):
    """What a run spends energy on besides its windows: recorded and never rated (METHOD §1)."""

    kind: Literal["idle", "load", "warm-up"]
    start: Count | None = None
    """Which process start it belongs to; None: before the first."""
    start_s: MonotonicS
    end_s: MonotonicS
    energy_j: EnergyJ | None = None
    """None: not metered."""
    queries: Count = 0

    @model_validator(mode="after")
    def _time_runs_forward(self) -> Self:
        if not self.end_s > self.start_s:
            raise ValueError(f"a stage must end after it starts: {self.start_s} s to {self.end_s} s")
        return self

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s

    @property
    def mean_power_w(self) -> float | None:
        return None if self.energy_j is None else self.energy_j / self.seconds


def windows_of(windows: Sequence[Window], phase: str) -> list[list[Window]]:
    """The windows of one phase, grouped by process start, both in order."""
    starts = sorted({window.start for window in windows if window.phase == phase})
    return [
        sorted(
            (window for window in windows if window.phase == phase and window.start == start),
            key=lambda window: window.repeat,
        )
        for start in starts
    ]
