"""One organisation: its models with what is known of each, and the best of each task (`/orgs/{org}`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from leaderboard.domain import BadInput, NotFound, Provenance, Rating
from leaderboard.record import Record
from leaderboard.record.organisations import MOST_ROWS
from leaderboard.standing import Standing, standings

Sort = Literal["model", "energy", "stars", "params", "figures"]
SORTS: Final[tuple[Sort, ...]] = ("model", "energy", "stars", "params", "figures")
PARTS: Final = (("weights_open", "weights"), ("data_open", "training data"), ("licence_open", "licence"))
"""What may be open about a model, and its name in words."""


@dataclass(frozen=True)
class OrgModel:
    """One model of an organisation."""

    name: str
    rows: tuple[Rating, ...]
    """Its rated rows: those that stand first, the most trusted, the newest edition, the most stars."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """How its figures came about, the most trusted first."""
        found = {row.provenance for row in self.rows}
        return tuple(kind.value for kind in Provenance if kind in found)

    @property
    def shown(self) -> Rating:
        """The row that stands for it."""
        return self.rows[0]

    @property
    def params(self) -> int | None:
        """Total parameters; None: no source tells them."""
        return next((row.params for row in self.rows if row.params is not None), None)

    @property
    def openness(self) -> Rating:
        """The row that tells most about how open it is."""
        return max(self.rows, key=lambda row: sum(getattr(row, name) is not None for name, _ in PARTS))


@dataclass(frozen=True)
class Disclosed:
    """What the organisation's makers tell of one part, over its models."""

    part: str
    open: int
    closed: int
    unknown: int


@dataclass(frozen=True)
class Organisation:
    """An organisation as the record knows it."""

    name: str
    models: tuple[OrgModel, ...]
    whole: bool
    """Whether every row was read."""
    best: tuple[Rating, ...]
    """Of each task, hardware class and edition: its row with the least energy."""
    standings: dict[str, Standing]
    without_figure: tuple[str, ...]
    """Models that were run here and have no row: their runs were rejected."""

    def counted(self, kind: Provenance) -> int:
        """Models with a figure of this provenance."""
        return sum(kind.value in model.kinds for model in self.models)

    @property
    def measured(self) -> int:
        return self.counted(Provenance.MEASURED)

    @property
    def attested(self) -> int:
        return self.counted(Provenance.ATTESTED)

    @property
    def published(self) -> int:
        return self.counted(Provenance.REFERENCE)

    @property
    def undisclosed(self) -> tuple[str, ...]:
        """Models of which neither a measured nor an attested figure is known."""
        ours = {Provenance.MEASURED.value, Provenance.ATTESTED.value}
        names = [model.name for model in self.models if not ours & set(model.kinds)]
        return (*names, *self.without_figure)

    @property
    def disclosed(self) -> list[Disclosed]:
        """Weights, training data and licence: of how many models each is known to be open."""
        found = []
        for field, words in PARTS:
            told = [getattr(model.openness, field) for model in self.models]
            found.append(Disclosed(words, told.count(True), told.count(False), told.count(None)))
        return found

    def sorted(self, sort: Sort, descending: bool) -> list[OrgModel]:
        """Its models in an order; what is not known stands last either way."""
        known = [model for model in self.models if _KEYS[sort](model) is not None]
        unknown = [model for model in self.models if _KEYS[sort](model) is None]
        return sorted(known, key=lambda one: (_KEYS[sort](one), one.name), reverse=descending) + unknown


_KEYS: Final[dict[Sort, Callable[[OrgModel], Any]]] = {
    "model": lambda model: model.name.lower(),
    "energy": lambda model: model.shown.energy_wh_per_1000,
    "stars": lambda model: model.shown.stars,
    "params": lambda model: model.params,
    "figures": lambda model: len(model.rows),
}


def organisation(record: Record, org: str) -> Organisation:
    """An organisation by its name, upper or lower case.

    Raises:
        BadInput: no organisation can be called so.
        NotFound: the record has no model of it.
    """
    if not org or len(org) > 96 or "/" in org or not org.isprintable():
        raise BadInput(f"{org[:40]!r} is not an organisation.", "Write it as the Hub does, without a slash.")
    rows = record.rows_beginning(f"{org}/")
    name = rows[0].org if rows else org
    without = record.models_without_figure(name)
    if not rows and not without:
        raise _unknown(record, org)
    standing = standings(record, rows)
    ordered = _ordered(rows, standing, [edition.id for edition in record.editions()])
    models: dict[str, list[Rating]] = {}
    for row in ordered:
        models.setdefault(row.model, []).append(row)
    return Organisation(
        name,
        tuple(OrgModel(model, tuple(own)) for model, own in sorted(models.items())),
        len(rows) < MOST_ROWS,
        _best(row for row in ordered if standing[row.id].withdrawn is None),
        standing,
        tuple(without),
    )


def _ordered(
    rows: Iterable[Rating], standing: Mapping[str, Standing], editions: Sequence[str]
) -> list[Rating]:
    """Those first by which a model is judged. `editions`: their ids, the newest first."""
    kinds = list(Provenance)
    place = {id: at for at, id in enumerate(editions)}

    def key(row: Rating) -> tuple[object, ...]:
        return (
            standing[row.id].withdrawn is not None,
            kinds.index(row.provenance),
            place.get(row.edition, len(place)),
            row.reasoning != "off",
            -(row.stars or 0),
            row.energy_wh_per_1000,
            row.id,
        )

    return sorted(rows, key=key)


def _unknown(record: Record, org: str) -> NotFound:
    alike, _ = record.organisations(org[:3], limit=5)
    names = ", ".join(one.name for one in alike)
    remedy = f"Its name begins or sounds like: {names}. " if names else ""
    return NotFound(
        f"No model of {org[:60]!r} has a figure here.",
        f"{remedy}See /orgs for every organisation, or submit a model of it to have it measured.",
    )


def _best(rows: Iterable[Rating]) -> tuple[Rating, ...]:
    """Of each task, hardware class and edition the most frugal row, without reasoning where there is one."""
    places: dict[tuple[str, str, str], list[Rating]] = {}
    for row in rows:
        places.setdefault((row.task, row.hardware, row.edition), []).append(row)
    return tuple(min(here, key=_frugal) for _, here in sorted(places.items()))


def _frugal(row: Rating) -> tuple[bool, float, str]:
    return row.reasoning != "off", row.energy_wh_per_1000, row.id


def page_of(models: Sequence[OrgModel], after: str | None, limit: int) -> tuple[list[OrgModel], str | None]:
    """Some of the models after one by name, and the name that the next page follows.

    Raises:
        BadInput: there is no such model among them.
    """
    names = [model.name for model in models]
    if after is not None and after not in names:
        raise BadInput(f"after is {after[:60]!r}, which is no model here.", "Start from the first page.")
    start = 0 if after is None else names.index(after) + 1
    shown = list(models[start : start + limit])
    return shown, shown[-1].name if shown and start + limit < len(models) else None
