"""Factors of impact figures: from a model's energy to electricity, CO₂e, water and money (METHOD §8)."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from leaderboard.domain.words import KebabId, Word


class Factor(Word):
    """One factor with its default; a reader may put another value in its place."""

    id: KebabId
    title: str
    """What it is, in words a buyer knows."""
    value: float = Field(gt=0, allow_inf_nan=False)
    """The default, in `unit`."""
    unit: str
    """Unit of the value and of its limits; "×" for a plain ratio."""
    least: float = Field(ge=0, allow_inf_nan=False)
    """The smallest value that makes sense."""
    most: float = Field(gt=0, allow_inf_nan=False)
    """The largest value that is believed."""
    formula: str
    """What is multiplied by what, with units."""
    source: str
    """Who says so, and where; a reader can look it up."""
    year: int = Field(ge=2000, le=2100)
    """The year the default holds for."""
    note: str = ""
    """What to mind when it is used."""

    @model_validator(mode="after")
    def _lies_inside_its_limits(self) -> Self:
        if not self.least <= self.value <= self.most:
            raise ValueError("the default lies outside least and most")
        return self

    @property
    def parameter(self) -> str:
        """Its name in a query string."""
        return self.id.replace("-", "_")
