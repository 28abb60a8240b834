"""Where a rating stands: current, disputed, superseded, withdrawn; the gravest word wins."""

from __future__ import annotations

import pytest

from leaderboard.domain import EditionStatus, Rating
from leaderboard.record import Record
from leaderboard.standing import StandingStatus, newest_after, standing, standings
from tests import builders

OLD, NEW, NEWEST = "2026-11", "2027-05", "2027-11"


def chain(record: Record, old: EditionStatus = EditionStatus.SUPERSEDED) -> Rating:
    row = builders.rating(edition=OLD)
    for id, status, succeeds in (
        (OLD, old, None),
        (NEW, EditionStatus.SUPERSEDED, OLD),
        (NEWEST, EditionStatus.FROZEN, NEW),
        ("2028-05", EditionStatus.OPEN, NEWEST),
    ):
        rows = [row] if id == OLD else []
        record.put_edition(builders.edition(id, status=status, succeeds=succeeds), {}, rows, id)
    return row


def test_a_rating_that_nothing_speaks_against(record: Record) -> None:
    row = chain(record, EditionStatus.FROZEN)
    found = standing(record, row)
    assert found.current
    assert (found.reason, found.newer_edition, found.notices) == ("", None, ())
    assert found.edition_status is EditionStatus.FROZEN


def test_superseded_says_why_and_leads_to_the_newest_that_is_frozen(record: Record) -> None:
    row = chain(record)
    assert standing(record, row).reason == "Edition 2026-11 was superseded by 2027-11."
    record.add_notice(builders.notice(OLD, kind="superseded", reason="Half a year is over."))
    found = standing(record, row)
    assert found.status is StandingStatus.SUPERSEDED
    assert (found.reason, found.newer_edition) == ("Half a year is over.", NEWEST)


@pytest.mark.parametrize("old", [EditionStatus.FROZEN, EditionStatus.SUPERSEDED])
def test_the_gravest_word_wins_and_the_others_stay(record: Record, old: EditionStatus) -> None:
    row = chain(record, old)
    record.add_notice(builders.notice(row.id, kind="disputed", reason="Throttled?"))
    expected = StandingStatus.SUPERSEDED if old is EditionStatus.SUPERSEDED else StandingStatus.DISPUTED
    assert standing(record, row).status is expected
    record.add_notice(builders.notice(row.id, kind="withdrawn", reason="It was throttled."))
    found = standing(record, row)
    assert (found.status, found.reason) == (StandingStatus.WITHDRAWN, "It was throttled.")
    assert [notice.kind for notice in found.notices] == ["disputed", "withdrawn"]


def test_an_answered_dispute_stands_no_more_and_a_new_one_does(record: Record) -> None:
    row = chain(record, EditionStatus.FROZEN)
    for kind, current in (("disputed", False), ("settled", True), ("disputed", False), ("settled", True)):
        record.add_notice(builders.notice(row.id, kind=kind))
        assert standing(record, row).current is current
    assert len(standing(record, row).notices) == 4
    record.add_notice(builders.notice(row.id, kind="withdrawn"))
    record.add_notice(builders.notice(row.id, kind="settled"))
    assert standing(record, row).status is StandingStatus.WITHDRAWN


def test_many_at_once_are_told_apart(record: Record) -> None:
    row = chain(record, EditionStatus.FROZEN)
    others = [builders.rating(f"o/m-{n}", edition=OLD) for n in range(1500)]
    orphan = builders.rating("o/orphan", edition="gone")
    record.add_notice(builders.notice(others[-1].id, kind="withdrawn"))
    found = standings(record, [row, *others, orphan])
    assert [id for id, one in found.items() if not one.current] == [others[-1].id]
    assert found[orphan.id].edition_status is None


def test_a_ring_of_editions_ends() -> None:
    ring = [
        builders.edition("a", succeeds="b", status=EditionStatus.FROZEN),
        builders.edition("b", succeeds="a", status=EditionStatus.FROZEN),
    ]
    assert newest_after("a", ring) == "b"
    assert newest_after("none", ring) is None
