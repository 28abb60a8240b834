"""Words are frozen and closed; errors and findings say what to do; tasks do not sum a phase twice."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from leaderboard import catalogue
from leaderboard.domain import (
    Outcome,
    Severity,
    StarwattError,
    Task,
    UnknownName,
    errors,
    failed,
    now,
    passed,
    rejections,
    unverifiable,
)
from tests import builders


def test_a_word_cannot_be_changed_or_widened() -> None:
    plan = builders.plan()
    with pytest.raises(ValidationError, match="frozen"):
        plan.seed = 7  # type: ignore[misc] # that it cannot be written is the point
    with pytest.raises(ValidationError, match="Extra inputs"):
        builders.plan(colour="green")


def test_now_has_a_zone_and_whole_milliseconds() -> None:
    moment = now()
    assert moment.utcoffset() is not None
    assert moment.microsecond % 1000 == 0


def test_only_a_failed_rejecting_finding_rejects() -> None:
    findings = [
        passed("a", "fine"),
        failed("b", "a note", "–", severity=Severity.NOTE),
        unverifiable("c", "hidden"),
        failed("d", "no", "mend it", watts=3.0),
    ]
    assert [finding.outcome for finding in findings] == [
        Outcome.PASSED,
        Outcome.FAILED,
        Outcome.UNVERIFIABLE,
        Outcome.FAILED,
    ]
    assert [finding.name for finding in rejections(findings)] == ["d"]
    assert findings[3].evidence == {"watts": 3.0}


def test_the_error_tree_is_the_one_that_is_drawn() -> None:
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, StarwattError)
    ]
    assert len(kinds) > 15
    for kind in kinds:
        assert kind.__name__ in (errors.__doc__ or "")
        assert kind.exit_code in (1, 2)
        assert 400 <= kind.http_status < 600


def test_an_error_reads_as_message_and_remedy() -> None:
    assert str(StarwattError("It broke.", "Mend it.")) == "It broke. Mend it."
    assert str(StarwattError("It broke.")) == "It broke."
    unknown = UnknownName("task", "poetry", ["text-generation"])
    assert str(unknown) == "There is no task 'poetry'. Known: text-generation."
    assert "none yet" in str(UnknownName("task", "poetry", []))
    assert errors.Refused("No.", findings=[passed("a", "fine")]).findings[0].name == "a"


def test_a_phase_is_rated_or_explains_never_both() -> None:
    task = catalogue.task("text-generation")
    document = task.model_dump()
    document["explains"] = task.phases
    with pytest.raises(ValidationError, match="only explaining"):
        Task.model_validate(document)
