"""A doubted rating: marked, measured again under another run key, answered by the result."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from starlette.testclient import TestClient

from leaderboard import succession
from leaderboard.disputes import disputes_on
from leaderboard.domain import BadInput, Conflict, Person, Provenance, Rating, Status, TooMany
from leaderboard.record import Record
from leaderboard.standing import StandingStatus, standing
from submissions.results import Outcome, Results
from submissions.status.changes import rating_id_of, withdraw
from submissions.status.disputes import MOST_A_DAY, MOST_RETESTS, SPACE, Disputes
from submissions.status.told import as_json, tell
from tests import builders
from tests.submissions import scenes
from tests.submissions.scenes import COLLEAGUE, OPERATOR, OWNER, STRANGER


@pytest.fixture
def disputes(record: Record) -> Disputes:
    return Disputes(record)


def rated(record: Record, model: str = builders.MODEL) -> tuple[str, Rating]:
    submission = scenes.submitted(record, model)
    scenes.ended(record, submission, Status.DONE)
    return submission.id, record.rating(str(rating_id_of(record.events(submission.id))))


def measured_again(
    record: Record, retest: str, energy_j: float = 0.52, disputes: Disputes | None = None
) -> Rating:
    """Take a re-test the whole way, as a runner does."""
    submission = record.submission(retest)
    fence = scenes.running(record, submission)
    windows = tuple(builders.window(64 * energy_j, repeat=repeat) for repeat in range(3))
    run = builders.run(submission.plan, windows=windows, energy_per_query_j=energy_j)
    results = Results(record, disputes)
    results.incoming.put_file(retest, fence, "run.json", run.model_dump_json().encode())
    outcome = Outcome(fence=fence, outcome="done")
    assert results.finish(retest, outcome, scenes.RUNNER)[0] is Status.DONE
    # A runner that lost our answer asks again, and nothing is said twice.
    results.finish(retest, outcome, scenes.RUNNER)
    return record.rating(str(rating_id_of(record.events(retest))))


def test_a_dispute_marks_the_rating_and_queues_a_re_test(record: Record, disputes: Disputes) -> None:
    submission, rating = rated(record)
    retest = disputes.dispute(submission, STRANGER, "My card draws half of it.")
    stands = standing(record, rating)
    assert (stands.status, stands.reason) == (StandingStatus.DISPUTED, "My card draws half of it.")
    assert stands.notices[-1].author == STRANGER.name
    first, second = record.submission(submission).plan, record.submission(retest).plan
    assert (second.occasion, second.model) == (first.occasion + 1, first.model)
    assert second.run_key != first.run_key
    assert second.seed != first.seed
    told = tell(record, retest)
    assert (told.retest_of, told.status, told.submission.submitted_by) == (submission, Status.QUEUED, SPACE)
    assert told.lines[0].who == STRANGER.name
    assert as_json(tell(record, submission))["retests"] == [retest]
    act = record.acts(rating.id)[0]
    assert (act.act, act.actor, act.reason) == ("dispute", STRANGER.subject, "My card draws half of it.")


def test_one_open_dispute_per_person_and_rating_and_one_re_test_for_all(
    record: Record, disputes: Disputes
) -> None:
    submission, rating = rated(record)
    retest = disputes.dispute(submission, STRANGER, "Half of it.")
    with pytest.raises(Conflict, match="already") as refused:
        disputes.dispute(submission, STRANGER, "Again.")
    assert retest in refused.value.remedy
    assert disputes.dispute(submission, COLLEAGUE, "I too.") == retest
    assert [dispute.person for dispute in disputes_on(record, rating.id)] == [
        COLLEAGUE.subject,
        STRANGER.subject,
    ]
    assert len(record.queue()) == 1


def test_the_re_tests_result_answers_the_dispute(record: Record, disputes: Disputes) -> None:
    submission, rating = rated(record)
    retest = disputes.dispute(submission, STRANGER, "Half of it.")
    newer = measured_again(record, retest)
    assert newer.id == rating.id
    stands = standing(record, newer)
    assert stands.current
    assert [notice.kind for notice in stands.notices] == ["disputed", "settled"]
    assert "0.139 Wh per 1,000 queries before, 0.144 now (+4.0 %)" in stands.notices[-1].reason
    # The first submission's page leads to what stands now, and the newer figure may be disputed in turn.
    with pytest.raises(Conflict, match="later run"):
        disputes.dispute(submission, STRANGER, "Still.")
    third = disputes.dispute(retest, STRANGER, "Still.")
    assert record.submission(third).plan.occasion == 2


def test_a_re_test_that_ends_without_a_figure_leaves_the_dispute(record: Record, disputes: Disputes) -> None:
    submission, rating = rated(record)
    retest = disputes.dispute(submission, STRANGER, "Half of it.")
    scenes.ended(record, record.submission(retest), Status.FAILED)
    disputes.settle(retest)
    assert standing(record, rating).status is StandingStatus.DISPUTED
    again = disputes.dispute(submission, STRANGER, "Still half of it.")
    assert again != retest


def test_neither_who_doubts_nor_whose_model_it_is_may_stop_a_re_test(
    record: Record, disputes: Disputes
) -> None:
    submission, _ = rated(record)
    retest = disputes.dispute(submission, STRANGER, "Half of it.")
    client = TestClient(scenes.app_of(record))
    path = f"/api/v1/submissions/{retest}/cancel"
    for person, status in ((STRANGER, 403), (OWNER, 403), (OPERATOR, 200)):
        assert (
            client.post(path, json={"reason": "No."}, headers={"x-person": person.subject}).status_code
            == status
        )


def test_the_owner_may_withdraw_a_figure_that_a_re_test_renewed(record: Record, disputes: Disputes) -> None:
    submission, rating = rated(record)
    measured_again(record, disputes.dispute(submission, STRANGER, "Half of it."))
    withdraw(record, submission, OWNER, "We do not stand by these weights.")
    assert standing(record, record.rating(rating.id)).status is StandingStatus.WITHDRAWN


def test_what_was_withdrawn_cannot_be_disputed_and_a_reason_is_needed(
    record: Record, disputes: Disputes
) -> None:
    submission, rating = rated(record)
    with pytest.raises(BadInput, match="missing"):
        disputes.dispute(submission, STRANGER, " ")
    record.add_notice(builders.notice(rating.id, kind="withdrawn"))
    with pytest.raises(Conflict, match="withdrawn"):
        disputes.dispute(submission, STRANGER, "Half of it.")
    assert record.queue() == []


def test_what_only_its_submitter_can_measure_is_for_an_operator_to_answer(
    record: Record, disputes: Disputes
) -> None:
    submission, rating = rated(record)
    attested = rating.model_copy(update={"provenance": Provenance.ATTESTED})
    edition = record.edition(rating.edition)
    record.put_edition(edition, {}, [attested], "with an attested row")
    assert disputes.dispute(submission, STRANGER, "Nobody saw it.") == ""
    assert record.queue() == []
    with pytest.raises(Conflict, match="no answer yet"):
        disputes.dispute(submission, STRANGER, "Nobody saw it.")
    client = TestClient(scenes.app_of(record))
    assert "An operator answers." in client.get(f"/submissions/{submission}").text
    assert client.get(f"/models/{builders.MODEL}").status_code == 200
    answered = builders.notice(rating.id, kind="settled", reason="We saw it.", at=record.now())
    record.add_notice(answered)
    assert disputes.dispute(submission, STRANGER, "I still doubt it.") == ""


def test_one_person_may_have_a_few_re_tests_under_way(record: Record, disputes: Disputes) -> None:
    for number in range(MOST_RETESTS + 1):
        rated(record, f"org/model-{number}")
    rows = [row for row in record.submissions() if row.status is Status.DONE]
    for row in rows[:MOST_RETESTS]:
        disputes.dispute(row.submission.id, STRANGER, "Half of it.")
    with pytest.raises(TooMany) as refused:
        disputes.dispute(rows[-1].submission.id, STRANGER, "Half of it.")
    assert refused.value.retry_after_s > 0
    assert disputes.dispute(rows[-1].submission.id, Person(subject="id-else", name="Else"), "Half of it.")


def test_who_joins_while_the_re_test_ends_is_answered_too(
    record: Record, disputes: Disputes, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission, rating = rated(record)
    retest = disputes.dispute(submission, STRANGER, "Half of it.")
    ends = threading.Thread(target=measured_again, args=(record, retest), kwargs={"disputes": disputes})
    real = succession.notices_on

    def in_between(*given: Any) -> Any:
        if ends.ident is None:
            ends.start()
            while record.status(retest) is not Status.DONE:
                threading.Event().wait(0.01)
        return real(*given)

    monkeypatch.setattr(succession, "notices_on", in_between)
    assert disputes.dispute(submission, COLLEAGUE, "I too.") == retest
    ends.join()
    assert standing(record, record.rating(rating.id)).current


def test_one_person_disputes_a_few_ratings_a_day(record: Record, disputes: Disputes) -> None:
    ids = [rated(record, f"org/model-{number}")[0] for number in range(MOST_A_DAY + 1)]
    for number, submission in enumerate(ids):
        disputes.dispute(submission, Person(subject=f"id-{number}", name="Other"), "Half of it.")
    # Each has a re-test under way, so that joining costs no runner anything.
    for submission in ids[:MOST_A_DAY]:
        disputes.dispute(submission, STRANGER, "I too.")
    with pytest.raises(TooMany, match="24 hours") as refused:
        disputes.dispute(ids[-1], STRANGER, "I too.")
    assert 86_000 < refused.value.retry_after_s <= 86_400


def test_the_models_page_names_doubt_and_re_test(record: Record, disputes: Disputes) -> None:
    submission, _ = rated(record)
    retest = disputes.dispute(submission, STRANGER, "<i>Half</i> of it.")
    client = TestClient(scenes.app_of(record))
    page = client.get(f"/models/{builders.MODEL}").text
    assert f'href="/submissions/{retest}"' in page
    assert "&lt;i&gt;Half&lt;/i&gt; of it. (Sam Stranger)" in page
    assert STRANGER.subject not in page
    measured_again(record, retest)
    assert "Settled: Sentence similarity" in client.get(f"/models/{builders.MODEL}").text
