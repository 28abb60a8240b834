"""Cancel, rerun, withdraw: what is written down, and where it ends."""

from __future__ import annotations

import pytest

from leaderboard.domain import BadInput, Conflict, Event, Fault, FenceLost, Status, failed
from leaderboard.record import Record
from leaderboard.standing import StandingStatus, standing
from submissions.faults import fault_of_findings
from submissions.results import Outcome, Results
from submissions.status.changes import (
    LONGEST_REASON,
    MOST_RERUNS,
    cancel,
    rating_id_of,
    rerun,
    why_not,
    withdraw,
)
from submissions.status.told import tell
from tests import builders
from tests.submissions import scenes
from tests.submissions.scenes import OPERATOR, OWNER


def test_a_cancel_before_the_start_costs_nothing_and_says_so(record: Record) -> None:
    submission = scenes.in_state(record, Status.QUEUED)
    assert cancel(record, submission.id, OWNER, "  Wrong \n model. ") is Status.CANCELLED
    last = record.events(submission.id)[-1]
    assert last.message == "Cancelled before it started, which costs nothing. Reason: Wrong model."
    assert (last.actor, last.detail["actor_name"]) == (OWNER.subject, OWNER.name)
    assert last.detail["before_start"] is True


def test_a_cancelled_run_is_stopped_at_its_next_heartbeat(record: Record) -> None:
    submission = scenes.submitted(record)
    fence = scenes.running(record, submission)
    cancel(record, submission.id, OWNER)
    assert record.events(submission.id)[-1].detail["before_start"] is False
    with pytest.raises(FenceLost):
        record.heartbeat(submission.id, fence, builders.progress(), 300)


def test_a_lost_runner_is_our_fault_and_it_runs_again(record: Record) -> None:
    submission = scenes.in_state(record, Status.FAILED, Fault.OURS)
    for _ in range(MOST_RERUNS[Fault.OURS]):
        assert rerun(record, submission.id, OWNER) is Status.QUEUED
        assert record.events(submission.id)[-1].detail["of_fault"] == "ours"
        assert "queued again" in tell(record, submission.id).tries
        scenes.ended(record, submission, Status.FAILED, Fault.OURS)
    with pytest.raises(Conflict, match="3 times"):
        rerun(record, submission.id, OWNER)
    assert rerun(record, submission.id, OPERATOR) is Status.QUEUED


def test_what_nobody_can_tell_runs_again_once(record: Record) -> None:
    submission = scenes.in_state(record, Status.FAILED, Fault.UNKNOWN)
    rerun(record, submission.id, OWNER)
    scenes.ended(record, submission, Status.FAILED, Fault.UNKNOWN)
    with pytest.raises(Conflict, match="once already"):
        rerun(record, submission.id, OWNER)


def test_an_event_from_before_faults_were_kept_says_unknown() -> None:
    failed = builders.event(Status.FAILED)
    assert failed.fault is Fault.UNKNOWN
    assert Event.model_validate({**failed.model_dump(), "detail": {"fault": ["odd"]}}).fault is Fault.UNKNOWN
    assert why_not("rerun", [*builders.received_and_queued(), failed]) == ""


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("hub_unavailable", Fault.OURS),
        ("no_reading", Fault.OURS),
        ("storage_unavailable", Fault.OURS),
        ("refused", Fault.THEIRS),
        ("bench_killed", Fault.OURS),
        ("child_failed", Fault.UNKNOWN),
        ("", Fault.UNKNOWN),
    ],
)
def test_a_runners_failure_keeps_whose_fault_it_was(record: Record, code: str, fault: Fault) -> None:
    submission = scenes.submitted(record)
    fence = scenes.running(record, submission)
    outcome = Outcome(fence=fence, outcome="failed", cause="It ended.", code=code)
    Results(record).finish(submission.id, outcome, scenes.RUNNER)
    assert record.events(submission.id)[-1].fault is fault


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (["not-throttled"], Fault.OURS),
        (["not-throttled", "exclusive"], Fault.OURS),
        (["quality-floor"], Fault.THEIRS),
        (["not-throttled", "queries-answered"], Fault.THEIRS),
        (["not-throttled", "a-check-of-another-version"], Fault.UNKNOWN),
        ([], Fault.UNKNOWN),
    ],
)
def test_a_rejection_is_the_models_fault_where_a_check_of_the_model_failed(
    names: list[str], fault: Fault
) -> None:
    assert fault_of_findings([failed(name, "No.", "Mend it.") for name in names]) is fault


def test_a_rejected_run_keeps_whose_fault_it_was(record: Record) -> None:
    submission = scenes.submitted(record)
    fence = scenes.running(record, submission)
    run = builders.run(submission.plan, findings=(failed("not-throttled", "Held back.", "Cool it."),))
    results = Results(record)
    results.incoming.put_file(submission.id, fence, "run.json", run.model_dump_json().encode())
    results.finish(submission.id, Outcome(fence=fence, outcome="rejected"), scenes.RUNNER)
    last = record.events(submission.id)[-1]
    assert (last.status, last.fault) == (Status.REJECTED, Fault.OURS)
    # The same plan runs again, and this time its run counts.
    rerun(record, submission.id, OWNER)
    scenes.ended(record, submission, Status.DONE)
    assert record.status(submission.id) is Status.DONE


def test_a_withdrawn_result_keeps_its_page_and_marks_its_rating(record: Record) -> None:
    submission = scenes.in_state(record, Status.DONE)
    rating = record.rating(str(rating_id_of(record.events(submission.id))))
    assert withdraw(record, submission.id, OWNER, "The weights were the wrong ones.") is Status.WITHDRAWN
    stands = standing(record, rating)
    assert stands.status is StandingStatus.WITHDRAWN
    assert (stands.reason, stands.notices[-1].author) == ("The weights were the wrong ones.", OWNER.name)
    told = tell(record, submission.id)
    assert (told.status, told.run_id) == (Status.WITHDRAWN, rating.run_id)
    assert told.rating is not None
    with pytest.raises(Conflict):
        withdraw(record, submission.id, OWNER, "Again.")
    assert len(record.notices(rating.id)) == 1


def test_a_withdrawal_that_is_refused_says_nothing_beside_the_rating(record: Record) -> None:
    submission = scenes.in_state(record, Status.DONE)
    rating_id = str(rating_id_of(record.events(submission.id)))
    notice = builders.notice(rating_id, kind="withdrawn")
    with pytest.raises(Conflict):
        record.append_with_notices(submission.id, builders.event(Status.CANCELLED), [notice])
    assert record.notices(rating_id) == []
    assert record.status(submission.id) is Status.DONE


@pytest.mark.parametrize(("reason", "words"), [("", "missing"), (" \n ", "missing"), ("x" * 501, "501")])
def test_a_withdrawal_needs_a_reason_of_a_readable_length(record: Record, reason: str, words: str) -> None:
    submission = scenes.in_state(record, Status.DONE)
    with pytest.raises(BadInput, match=words):
        withdraw(record, submission.id, OWNER, reason)
    assert record.status(submission.id) is Status.DONE
    assert LONGEST_REASON == 500
