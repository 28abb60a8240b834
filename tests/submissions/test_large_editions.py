"""What the clock does looks at an edition of any size without holding it."""

from __future__ import annotations

import pytest

from leaderboard import freezing, proposing, succession
from leaderboard.domain import EditionStatus, Rating
from leaderboard.record import Record, edition_walks
from submissions import retests
from submissions.status.disputes import Disputes
from tests import builders
from tests.board.conftest import public_row

OLD = builders.edition("2026-05", status=EditionStatus.FROZEN)
NEW = builders.edition("2026-11", succeeds=OLD.id)


def rows(count: int = 30) -> list[Rating]:
    return [
        public_row(f"org/m-{place:02}", edition=OLD.id, stars=5, run_id=f"{place:012x}")
        for place in range(count)
    ]


def carried_on(row: Rating) -> Rating:
    return row.model_copy(update={"id": freezing.own_rating_id(NEW.id, row), "edition": NEW.id})


@pytest.fixture
def never_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edition_walks, "AT_ONCE", 7)
    monkeypatch.setattr(Record, "edition_rows", lambda *_: pytest.fail("it asked for every row"))


@pytest.mark.usefixtures("never_whole")
def test_no_hourly_job_asks_for_every_row(record: Record) -> None:
    made = [row.model_copy(update={"id": freezing.own_rating_id(OLD.id, row)}) for row in rows()]
    bands = {made[0].cell: builders.bands(beside=())}
    record.put_edition(OLD, bands, made, "old")
    record.put_edition(NEW, {}, [carried_on(row) for row in made], "new")
    assert any("30 of the 30 models" in proposal.reason for proposal in proposing.propose(record))
    assert succession.carry_on(record) == {}
    retests.queue_due(record, Disputes(record))


@pytest.mark.usefixtures("never_whole")
def test_a_row_that_is_still_to_be_carried_on_is_seen(record: Record) -> None:
    made = [row.model_copy(update={"id": freezing.own_rating_id(OLD.id, row)}) for row in rows()]
    record.put_edition(OLD, {}, made, "old")
    record.put_edition(NEW, {}, [carried_on(row) for row in made[1:]], "new")
    assert freezing.has_more(record, NEW)
    record.put_edition(NEW, {}, [carried_on(row) for row in made], "newer")
    assert not freezing.has_more(record, NEW)


def test_a_walk_in_small_steps_sees_every_row(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edition_walks, "AT_ONCE", 7)
    made = rows(20)
    record.put_edition(OLD, {}, made, "old")
    assert {row.id for row in record.each_row(OLD.id)} == {row.id for row in made}
    assert record.row_count(OLD.id) == 20
