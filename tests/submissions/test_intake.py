"""What is asked for is checked, planned and queued once; what is refused leaves nothing behind."""

from __future__ import annotations

import pytest

from leaderboard.domain import (
    BadInput,
    Event,
    NotFound,
    Refused,
    Status,
    UnknownName,
    now,
)
from leaderboard.record import Record
from submissions.intake import Intake
from tests import builders
from tests.submissions.conftest import ENCODER, request


def test_a_good_request_is_queued_with_its_plan(intake: Intake, record: Record) -> None:
    submission = intake.submit(request(), builders.person())
    assert record.status(submission.id) is Status.QUEUED
    assert [event.status for event in record.events(submission.id)] == [Status.RECEIVED, Status.QUEUED]
    assert submission.plan.reasoning == "off"
    assert submission.plan.model.sha == builders.sha(ENCODER)
    assert submission.plan.model.precision == "fp32"
    assert submission.plan.profile.id == "quick"


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("org/gated", "not-gated"),
        ("org/private", "public"),
        ("org/pickle", "safetensors"),
        ("org/code", "no-remote-code"),
        ("org/vision", "fits-the-task"),
    ],
)
def test_a_refusal_names_the_check_and_leaves_nothing(
    intake: Intake, record: Record, model: str, name: str
) -> None:
    before = record.version
    with pytest.raises(Refused) as caught:
        intake.submit(request(model), builders.person())
    assert [finding.name for finding in caught.value.findings if finding.rejects] == [name]
    assert caught.value.remedy
    assert record.queue() == []
    assert record.version == before


def test_a_model_too_large_for_the_card(intake: Intake) -> None:
    with pytest.raises(Refused, match="has room for 14 GB"):
        intake.submit(request("org/huge", hardware="t4-16gb"), builders.person())


@pytest.mark.parametrize(
    "model", ["../../etc/passwd", "<script>alert(1)</script>", "org/<b>", "org/na me", "one", "a/b/../c"]
)
def test_markup_and_paths_are_no_model_ids(intake: Intake, model: str) -> None:
    with pytest.raises(BadInput, match="not a model id"):
        intake.submit(request(model), builders.person())


@pytest.mark.parametrize(
    ("field", "value"), [("task", "poetry"), ("hardware", "abacus"), ("protocol", "vibes")]
)
def test_an_unknown_name_lists_the_known_ones(intake: Intake, field: str, value: str) -> None:
    with pytest.raises(UnknownName, match=f"no {field}.*Known: ") as caught:
        intake.submit(request(**{field: value}), builders.person())
    assert value in caught.value.message


def test_a_sweep_climbs_all_that_the_class_has_or_the_one_precision_that_is_asked_for(intake: Intake) -> None:
    sweep = intake.submit(request(protocol="offline-sweep"), builders.person()).plan.ladder
    assert sweep is not None
    assert (sweep.batches, sweep.precisions) == ((1, 2, 4, 8, 16, 32, 64), ("fp32", "bf16"))
    asked = request(protocol="offline-sweep", precision="bf16")
    one = intake.submit(asked, builders.person()).plan
    assert one.ladder is not None
    assert (one.ladder.precisions, one.model.precision) == (("bf16",), "bf16")


def test_a_model_made_for_another_task_is_refused(intake: Intake) -> None:
    with pytest.raises(Refused, match="BertModel does not do image generation"):
        intake.submit(request(task="image-generation"), builders.person())


def test_reasoning_only_where_the_task_has_it(intake: Intake) -> None:
    with pytest.raises(BadInput, match="reasoning"):
        intake.submit(request(reasoning="on"), builders.person())


def test_an_unknown_model(intake: Intake) -> None:
    with pytest.raises(NotFound, match="org/nowhere"):
        intake.submit(request("org/nowhere"), builders.person())


def test_the_same_run_is_queued_once(intake: Intake, record: Record) -> None:
    first = intake.submit(request(), builders.person())
    with pytest.raises(Refused, match=first.id):
        intake.submit(request(), builders.person("somebody-else"))
    assert len(record.queue()) == 1


def test_after_a_cancellation_it_may_be_asked_for_again(intake: Intake, record: Record) -> None:
    first = intake.submit(request(), builders.person())
    record.append(first.id, Event(status=Status.CANCELLED, at=now(), actor="local"))
    assert intake.submit(request(), builders.person()).id != first.id


def test_a_preview_writes_nothing(intake: Intake, record: Record) -> None:
    before = record.version
    preview = intake.preview(request("org/gated"))
    assert any(finding.rejects for finding in preview.findings)
    assert preview.plan.expected_duration_s > 0
    assert record.version == before
