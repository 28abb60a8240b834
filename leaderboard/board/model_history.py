"""How one figure of a model has changed: its rows over editions and commits, and runs that were repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from leaderboard.domain import Rating, Run, three_significant, wh_per_1000

_PACKAGES = ("torch", "transformers", "diffusers", "sentence-transformers", "vllm", "zeus")
"""Those whose version is worth a word; the run's page lists all."""


@dataclass(frozen=True)
class Entry:
    """One figure: a row of an edition, with its run where it has one, or a run that is no row any more."""

    rating: Rating | None
    run: Run | None
    changed: tuple[str, ...] = ()
    """What is different from the entry below, which is older; empty for the oldest."""

    @property
    def energy_wh(self) -> float:
        """Wh per 1,000 queries."""
        if self.rating is not None:
            return self.rating.energy_wh_per_1000
        assert self.run is not None
        return wh_per_1000(self.run.energy_per_query_j)

    @property
    def at(self) -> datetime | None:
        """When it was measured; None: the source does not tell."""
        return (
            self.rating.measured_at if self.rating is not None else self.run.finished_at if self.run else None
        )


@dataclass(frozen=True)
class History:
    """The figures of one task, hardware class, protocol, way of reasoning and precision; the newest first."""

    task: str
    hardware: str
    protocol: str
    reasoning: str
    precision: str | None
    entries: tuple[Entry, ...]


Where = tuple[str, str, str, str, str | None]


def histories(rows: Sequence[Rating], runs: Sequence[Run]) -> list[History]:
    """Every place in which a model has more than one figure.

    Args:
        rows: the model's rated rows, newest edition first.
        runs: its runs, newest first.
    """
    by_id = {run.id: run for run in runs}
    shown = {row.run_id for row in rows}
    places: dict[Where, list[Entry]] = {}
    for row in rows:
        where: Where = (row.task, row.hardware, row.protocol, row.reasoning, row.precision)
        places.setdefault(where, []).append(Entry(row, by_id.get(row.run_id or "")))
    for run in runs:
        plan = run.plan
        where = (plan.task, plan.hardware, plan.protocol, plan.reasoning, plan.model.precision)
        if run.id not in shown:
            places.setdefault(where, []).append(Entry(None, run))
    return [History(*where, _told(entries)) for where, entries in places.items() if len(entries) > 1]


def _told(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Newest first, each with what changed since the one below."""
    dated = [entry for entry in entries if entry.at is not None]
    # Published rows often tell no date: they keep their editions' order, below what has one.
    ordered = sorted(dated, key=lambda entry: entry.at or datetime.min, reverse=True)
    ordered += [entry for entry in entries if entry.at is None]
    older = [*ordered[1:], None]
    return tuple(
        Entry(new.rating, new.run, changes(new, old) if old is not None else ())
        for new, old in zip(ordered, older, strict=True)
    )


def changes(new: Entry, old: Entry) -> tuple[str, ...]:
    """What is different between two figures of one place, in short words."""
    found = [_energy(new, old)]
    if new.rating and old.rating:
        found += _rows(new.rating, old.rating)
    if new.run and old.run:
        found += _runs(new.run, old.run)
    return tuple(word for word in found if word)


def _energy(new: Entry, old: Entry) -> str:
    share = new.energy_wh / old.energy_wh - 1
    if abs(share) < 0.0005:
        return "the same energy"
    return f"{three_significant(abs(share) * 100)} % {'more' if share > 0 else 'less'} energy"


def _rows(new: Rating, old: Rating) -> list[str]:
    found = []
    if new.edition != old.edition:
        found.append(f"edition {old.edition} → {new.edition}: other bands, so stars do not compare")
    elif new.stars != old.stars:
        found.append(f"{old.stars or 'no'} → {new.stars or 'no'} stars")
    if new.revision and old.revision and new.revision != old.revision:
        found.append(f"commit {old.revision[:8]} → {new.revision[:8]}")
    if new.configuration != old.configuration:
        found.append(f"configuration {old.configuration or 'not told'} → {new.configuration or 'not told'}")
    if new.provenance is not old.provenance:
        found.append(f"{old.provenance.value} → {new.provenance.value}")
    return found


def _runs(new: Run, old: Run) -> list[str]:
    pairs = [
        ("harness", old.plan.harness, new.plan.harness),
        ("profile", old.plan.profile.id, new.plan.profile.id),
        ("driver", old.environment.driver, new.environment.driver),
        ("GPU", old.environment.gpu_name, new.environment.gpu_name),
        *(
            (name, old.environment.packages.get(name), new.environment.packages.get(name))
            for name in _PACKAGES
        ),
    ]
    found = [
        f"{name} {before} → {after}" for name, before, after in pairs if before and after and before != after
    ]
    if new.plan.occasion > old.plan.occasion:
        found.append("measured again")
    if new.valid != old.valid:
        found.append("its checks pass now" if new.valid else "rejected by its checks")
    return found
