"""What operators do: written down before it is done, with author and reason, and told to whom it concerns."""

from __future__ import annotations

import pytest

from leaderboard.domain import BadInput, Conflict, Event, FenceLost, NotFound, Status, UnknownName
from leaderboard.publish import Publisher
from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from leaderboard.settings import read_settings
from leaderboard.standing import standing
from submissions import pausing
from submissions.desk.acts import Desk
from submissions.desk.log import LONGEST_REASON, By, entries, written
from submissions.desk.view import overview
from tests import builders
from tests.submissions.desk.space import ADA, LEASE_S, queued

BY = By(ADA, "  The rack is being moved. ")
WHY = "The rack is being moved."


@pytest.fixture
def clock() -> HandClock:
    return HandClock(builders.NOON)


@pytest.fixture
def desk(record: Record) -> Desk:
    settings = read_settings({"STARWATT_DATA": str(record.folder)})
    return Desk(record, Publisher.of(record, settings))


def told(record: Record) -> list[tuple[str, str, str, str, bool]]:
    return [(e.act.act, e.act.subject, e.act.actor, e.act.reason, bool(e.refused)) for e in entries(record)]


def fail(record: Record, submission_id: str) -> None:
    claim = record.claim(["cpu"], "m", LEASE_S)
    assert claim is not None
    record.append(submission_id, builders.event(Status.FAILED, message="Out of memory."), fence=claim.fence)


def test_an_act_is_there_before_its_effect_and_when_the_space_dies_in_between(record: Record) -> None:
    class PowerCut(BaseException):
        """Nothing catches it."""

    with pytest.raises(PowerCut), written(record, BY, "pause", "cpu"):
        assert told(record) == [("pause", "cpu", "ada", WHY, False)]
        raise PowerCut
    assert told(record) == [("pause", "cpu", "ada", WHY, False)]


