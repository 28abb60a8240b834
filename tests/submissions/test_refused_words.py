"""Which of what a stranger may write gets in at all: the rest is refused, in words that are safe."""

from __future__ import annotations

import pytest

from leaderboard.domain import BadInput, Refused, StarwattError, check_repo_id, check_revision
from leaderboard.record import Record
from submissions.accounts.identity import identity_of
from submissions.form.fields import request_of, values_of
from submissions.intake import Intake
from submissions.runner_tokens import check_machine
from tests import builders
from tests.payloads import PAYLOADS

WANTED = {"model": builders.MODEL, "task": "sentence-similarity", "hardware": "cpu"}


def test_no_model_revision_or_machine_is_called_so(record: Record) -> None:
    for text in PAYLOADS:
        refused_as_a_name(text, record)


def refused_as_a_name(text: str, record: Record) -> None:
    for name in (text, f"evil/{text}", f"{text}/evil"):
        with pytest.raises(BadInput, match="is not a model id") as refused:
            check_repo_id(name)
        assert refused.value.message.isprintable()
        assert len(refused.value.message) < 120
    with pytest.raises(StarwattError) as refused_too:
        check_machine(record, text)
    assert refused_too.value.message.isprintable()
    try:
        check_revision(text)
    except BadInput as error:
        assert error.message.isprintable()
        assert len(error.message) < 120
    else:
        raise AssertionError(f"{text!r} is taken for a revision")


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_note_is_kept_as_text_without_what_no_page_can_show(text: str) -> None:
    asked = request_of(values_of({**WANTED, "note": text}))
    shown = "".join(sign if sign.isprintable() or ord(sign) > 159 else " " for sign in text.strip())
    assert asked.note.replace("\n", " ") == shown


@pytest.mark.parametrize("field", ["task", "hardware", "precision", "protocol", "reasoning", "for"])
def test_no_choice_is_taken_but_those_that_are_offered(field: str, intake: Intake) -> None:
    for text in PAYLOADS:
        if not text.strip():
            continue
        with pytest.raises(StarwattError) as refused:
            intake.submit(request_of(values_of({**WANTED, field: text})), builders.person())
        assert not isinstance(refused.value, Refused) or refused.value.findings
        assert len(refused.value.message) < 300, refused.value.message


def test_a_note_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadInput, match="Note is longer than 500 characters"):
        request_of(values_of({**WANTED, "note": "x" * 501}))


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_nobody_is_called_so(text: str) -> None:
    """A name that the Hub would never give is not shown: the subject id stands there."""
    org = {"sub": "org-1", "preferred_username": text, "name": text, "roleInOrg": "admin"}
    known = identity_of({"sub": "id-1", "preferred_username": text, "name": text, "orgs": [org]})
    assert known.name == "id-1" or known.name.replace("x", "") == ""
    assert [org.name for org in known.orgs] == ["org-1"]
