"""When an edition has had its time: exactly at the borders, and once per cause (METHOD §5)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from leaderboard.domain import (
    Bands,
    Cause,
    Edition,
    EditionStatus,
    Proposal,
    Provenance,
    Rating,
    Rule,
    Source,
)
from leaderboard.rating.renewal import Ground, grounds, unproposed
from tests import builders

FREEZE = datetime(2026, 11, 2, 12, tzinfo=UTC)
SOON = datetime(2026, 12, 1, tzinfo=UTC)
EDITION = builders.edition("2026-11", status=EditionStatus.FROZEN)


def row(name: str, stars: int | None, **fields: Any) -> Rating:
    return builders.rating(f"new/{name}", edition=EDITION.id, development=False, stars=stars, **fields)


CELL = row("m", 5).cell
BANDS = builders.bands(frozen_at=FREEZE, beside=("new/beside",))


def cell_of(five: int, of: int) -> list[Rating]:
    return [row(f"m-{n}", 5 if n < five else 3) for n in range(of)]


def causes(rows: list[Rating], bands: Bands = BANDS, at: datetime = SOON, **fields: Any) -> list[Ground]:
    edition = EDITION.model_copy(update=fields)
    return grounds(edition, {CELL: bands}, rows, at)


@pytest.mark.parametrize(
    ("five", "of", "cause"),
    [
        *((7, 20, True), (6, 20, False), (7, 19, False), (7, 21, False)),
        *((19, 19, False), (20, 20, True), (35, 100, True), (34, 100, False)),
    ],
)
def test_thirty_five_percent_of_twenty_or_more(five: int, of: int, cause: bool) -> None:
    found = causes(cell_of(five, of))
    assert bool(found) is cause
    if cause:
        (ground,) = found
        assert (ground.cause, ground.cell, ground.extent) == (Cause.FIVE_STARS, CELL.key_in_edition, five)
        assert ground.reason.startswith(f"{five} of the {of} models added to")


def test_only_models_that_were_added_and_are_rated_count() -> None:
    nineteen = cell_of(19, 19)
    others = [
        row("beside", 5),
        builders.rating("org/model-3", edition=EDITION.id, stars=5),
        row("unrated", None),
        row("attested", None, provenance=Provenance.ATTESTED),
        row("configuration", 5, best=False),
        row("elsewhere", 5, hardware="t4-16gb"),
        row("m-0", 5, precision="int8"),
    ]
    assert causes([*nineteen, *others]) == []
    twentieth = row("twentieth", 5)
    assert len(causes([*nineteen, twentieth])) == 1
    assert grounds(EDITION, {CELL: BANDS}, [*nineteen, twentieth], SOON, {twentieth.id}) == []


def test_a_model_of_two_precisions_counts_once_by_its_most_stars() -> None:
    rows = cell_of(6, 20)
    assert causes(rows) == []
    assert causes([*rows, row("m-19", 5, precision="int8"), row("m-0", 1, precision="int8")])[0].extent == 7


def test_the_range_rule_knows_no_five_star_cause() -> None:
    bands = builders.bands((), rule=Rule.RANGE, low=0.1, high=2.0, frozen_at=FREEZE)
    assert causes(cell_of(20, 20), bands) == []


@pytest.mark.parametrize(
    ("at", "halves"),
    [
        (datetime(2026, 11, 1, tzinfo=UTC), 0),
        (datetime(2027, 5, 1, 23, 59, tzinfo=UTC), 0),
        (datetime(2027, 5, 2, tzinfo=UTC), 1),
        (datetime(2027, 11, 1, tzinfo=UTC), 1),
        (datetime(2027, 11, 2, tzinfo=UTC), 2),
    ],
)
def test_half_a_year_is_over_on_the_same_day(at: datetime, halves: int) -> None:
    found = causes([], at=at)
    assert [ground.extent for ground in found] == ([halves] if halves else [])
    if halves:
        assert found[0].reason == (
            "It was frozen on 2026-11-02: " + ("half a year ago." if halves == 1 else "2 half years ago.")
        )


def test_without_a_time_of_freezing_the_editions_day_counts() -> None:
    old = builders.bands()
    assert causes([], old, datetime(2027, 5, 2, tzinfo=UTC), dated=date(2026, 11, 2))
    assert not causes([], old, datetime(2027, 5, 2, tzinfo=UTC), dated=date(2026, 11, 3))


@pytest.mark.parametrize(
    "other",
    [
        {"development": True},
        {"status": EditionStatus.OPEN},
        {"status": EditionStatus.SUPERSEDED},
        {"source": Source(title="t", where="w", unit="Wh", terms="t", file="f.csv", format="aies")},
    ],
)
def test_reference_development_and_open_editions_never_age(other: dict[str, Any]) -> None:
    assert causes(cell_of(20, 20), at=datetime(2030, 1, 1, tzinfo=UTC))
    assert causes(cell_of(20, 20), at=datetime(2030, 1, 1, tzinfo=UTC), **other) == []


def ground(extent: int, cell: str = "") -> Ground:
    return Ground(Cause.FIVE_STARS if cell else Cause.HALF_YEAR, cell, extent, "why")


def proposal(extent: int, cell: str = "") -> Proposal:
    cause = Cause.FIVE_STARS if cell else Cause.HALF_YEAR
    return builders.proposal(EDITION.id, cause=cause, cell=cell, extent=extent)


def asked(found: list[Ground], proposals: list[Proposal], declined: list[Proposal]) -> list[Ground]:
    decisions = [builders.decision(one.id) for one in declined]
    return unproposed(EDITION.id, found, proposals, decisions)


def test_one_proposal_per_cause_while_it_waits() -> None:
    first, cell = ground(7, "a/b//c/off"), ground(1)
    assert asked([first, cell], [], []) == [first, cell]
    assert asked([first, cell], [proposal(7, "a/b//c/off")], []) == [cell]
    assert asked([ground(9, "a/b//c/off")], [proposal(7, "a/b//c/off")], []) == []
    other: Edition = builders.edition("2027-05")
    assert unproposed(other.id, [first], [proposal(7, "a/b//c/off")], []) == [first]


def test_a_declined_cause_returns_only_when_it_has_grown() -> None:
    before = proposal(7, "a/b//c/off")
    assert asked([ground(7, "a/b//c/off")], [before], [before]) == []
    assert asked([ground(6, "a/b//c/off")], [before], [before]) == []
    grown = ground(8, "a/b//c/off")
    assert asked([grown], [before], [before]) == [grown]
