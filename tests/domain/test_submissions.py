"""Status is a fold of events, and every legal move stands in one table."""

from __future__ import annotations

import itertools

import pytest

from leaderboard.domain import MOVES, Conflict, Fault, Status, check_move, fold
from tests import builders


@pytest.mark.parametrize(("before", "after"), list(itertools.product([None, *Status], Status)))
def test_exactly_the_moves_of_the_table_are_allowed(before: Status | None, after: Status) -> None:
    if after in MOVES[before]:
        check_move(before, after)
    else:
        with pytest.raises(Conflict, match=f"cannot become {after.value}"):
            check_move(before, after)


def test_a_whole_life() -> None:
    life = [
        Status.RECEIVED,
        Status.QUEUED,
        Status.CLAIMED,
        Status.RUNNING,
        Status.QUEUED,  # the runner was lost
        Status.CLAIMED,
        Status.RUNNING,
        Status.VERIFYING,
        Status.DONE,
        Status.WITHDRAWN,
    ]
    for length in range(1, len(life) + 1):
        assert fold(builders.event(status) for status in life[:length]) is life[length - 1]


def test_no_events_no_status() -> None:
    with pytest.raises(Conflict, match="without events"):
        fold([])


def test_every_state_has_a_sentence_and_every_way_out_is_final() -> None:
    assert all(status.sentence.endswith(".") for status in Status)
    assert {status for status in Status if status.final} == {
        Status.DONE,
        Status.REJECTED,
        Status.FAILED,
        Status.CANCELLED,
        Status.WITHDRAWN,
    }
    assert [status for status in Status if status.live] == [Status.CLAIMED, Status.RUNNING, Status.VERIFYING]


def test_every_state_can_be_reached() -> None:
    reached = {Status.RECEIVED}
    for _ in Status:
        reached |= {after for before in reached for after in MOVES[before]}
    assert reached == set(Status)


def test_whose_fault_an_ending_was_is_unknown_where_nobody_wrote_it_down() -> None:
    for told, fault in (("ours", Fault.OURS), ("nobody's", Fault.UNKNOWN), (None, Fault.UNKNOWN)):
        event = builders.event(Status.FAILED, detail={} if told is None else {"fault": told})
        assert event.fault is fault


def test_a_run_with_a_nonce_is_its_submitters() -> None:
    assert not builders.submission().attested
    assert builders.submission(builders.plan(nonce=f"20260301-{'n' * 24}")).attested
