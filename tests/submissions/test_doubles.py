"""What is there already is found before anything is fetched: the same run, or the same weights."""

from __future__ import annotations

from leaderboard import catalogue
from leaderboard.domain import Event, Finding, Outcome, Status, now
from leaderboard.record import Record
from submissions import doubles
from submissions.hub.facts import FixedFacts
from submissions.intake import Intake
from tests import builders
from tests.record import scenes
from tests.submissions.conftest import ENCODER, request

COPY = builders.facts("somebody/else", weights_hash=builders.facts(ENCODER).weights_hash)


def intake_with(record: Record) -> Intake:
    known = [builders.facts(ENCODER), COPY]
    return Intake(record, FixedFacts({facts.repo_id: facts for facts in known}))


def named(findings: tuple[Finding, ...], name: str) -> Finding:
    return next(finding for finding in findings if finding.name == name)


def test_a_copy_under_another_name_is_led_to_the_first(record: Record) -> None:
    desk = intake_with(record)
    first = desk.submit(request(), builders.person())
    finding = named(desk.preview(request("somebody/else")).findings, "no-other-name")
    assert finding.rejects
    assert ENCODER in finding.message
    assert finding.evidence["url"] == f"/submissions/{first.id}"
    assert finding.evidence["weights_hash"] == COPY.weights_hash


def test_a_copy_is_measured_where_the_first_never_was(record: Record) -> None:
    desk = intake_with(record)
    first = desk.submit(request(), builders.person())
    record.append(first.id, Event(status=Status.CANCELLED, at=now(), actor="local"))
    assert desk.submit(request("somebody/else"), builders.person()).id != first.id


def test_other_settings_are_another_measurement(record: Record) -> None:
    desk = intake_with(record)
    desk.submit(request(), builders.person())
    for fields in ({"precision": "bf16"}, {"hardware": "t4-16gb"}):
        finding = named(desk.preview(request("somebody/else", **fields)).findings, "no-other-name")
        assert finding.outcome is Outcome.PASSED


def test_a_new_harness_measures_the_same_weights_anew(record: Record) -> None:
    desk = intake_with(record)
    old = desk.submit(request(), builders.person())
    newer = old.plan.model_copy(update={"harness": "9.9.9", "model": builders.model_ref("somebody/else")})
    assert doubles.no_other_name(record, COPY, newer).outcome is Outcome.PASSED
    assert doubles.not_there_already(record, newer).outcome is Outcome.PASSED


def test_without_hashes_copies_cannot_be_told(record: Record) -> None:
    facts = builders.facts("org/a", weights_hash=None)
    plan = catalogue.make_plan(builders.model_ref("org/a"), task="sentence-similarity", hardware="cpu")
    finding = doubles.no_other_name(record, facts, plan)
    assert finding.outcome is Outcome.UNVERIFIABLE
    assert not finding.rejects


def test_the_same_commit_is_one_finding_and_not_two(record: Record) -> None:
    desk = intake_with(record)
    first = desk.submit(request(), builders.person())
    findings = desk.preview(request()).findings
    assert [finding.name for finding in findings if finding.rejects] == [doubles.NAME]
    assert named(findings, doubles.NAME).evidence["url"] == f"/submissions/{first.id}"


def test_what_is_rated_is_led_to_its_rating(record: Record) -> None:
    desk = intake_with(record)
    plan = desk.preview(request()).plan
    submission = builders.submission(plan, facts=builders.facts(ENCODER))
    record.submit(submission, builders.received_and_queued())
    claim = record.claim(["cpu"], scenes.WORKER, scenes.LEASE_S)
    assert claim is not None
    record.append(submission.id, builders.event(Status.RUNNING), fence=claim.fence)
    run = builders.run(plan)
    rating = builders.rating(ENCODER, run_id=run.id)
    record.finish(submission.id, claim.fence, scenes.ending(), run, [rating])
    url = f"/r/{rating.id}"
    same = named(desk.preview(request()).findings, doubles.NAME)
    assert (same.rejects, same.evidence["url"]) == (True, url)
    copy = named(desk.preview(request("somebody/else")).findings, "no-other-name")
    assert (copy.rejects, copy.evidence["url"]) == (True, url)
    assert "measured already" in copy.message
