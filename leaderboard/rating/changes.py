"""Two editions side by side: whose stars differ, and why (METHOD §5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from leaderboard.domain import Bands, Cell, Rating
from leaderboard.rating import reasons
from leaderboard.rating.reasons import Edge, Mover, References
from leaderboard.rating.stars import star


class Kind(StrEnum):
    """What became of a row from one edition to the other."""

    UNMOVED = "unmoved"
    MOVED = "moved"
    RATED = "rated"
    """It had no stars, and has some now."""
    UNRATED = "unrated"
    """It had stars, and has none now."""
    NEW = "new"
    GONE = "gone"
    INCOMPARABLE = "incomparable"
    """Other weights under the same name: its stars say nothing about each other."""


@dataclass(frozen=True)
class Edition:
    """What the comparison has to know of an edition."""

    id: str
    rows: Sequence[Rating]
    """Its rows; only best ones are compared."""
    bands: Mapping[Cell, Bands]
    weights: Mapping[str, str] = field(default_factory=dict)
    """Row id → identity of its weights, where it is known: two revisions may hold the same weights."""
    withdrawn: Mapping[str, str] = field(default_factory=dict)
    """Row id → why it was withdrawn."""


@dataclass(frozen=True)
class Change:
    """One model in one cell, before and after; one of the two rows may be missing."""

    kind: Kind
    before: Rating | None
    after: Rating | None
    reason: str
    """Why, in a sentence or two."""
    moved_by: Mover | None = None
    """What moved its stars; None where they did not move or cannot be compared."""
    anew: bool | None = None
    """Whether its own energy was measured anew; None where it is in one edition alone."""
    edges: tuple[Edge, ...] = ()
    """The edges between its stars before and after."""

    @property
    def row(self) -> Rating:
        """The newer of its rows."""
        row = self.after or self.before
        assert row is not None  # a change has one at least
        return row


@dataclass(frozen=True)
class CellChanges:
    """One cell: its edges in both editions, what made them move, and every model."""

    key: str
    """Without the edition."""
    cell: Cell
    """In the newer edition, or in the older where that alone has it."""
    before: Bands | None
    after: Bands | None
    references: References
    edges: tuple[Edge, ...]
    """Of 5 to 2 stars; empty where one of the editions has no bands."""
    changes: tuple[Change, ...]
    """Those whose stars moved first, then by energy."""

    def count(self, *kinds: Kind) -> int:
        return sum(change.kind in kinds for change in self.changes)


def compare(before: Edition, after: Edition) -> list[CellChanges]:
    """Every cell of either edition that has rows, in the order of their keys.

    A model is told by name, precision and way of reasoning; where its revisions differ and its weights are
    not known to be the same, its stars are not compared. Revisions that neither source tells count as one.
    """
    rows: defaultdict[str, tuple[list[Rating], list[Rating]]] = defaultdict(lambda: ([], []))
    for place, edition in enumerate((before, after)):
        for row in edition.rows:
            if row.best:
                rows[row.cell.key_in_edition][place].append(row)
    return [_cell(key, before, after, *rows[key]) for key in sorted(rows)]


def _cell(
    key: str, before: Edition, after: Edition, rows_before: list[Rating], rows_after: list[Rating]
) -> CellChanges:
    cell = Cell.in_edition(after.id if rows_after else before.id, key)
    old = before.bands.get(Cell.in_edition(before.id, key))
    new = after.bands.get(Cell.in_edition(after.id, key))
    edges: tuple[Edge, ...] = ()
    if old is not None and new is not None:
        edges = tuple(Edge(stars, old.edge(stars), new.edge(stars)) for stars in (5, 4, 3, 2))
    references = References.between(old, new)
    made = [
        _change(pair, before, after, old, new, references)
        for pair in _pairs(rows_before, rows_after, before.weights, after.weights)
    ]
    made.sort(key=lambda change: (_ORDER.index(change.kind), change.row.energy_wh_per_1000, change.row.id))
    return CellChanges(key, cell, old, new, references, edges, tuple(made))


_ORDER = (Kind.MOVED, Kind.RATED, Kind.UNRATED, Kind.INCOMPARABLE, Kind.NEW, Kind.GONE, Kind.UNMOVED)
Pair = tuple[Rating | None, Rating | None, bool]
"""A row before, a row after, whether their weights are the same."""


def _pairs(
    before: Sequence[Rating], after: Sequence[Rating], old: Mapping[str, str], new: Mapping[str, str]
) -> Iterator[Pair]:
    """Rows of one model side by side: those of the same weights first, then what is left, by energy."""
    names: defaultdict[tuple[str | None, ...], tuple[list[Rating], list[Rating]]] = defaultdict(
        lambda: ([], [])
    )
    for place, rows in enumerate((before, after)):
        for row in sorted(rows, key=lambda row: (row.energy_wh_per_1000, row.id)):
            names[row.model, row.precision, row.reasoning][place].append(row)
    for left, right in names.values():
        for row in tuple(left):
            same = next((other for other in right if _same_weights(row, other, old, new)), None)
            if same is not None:
                left.remove(row)
                right.remove(same)
                yield row, same, True
        paired = min(len(left), len(right))
        yield from ((left[place], right[place], False) for place in range(paired))
        yield from ((row, None, False) for row in left[paired:])
        yield from ((None, row, False) for row in right[paired:])


def _same_weights(before: Rating, after: Rating, old: Mapping[str, str], new: Mapping[str, str]) -> bool:
    if before.revision == after.revision:
        return True
    return before.id in old and old[before.id] == new.get(after.id)


def _change(
    pair: Pair,
    before: Edition,
    after: Edition,
    old_bands: Bands | None,
    new_bands: Bands | None,
    references: References,
) -> Change:
    old, new, same_weights = pair
    if old is None:
        return Change(Kind.NEW, None, new, f"{before.id} did not have it.")
    if new is None:
        why = before.withdrawn.get(old.id)
        gone = f"It was withdrawn: {why}" if why is not None else f"{after.id} has no figure of it."
        return Change(Kind.GONE, old, None, gone)
    if not same_weights:
        return Change(Kind.INCOMPARABLE, old, new, reasons.other_weights(old, new))
    anew = _anew(old, new)
    if old.stars is None or new.stars is None:
        kind = Kind.UNMOVED if old.stars == new.stars else Kind.RATED if old.stars is None else Kind.UNRATED
        return Change(kind, old, new, reasons.without_stars(old, new, after.id), None, anew)
    if old.stars == new.stars:
        return Change(Kind.UNMOVED, old, new, reasons.same_stars(old, new, anew), None, anew)
    if old_bands is None or new_bands is None:
        return Change(Kind.MOVED, old, new, reasons.without_bands(old, new, anew), None, anew)
    by = _moved_by(old, new, old_bands, new_bands)
    edges = _edges_between(old.stars, new.stars, old_bands, new_bands)
    sentence = reasons.moved(old, new, anew=anew, by=by, edges=edges, references=references)
    return Change(Kind.MOVED, old, new, sentence, by, anew, edges)


def _anew(old: Rating, new: Rating) -> bool:
    if old.run_id is not None and new.run_id is not None:
        return old.run_id != new.run_id
    return old.energy_wh_per_1000 != new.energy_wh_per_1000


def _moved_by(old: Rating, new: Rating, old_bands: Bands, new_bands: Bands) -> Mover:
    """What would have moved the stars by itself: the energy under the old bands, or the bands alone."""
    if old_bands.rule is not new_bands.rule:
        return Mover.RULE
    by_energy = star(new.energy_wh_per_1000, old_bands) != old.stars
    by_bands = star(old.energy_wh_per_1000, new_bands) != old.stars
    if by_energy == by_bands:
        return Mover.BOTH
    return Mover.ENERGY if by_energy else Mover.BANDS


def _edges_between(old: int, new: int, old_bands: Bands, new_bands: Bands) -> tuple[Edge, ...]:
    crossed = range(max(old, new), min(old, new), -1)
    return tuple(Edge(stars, old_bands.edge(stars), new_bands.edge(stars)) for stars in crossed)
