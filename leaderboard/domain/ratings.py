"""Ratings, the cells they compare in, and the bands that turn energy into stars (METHOD §5)."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated, NamedTuple, Self, get_args

from pydantic import Field, model_validator

from leaderboard.domain.provenance import Provenance
from leaderboard.domain.tasks import ModelClass, ReasoningMode
from leaderboard.domain.units import Count, EnergyWh, Positive
from leaderboard.domain.words import Instant, KebabId, Word, canonical_json

Stars = Annotated[int, Field(ge=1, le=5)]
MIN_REFERENCES = 10
"""Fewer reference models than this and a `quintile` cell is not rated."""


class Rule(StrEnum):
    """How energies become bands: by the ranks of reference models, or by equal widths (METHOD §5)."""

    QUINTILE = "quintile"
    RANGE = "range"


class Cell(NamedTuple):
    """What a star compares inside of."""

    edition: str
    task: str
    hardware: str
    model_class: ModelClass
    protocol: str
    reasoning: str
    """off or on: every way of reasoning stands in one cell, apart from none."""

    @property
    def key(self) -> str:
        return "/".join(self)

    @property
    def key_in_edition(self) -> str:
        """Its key without the edition: task/hardware/class/protocol/reasoning; the class may be empty."""
        return "/".join(self[1:])

    @classmethod
    def in_edition(cls, edition: str, key: str) -> Cell:
        """The cell of an edition that a key without the edition names.

        Raises:
            ValueError: the key has another number of parts, or no such model class.
        """
        parts = key.split("/")
        if len(parts) != len(cls._fields) - 1:
            raise ValueError(f"{key!r} is not task/hardware/class/protocol/reasoning")
        task, hardware, model_class, protocol, reasoning = parts
        known: ModelClass | None = next((one for one in get_args(ModelClass) if one == model_class), None)
        if known is None:
            raise ValueError(f"{key!r} has no model class {model_class!r}")
        return cls(edition, task, hardware, known, protocol, reasoning)


class Reference(Word):
    """One model that the bands were made of."""

    model: str
    energy: EnergyWh
    revision: str | None = None
    """Commit sha of the row that counted; None where the source does not tell it."""
    rank: Positive | None = None
    """Its place among the references, 1 the most frugal; None in bands of before it was kept."""


class Bands(Word):
    """Frozen edges of one cell, with the models that made them."""

    rule: Rule
    edges: tuple[tuple[EnergyWh, Stars], ...] = ()
    """`quintile`: (edge, star at or below it), frugal end first; above the last: one star."""
    low: EnergyWh | None = None
    high: EnergyWh | None = None
    """`range`: the least and the greatest energy of the cell."""
    references: tuple[Reference, ...]
    beside: tuple[str, ...] = ()
    """Models that stood in the cell at the freeze without making its bands: they are not new to it."""
    frozen_at: Instant | None = None
    """When they were frozen; None in bands of before it was kept, and in those of published figures."""

    @model_validator(mode="after")
    def _has_what_its_rule_needs(self) -> Self:
        if self.rule is Rule.RANGE:
            if self.low is None or self.high is None or self.edges or self.low > self.high:
                raise ValueError("range bands have low ≤ high and no edges")
        elif self.low is not None or self.high is not None or not self.edges:
            raise ValueError("quintile bands have edges, and no low or high")
        energies = [edge for edge, _ in self.edges]
        stars = [star for _, star in self.edges]
        if energies != sorted(energies) or stars != sorted(set(stars), reverse=True):
            raise ValueError("edges rise and their stars fall")
        return self

    def edge(self, star: int) -> float:
        """The highest energy, in the unit of the references, that has `star` stars or more; star 2 to 5."""
        if self.low is not None and self.high is not None:
            return self.low + (6 - star) * (self.high - self.low) / 5
        return max(edge for edge, given in self.edges if given >= star)

    @property
    def not_given(self) -> tuple[int, ...]:
        """Stars that no energy gets, because their edges were closer than 1.10×."""
        if self.rule is Rule.RANGE:
            return ()
        given = {star for _, star in self.edges} | {1}
        return tuple(star for star in range(5, 0, -1) if star not in given)


class Rating(Word):
    """One row of the board: a model in one cell, or one of its configurations."""

    id: str = Field(pattern=r"^[0-9a-z]{10}$")
    """Permanent short id, for `/r/{id}`."""
    edition: KebabId
    """Which frozen bands its star stands for."""
    task: KebabId
    """What one query asks of the model."""
    hardware: KebabId
    """Hardware class it was measured on."""
    model_class: ModelClass
    """A, B or C by total parameters where the task has classes; else empty."""
    protocol: KebabId
    """How the load was put on; a star compares only inside one protocol."""
    reasoning: ReasoningMode
    """Whether, or how hard, the model reasoned before it answered."""
    model: str
    """Hub id, org/name."""
    revision: str | None = None
    """Commit sha; None where the source does not tell it."""
    precision: str | None = None
    """Number format of the weights (bf16, int4 …); None where the source does not tell it."""
    configuration: str = ""
    """Batch, GPUs, parallelism in words, where a model stands in several."""
    best: bool = True
    """Whether this is the model's rated row; its other configurations are shown beside it, unrated."""
    energy_wh_per_1000: EnergyWh
    """GPU (or stated) energy, Wh per 1,000 queries."""
    energy_low: EnergyWh | None = None
    """Lower end of the comparison interval, Wh per 1,000 queries; None: not claimed."""
    energy_high: EnergyWh | None = None
    """Upper end of the comparison interval, Wh per 1,000 queries; None: not claimed."""
    stars: Stars | None = None
    """One (most energy) to five (least) inside its cell; None: not rated, and `not_rated` says why."""
    stars_low: Stars | None = None
    """Stars at the upper end of the energy interval; None: no range is claimed."""
    stars_high: Stars | None = None
    """Stars at the lower end of the energy interval; None: no range is claimed."""
    not_rated: str = ""
    """Why it has no stars; empty when it has."""
    quality: float | None = None
    """How well the model does the task, in the unit of `quality_metric`; None: not known."""
    quality_metric: str | None = None
    """Name of the quality metric."""
    params: Positive | None = None
    """Total parameters."""
    active_params: Positive | None = None
    """Parameters that work on one token, where fewer than all do."""
    licence: str | None = None
    """Licence id of the weights, as the Hub names it."""
    library: str | None = None
    """Library that the weights were published for, as the Hub names it."""
    weights_open: bool | None = None
    """Whether anybody may fetch the weights without asking; None: not known."""
    data_open: bool | None = None
    """Whether its makers name public data sets that it was trained on; None: not known."""
    licence_open: bool | None = None
    """Whether the licence lets anybody use, change and share the weights; None: not known."""
    cell_size: Count = 0
    """Reference models of the cell (`quintile`) or its rows (`range`)."""
    provenance: Provenance
    """How far the figure can be trusted: measured, attested, reference, estimated or simulated."""
    development: bool = False
    """In a development edition: watermarked, and published only to `…-dev`."""
    rule: Rule
    """How energies became stars: `quintile` or `range` (METHOD §5)."""
    measured_at: Instant | None = None
    """When the run ended; None where the source does not tell it."""
    run_id: str | None = None
    """The run it was made of; None for published figures."""
    gpus: Count | None = None
    """How many GPUs the model ran on."""
    batch: Positive | None = None
    """Queries answered at once."""
    latency_s: float | None = Field(default=None, gt=0)
    """How long one waits for an answer, s: a request's time at a server, else the time of its whole batch."""
    mean_power_w: float | None = Field(default=None, gt=0)
    """Mean power while queries were answered, watts, where it is known."""
    published_stars: Stars | None = None
    """What the source itself published, for reference editions."""
    note: str = ""
    """What a reader should know about this row."""
    source: str = ""
    """File and line, or run id: what the row was made of."""

    @model_validator(mode="after")
    def _says_why_or_how_much(self) -> Self:
        if self.best and self.stars is None and not self.not_rated:
            raise ValueError("a row without stars says why it has none")
        low, high = self.energy_low, self.energy_high
        if (low is None) != (high is None):
            raise ValueError("an interval has both ends or none")
        if low is not None and high is not None and not low <= self.energy_wh_per_1000 <= high:
            raise ValueError("the energy lies inside its interval")
        return self

    @property
    def cell(self) -> Cell:
        return Cell(
            self.edition,
            self.task,
            self.hardware,
            self.model_class,
            self.protocol,
            "off" if self.reasoning == "off" else "on",
        )

    @property
    def org(self) -> str:
        return self.model.split("/")[0]


def rating_id(*parts: str) -> str:
    """Ten characters (base 32, 50 bits) of the sha256 of what makes a row itself; it never changes."""
    digest = int.from_bytes(hashlib.sha256(canonical_json(list(parts)).encode()).digest()[:8], "big") >> 14
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    return "".join(alphabet[(digest >> (5 * place)) & 31] for place in reversed(range(10)))
