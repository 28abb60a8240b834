"""Two editions side by side: who moved, and a sentence that says why (METHOD §5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from leaderboard.domain import Bands, Cell, Rating, Reference, Rule
from leaderboard.rating.changes import CellChanges, Change, Edition, Kind, compare
from leaderboard.rating.document import document
from leaderboard.rating.reasons import Mover, References, number
from leaderboard.rating.stars import star
from tests import builders

A, B = "2026-11", "2027-05"
EDGES = (0.4, 0.8, 1.2, 1.6)
REFERENCES = tuple(Reference(model=f"o/r-{n}", energy=0.2 * n) for n in range(1, 11))


def bands(edges: Sequence[float] = EDGES, references: Sequence[Reference] = REFERENCES) -> Bands:
    return builders.bands(edges, references=tuple(references))


def row(edition: str, name: str = "m", energy: float = 1.0, **fields: Any) -> Rating:
    return builders.rating(
        f"o/{name}", edition=edition, energy_wh_per_1000=energy, development=False, **fields
    )


CELL = row(A).cell


def side(id: str, rows: Sequence[Rating], cell_bands: Bands | None, **fields: Any) -> Edition:
    """An edition whose rows are rated by its bands where they have stars at all."""
    rated = [
        one.model_copy(update={"stars": star(one.energy_wh_per_1000, cell_bands)})
        if cell_bands is not None and one.stars is not None
        else one
        for one in rows
    ]
    kept = {} if cell_bands is None else {CELL._replace(edition=id): cell_bands}
    return Edition(id, rated, kept, **fields)


def cell(before: Edition, after: Edition) -> CellChanges:
    (found,) = compare(before, after)
    return found


def change(before: Edition, after: Edition) -> Change:
    (found,) = cell(before, after).changes
    return found


def run(edition: str, energy: float, run_id: str, **fields: Any) -> Rating:
    return row(edition, energy=energy, run_id=run_id, **fields)


def test_only_the_bands_moved() -> None:
    added = [
        Reference(model=f"o/new-{n}", energy=energy) for n, energy in enumerate([0.3, 0.4, 0.5] + [2.0] * 9)
    ]
    found = change(
        side(A, [run(A, 1.0, "one")], bands((0.4, 1.2, 1.4, 1.6))),
        side(B, [run(B, 1.0, "one")], bands((0.4, 0.95, 1.4, 1.6), [*REFERENCES, *added])),
    )
    assert (found.kind, found.moved_by, found.anew) == (Kind.MOVED, Mover.BANDS, False)
    assert found.reason == (
        "Its energy is the same; the 4-star edge fell from 1.20 to 0.950 Wh, since twelve models were added "
        "to its reference models (three of them more frugal than it)."
    )


def test_two_stars_name_both_edges_and_rising_edges_the_other_side() -> None:
    added = Reference(model="o/new", energy=3.0)
    found = change(
        side(A, [row(A, energy=1.0)], bands()),
        side(B, [row(B, energy=1.0)], bands((1.1, 1.2001, 1.4, 1.6), [*REFERENCES[1:], added])),
    )
    assert [(edge.stars, edge.before, edge.after) for edge in found.edges] == [
        (5, 0.4, 1.1),
        (4, 0.8, 1.2001),
    ]
    assert found.reason == (
        "Its energy is the same; the 5-star edge rose from 0.400 to 1.10 Wh; the 4-star edge rose from 0.800 "
        "to 1.20 Wh, since one model was added to its reference models (one of them less frugal than it) and "
        "one was taken out of its reference models."
    )


def test_only_its_energy_moved() -> None:
    found = change(side(A, [run(A, 1.0, "one")], bands()), side(B, [run(B, 1.3, "two")], bands()))
    assert (found.kind, found.moved_by, found.anew) == (Kind.MOVED, Mover.ENERGY, True)
    assert found.reason == (
        "It was measured anew: 1.30 Wh instead of 1.00 Wh (+30.0 %). That alone moved it: "
        "the 3-star edge stayed at 1.20 Wh."
    )


def test_measured_anew_while_the_bands_alone_moved_it() -> None:
    anew = (*REFERENCES[:9], Reference(model="o/r-10", energy=2.5))
    found = change(
        side(A, [run(A, 1.0, "one")], bands()),
        side(B, [run(B, 1.0001, "two")], bands((0.4, 0.8, 0.9, 1.6), anew)),
    )
    assert (found.moved_by, found.anew) == (Mover.BANDS, True)
    assert found.reason == (
        "It was measured anew: 1.0001 Wh instead of 1.0000 Wh (+0.0 %); the 3-star edge fell from 1.20 to "
        "0.900 Wh, since one was measured anew among them. The edges alone moved it."
    )


def test_energy_and_bands_moved_it_together() -> None:
    found = change(
        side(A, [run(A, 1.0, "one")], bands()),
        side(B, [run(B, 1.15, "two")], bands((0.4, 0.8, 1.1, 1.6))),
    )
    assert found.moved_by is Mover.BOTH
    assert found.reason.endswith("fell from 1.20 to 1.10 Wh. Its energy and the edges moved it together.")


def test_another_rule_is_said() -> None:
    wide = builders.bands((), rule=Rule.RANGE, low=0.2, high=20.0, references=REFERENCES)
    after = side(B, [row(B, energy=1.0, rule=Rule.RANGE)], wide)
    found = change(side(A, [row(A, energy=1.0)], bands()), after)
    assert found.moved_by is Mover.RULE
    assert found.reason.endswith("the newer edition rates by another rule (quintile, now range).")
    assert found.edges[-1].after == pytest.approx(0.2 + 2 * 19.8 / 5)


def test_nothing_moved() -> None:
    same = change(side(A, [row(A)], bands()), side(B, [row(B)], bands()))
    assert (same.kind, same.reason, same.moved_by) == (Kind.UNMOVED, "Its energy is the same.", None)
    anew = change(side(A, [run(A, 1.0, "one")], bands()), side(B, [run(B, 1.0, "two")], bands()))
    assert (anew.anew, anew.reason) == (True, "It was measured anew: 1.00 Wh as before.")
    published = change(side(A, [row(A, energy=1.0)], bands()), side(B, [row(B, energy=1.01)], bands()))
    assert (published.anew, published.kind) == (True, Kind.UNMOVED)


def test_new_gone_and_withdrawn_models() -> None:
    gone, withdrawn = row(A, "gone"), row(A, "withdrawn", 1.1)
    before = side(A, [gone, withdrawn], bands(), withdrawn={withdrawn.id: "Throttled."})
    found = cell(before, side(B, [row(B, "new")], bands()))
    assert [(one.kind, one.row.model, one.reason) for one in found.changes] == [
        (Kind.NEW, "o/new", f"{A} did not have it."),
        (Kind.GONE, "o/gone", f"{B} has no figure of it."),
        (Kind.GONE, "o/withdrawn", "It was withdrawn: Throttled."),
    ]
    assert found.count(Kind.NEW, Kind.GONE) == 3
    told = document(A, B, [found])["cells"][0]["changes"]
    assert [(one["kind"], one["before"] is None, one["after"] is None) for one in told] == [
        ("new", True, False),
        ("gone", False, True),
        ("gone", False, True),
    ]


def test_other_weights_are_not_compared_and_the_same_under_another_revision_are() -> None:
    old, new = row(A, revision="a" * 40), row(B, revision="b" * 40)
    other = change(side(A, [old], bands()), side(B, [new], bands((0.4, 0.5, 0.6, 1.6))))
    assert (other.kind, other.moved_by, other.anew) == (Kind.INCOMPARABLE, None, None)
    assert "other weights (aaaaaaa, now bbbbbbb)" in other.reason
    unknown = change(side(A, [row(A, revision=None)], bands()), side(B, [new], bands()))
    assert "an unknown revision, now bbbbbbb" in unknown.reason
    same = change(
        side(A, [old], bands(), weights={old.id: "w"}), side(B, [new], bands(), weights={new.id: "w"})
    )
    assert same.kind is Kind.UNMOVED


def test_of_several_revisions_those_that_are_the_same_stand_side_by_side() -> None:
    first, second = "1" * 40, "2" * 40
    before = [row(A, energy=1.0, revision=first), row(A, energy=2.0, revision=second, configuration="x")]
    after = [row(B, energy=0.9, revision=second), row(B, energy=1.0, revision="3" * 40, configuration="x")]
    found = cell(side(A, before, bands()), side(B, after, bands()))
    pairs = {(one.before.revision, one.after.revision) for one in found.changes if one.before and one.after}
    assert pairs == {(second, second), (first, "3" * 40)}
    precision = cell(side(A, [row(A)], bands()), side(B, [row(B, precision="int8")], bands()))
    assert [one.kind for one in precision.changes] == [Kind.NEW, Kind.GONE]


def test_with_and_without_stars() -> None:
    bare, starred = row(A, stars=None, not_rated="not rated (8 of 10)"), row(A)
    rated = change(side(A, [bare], None), side(B, [row(B, cell_size=12)], bands()))
    assert (rated.kind, rated.reason) == (
        Kind.RATED,
        f"It had no stars (not rated (8 of 10)); in {B} its cell has bands of 12 models.",
    )
    lost = change(
        side(A, [starred], bands()), side(B, [row(B, stars=None, not_rated="shown, never rated")], None)
    )
    assert (lost.kind, lost.reason) == (Kind.UNRATED, f"It has no stars in {B}: shown, never rated.")
    neither = change(side(A, [bare], None), side(B, [row(B, stars=None)], None))
    assert (neither.kind, neither.reason) == (Kind.UNMOVED, "It has no stars in either: not rated yet.")
    unknown = change(Edition(A, [row(A, stars=5)], {}), side(B, [row(B)], bands()))
    assert (unknown.kind, unknown.edges) == (Kind.MOVED, ())
    assert unknown.reason.endswith("The bands of its cell are not kept in both editions.")


def test_cells_stand_apart_and_those_of_one_edition_are_told() -> None:
    elsewhere = row(A, task="a-task")
    found = compare(
        Edition(A, [elsewhere, row(A), row(A, "c", best=False)], {CELL._replace(edition=A): bands()}),
        side(B, [row(B)], bands()),
    )
    assert [one.key for one in found] == ["a-task/cpu//offline-b1/off", CELL.key_in_edition]
    assert found[0].cell == Cell(A, "a-task", "cpu", "", "offline-b1", "off")
    assert (found[0].edges, found[0].after, found[0].changes[0].kind) == ((), None, Kind.GONE)
    assert [edge.stars for edge in found[1].edges] == [5, 4, 3, 2]
    assert not found[1].references
    assert found[1].cell.edition == B


def test_what_moved_comes_first() -> None:
    rows = {"moved": 1.0, "same": 0.1}
    before = side(A, [row(A, name, energy) for name, energy in rows.items()], bands())
    narrow = bands((0.4, 0.8, 0.9, 1.6))
    found = cell(before, side(B, [row(B, name, energy) for name, energy in rows.items()], narrow))
    assert [one.row.model for one in found.changes] == ["o/moved", "o/same"]


def test_an_edge_that_is_merged_away_still_has_a_place() -> None:
    merged = bands().model_copy(update={"edges": ((0.4, 5), (1.2, 3), (1.6, 2))})
    assert (merged.edge(5), merged.edge(4), merged.edge(3), merged.edge(2)) == (0.4, 0.4, 1.2, 1.6)
    found = change(side(A, [row(A, energy=0.7)], bands()), side(B, [row(B, energy=0.7)], merged))
    assert found.reason == "Its energy is the same; the 4-star edge fell from 0.800 to 0.400 Wh."


def test_counts_and_figures_in_words() -> None:
    assert [number(count) for count in (0, 1, 12, 13, 1300)] == ["no", "one", "twelve", "13", "1,300"]
    left = References(left=REFERENCES[:2], anew=REFERENCES[:3])
    assert left
    large = change(
        side(A, [run(A, 12345.6, "one")], bands()), side(B, [run(B, 12345.600001, "two")], bands())
    )
    assert "12,346 Wh instead of 12,346 Wh" not in large.reason
    close = change(side(A, [run(A, 1.0, "one")], bands()), side(B, [run(B, 1 + 1e-15, "two")], bands()))
    assert "Wh instead of" in close.reason
