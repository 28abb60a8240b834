"""A stamp for every state that a page could show; and what is added at the end, all or nothing."""

from __future__ import annotations

import pytest

from leaderboard.domain import Conflict, Status
from leaderboard.record import Record
from leaderboard.record.watching import Stamp
from tests import builders


def stamp(record: Record, id: str) -> Stamp:
    return record.stamps([id])[id]


def test_every_step_has_a_stamp_of_its_own(record: Record) -> None:
    submission = builders.submission()
    record.submit(submission, builders.received_and_queued())
    seen = [stamp(record, submission.id)]
    claim = record.claim(["cpu"], "m", 60)
    assert claim is not None
    seen.append(stamp(record, submission.id))
    record.append(submission.id, builders.event(Status.RUNNING), fence=claim.fence)
    seen.append(stamp(record, submission.id))
    for fraction in (0.1, 0.2):
        record.heartbeat(submission.id, claim.fence, builders.progress(fraction), 60)
        seen.append(stamp(record, submission.id))
    # Lost, queued again: not the stamp of the first time in the queue.
    record.append(submission.id, builders.event(Status.QUEUED))
    seen.append(stamp(record, submission.id))
    assert not any(one.final for one in seen)
    record.append(submission.id, builders.event(Status.CANCELLED))
    seen.append(stamp(record, submission.id))
    assert seen[-1].final
    assert len({one.text for one in seen}) == len(seen)
    assert stamp(record, submission.id) == seen[-1]


def test_only_those_before_it_on_its_hardware_are_news(record: Record) -> None:
    ids = []
    for model, hardware in (("org/a", "cpu"), ("org/b", "t4-16gb"), ("org/c", "cpu"), ("org/d", "cpu")):
        submission = builders.submission(builders.plan(model, hardware=hardware))
        record.submit(submission, builders.received_and_queued())
        ids.append(submission.id)
    before = stamp(record, ids[2])
    for other in (ids[1], ids[3]):
        record.append(other, builders.event(Status.CANCELLED))
    assert stamp(record, ids[2]) == before
    record.append(ids[0], builders.event(Status.CANCELLED))
    assert stamp(record, ids[2]) != before


def test_who_comes_later_and_goes_first_is_news(record: Record) -> None:
    ids: list[str] = []
    for number, person in enumerate(("ada", "ada", "bo")):
        submission = builders.submission(builders.plan(f"org/m{number}"), submitted_by=person)
        before = stamp(record, ids[1]) if len(ids) == 2 else ""
        record.submit(submission, builders.received_and_queued())
        ids.append(submission.id)
    assert stamp(record, ids[1]) != before, "bo's first goes before ada's second"


def test_what_is_not_there_has_no_stamp(record: Record) -> None:
    submission = builders.submission()
    record.submit(submission, builders.received_and_queued())
    asked = [submission.id, *(f"{number:012}" for number in range(1200))]
    assert list(record.stamps(asked)) == [submission.id]
    assert record.stamps([]) == {}


def test_notices_come_with_their_act_or_not_at_all(record: Record) -> None:
    notices = [builders.notice("rating0001"), builders.notice("rating0002")]
    act = builders.act(subject="rating0001", act="dispute")
    record.add_notices(notices, act)
    assert record.notices("rating0002") == [notices[1]]
    assert record.acts("rating0001") == [act]
    submission = builders.submission()
    record.submit(submission, builders.received_and_queued())
    with pytest.raises(Conflict):
        record.append_with_notices(submission.id, builders.event(Status.WITHDRAWN), notices)
    assert record.notices("rating0002") == [notices[1]]
    told = record.append_with_notices(submission.id, builders.event(Status.CANCELLED), notices)
    assert told is Status.CANCELLED
    assert len(record.notices("rating0002")) == 2