def test_an_act_that_cannot_be_written_has_no_effect(
    record: Record, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(record, "add_act", full)
    with pytest.raises(OSError, match="no space"):
        desk.pause("cpu", BY)
    assert pausing.paused(record) == {}


@pytest.mark.parametrize("reason", ["", " \n\t ", "x" * (LONGEST_REASON + 1)])
def test_without_a_reason_nothing_is_done_or_written(record: Record, desk: Desk, reason: str) -> None:
    for act in (
        lambda by: desk.pause("cpu", by),
        lambda by: desk.make_token("m", ["cpu"], by),
        lambda by: desk.publish(by),
    ):
        with pytest.raises(BadInput, match="reason"):
            act(By(ADA, reason))
    assert record.acts() == []
    assert pausing.paused(record) == {}
    assert record.tokens("runner") == []


def test_a_refused_act_stays_with_why(record: Record, desk: Desk) -> None:
    with pytest.raises(UnknownName):
        desk.pause("abacus", BY)
    with pytest.raises(NotFound):
        desk.requeue("nothing", BY)
    desk.pause("cpu", BY)
    (done, requeue, pause) = entries(record)
    assert (done.act.act, done.refused) == ("pause", "")
    assert "no submission 'nothing'" in requeue.refused
    assert "abacus" in pause.refused
    assert [entry.act.subject for entry in entries(record, "abacus")] == ["abacus"]
    assert len(entries(record, limit=2)) == 2
    with pytest.raises(BadInput, match="1 to 1000"):
        entries(record, limit=0)


def test_holding_back_and_letting_go(record: Record, desk: Desk) -> None:
    submission_id = queued(record)
    record.saw_worker("m", ["cpu"])
    desk.pause("cpu", BY)
    assert pausing.paused(record) == {"cpu": WHY}
    assert record.claim(["cpu"], "m", LEASE_S) is None
    desk.resume("cpu", BY)
    desk.drain("m", BY)
    assert record.claim(["cpu"], "m", LEASE_S) is None
    desk.undrain("m", BY)
    claim = record.claim(["cpu"], "m", LEASE_S)
    assert claim is not None
    assert claim.submission.id == submission_id
    with pytest.raises(Conflict, match="was not"):
        desk.resume("cpu", BY)
    with pytest.raises(Conflict, match="was not"):
        desk.undrain("m", BY)
    assert [act for act, *_ in told(record)] == ["undrain", "resume", "undrain", "drain", "resume", "pause"]


def test_a_stuck_submission_goes_back_and_its_runner_is_stopped(record: Record, desk: Desk) -> None:
    submission_id = queued(record)
    claim = record.claim(["cpu"], "m", LEASE_S)
    assert claim is not None
    assert desk.requeue(submission_id, BY) is Status.QUEUED
    with pytest.raises(FenceLost):
        record.heartbeat(submission_id, claim.fence, builders.progress(), LEASE_S)
    last = record.events(submission_id)[-1]
    assert (last.actor, last.detail["reason"], last.detail["actor_name"]) == ("ada", WHY, "Ada")
    assert WHY in last.message
    again = record.claim(["cpu"], "other", LEASE_S)
    assert again is not None
    assert again.fence > claim.fence


def test_a_failed_submission_is_queued_again_once(record: Record, desk: Desk) -> None:
    submission_id = queued(record)
    fail(record, submission_id)
    assert desk.requeue(submission_id, BY) is Status.QUEUED
    with pytest.raises(Conflict, match="cannot become queued"):
        desk.requeue(submission_id, BY)
    assert [refused for *_, refused in told(record)] == [True, False]


def test_withdrawing_marks_the_rating_and_keeps_the_page(record: Record, desk: Desk) -> None:
    submission_id = queued(record)
    claim = record.claim(["cpu"], "m", LEASE_S)
    assert claim is not None
    record.put_edition(builders.edition(), {}, (), "hash")
    run = builders.run(claim.submission.plan)
    rating = builders.rating(run_id=run.id)
    ends = [
        builders.event(Status.VERIFYING),
        builders.event(Status.DONE, detail={"rating_id": rating.id, "run_id": run.id}),
    ]
    record.append(submission_id, builders.event(Status.RUNNING), fence=claim.fence)
    record.finish(submission_id, claim.fence, ends, run, [rating])

    assert desk.withdraw(submission_id, BY) is Status.WITHDRAWN
    assert standing(record, rating).reason == WHY
    assert [notice.author for notice in record.notices(rating.id)] == ["Ada"]
    last: Event = record.events(submission_id)[-1]
    assert (last.status, last.actor) == (Status.WITHDRAWN, "ada")
    with pytest.raises(Conflict):
        desk.withdraw(submission_id, BY)
    assert len(record.notices(rating.id)) == 1


def test_withdrawing_what_was_not_measured_cancels_it(record: Record, desk: Desk) -> None:
    submission_id = queued(record)
    assert desk.withdraw(submission_id, BY) is Status.CANCELLED
    with pytest.raises(Conflict):
        desk.withdraw(submission_id, BY)
    failed = queued(record, "org/other")
    fail(record, failed)
    assert desk.withdraw(failed, BY) is Status.WITHDRAWN


def test_a_followed_proposal_says_its_own_reason(record: Record, desk: Desk) -> None:
    proposal = builders.proposal()
    record.add_proposal(proposal)
    with pytest.raises(NotFound):
        desk.confirm(proposal.id, "2027-05", By(ADA, ""))
    (entry,) = entries(record, proposal.id)
    assert entry.act.reason == proposal.reason
    assert entry.act.detail["successor"] == "2027-05"
    assert entry.refused


def test_the_desk_sees_what_waits_and_what_is_stuck(record: Record, desk: Desk, clock: HandClock) -> None:
    first, second = queued(record), queued(record, "org/other", hardware="t4-16gb")
    record.saw_worker("m", ["cpu"])
    claim = record.claim(["cpu"], "m", LEASE_S)
    assert claim is not None
    seen = overview(record, LEASE_S)
    rows = {one.id: one for one in seen.hardware}
    assert (rows["cpu"].waiting, rows["cpu"].running, rows["cpu"].here) == (0, 1, 1)
    assert (rows["t4-16gb"].waiting, rows["t4-16gb"].here) == (1, 0)
    (runner,) = seen.runners
    assert runner.here
    assert runner.holds is not None
    assert runner.holds.submission.id == first
    assert seen.stuck == []

    clock.advance(LEASE_S + 1)
    desk.drain("m", BY)
    desk.pause("t4-16gb", BY)
    seen = overview(record, LEASE_S)
    assert [(one.row.submission.id, "m" in one.why) for one in seen.stuck] == [(first, True)]
    assert not seen.runners[0].here
    assert seen.runners[0].draining == WHY
    rows = {one.id: one for one in seen.hardware}
    assert (rows["t4-16gb"].paused, rows["t4-16gb"].oldest) == (WHY, builders.NOON)
    assert [entry.act.act for entry in seen.log] == ["pause", "drain"]
    assert second in {row.submission.id for row in record.queue()}


def test_the_desk_sees_open_disputes_only(record: Record, desk: Desk) -> None:
    record.put_edition(builders.edition(), {}, [builders.rating(), builders.rating("org/other")], "hash")
    ids = [row.id for row in record.edition_rows("dev-2026-11")]
    for id in ids:
        desk.remark(id, "disputed", BY)
    desk.remark(ids[0], "withdrawn", BY)
    record.add_notice(builders.notice("dev-2026-11"))
    assert [dispute.rating.id for dispute in overview(record, LEASE_S).disputes] == [ids[1]]
