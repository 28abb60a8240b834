"""Who may do what to a submission in which state: the whole table, by form and by API."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from starlette.testclient import TestClient

from leaderboard.domain import Fault, Status
from leaderboard.record import Record
from submissions.accounts.seam import may_change
from submissions.status.changes import VERBS, Verb
from tests.submissions import scenes
from tests.submissions.scenes import COLLEAGUE, OPERATOR, OWNER, STRANGER

POSSIBLE: dict[Verb, set[Status]] = {
    "cancel": {Status.RECEIVED, Status.QUEUED, Status.CLAIMED, Status.RUNNING},
    "rerun": {Status.FAILED, Status.REJECTED},
    "withdraw": {Status.DONE, Status.REJECTED, Status.FAILED},
    "dispute": {Status.DONE},
}
ASKERS = {
    "owner": OWNER.subject,
    "org member": COLLEAGUE.subject,
    "stranger": STRANGER.subject,
    "operator": OPERATOR.subject,
    "nobody": "",
}
REASON = {"reason": "A good reason."}


def expected(asker: str, verb: Verb, status: Status) -> int:
    if asker == "nobody":
        return 401
    if asker == "stranger" and verb != "dispute":
        return 403
    return 200 if status in POSSIBLE[verb] else 409


class Scene(NamedTuple):
    """A submission in one state, and a client of the site over its record."""

    record: Record
    submission: str
    client: TestClient


def scene(catalogued: Path, folder: Path, status: Status) -> Scene:
    record = Record.open(shutil.copytree(catalogued, folder / "data"))
    submission = scenes.in_state(record, status)
    return Scene(record, submission.id, TestClient(scenes.app_of(record)))


@pytest.fixture(scope="module")
def standing_still(
    tmp_path_factory: pytest.TempPathFactory, catalogued: Path
) -> Iterator[dict[Status, Scene]]:
    """A scene for each state, for what is refused: an act that succeeds is made in one of its own."""
    opened = {status: scene(catalogued, tmp_path_factory.mktemp(status.value), status) for status in Status}
    yield opened
    for one in opened.values():
        one.record.close()


TABLE = list(itertools.product(ASKERS, VERBS, Status))


@pytest.mark.parametrize(("asker", "verb", "status"), [row for row in TABLE if expected(*row) == 200])
def test_who_may_does(tmp_path: Path, catalogued: Path, asker: str, verb: Verb, status: Status) -> None:
    record, submission, client = scene(catalogued, tmp_path, status)
    headers = {"x-person": ASKERS[asker]}
    with record:
        assert offers(client, submission, verb, headers)
        answer = client.post(f"/api/v1/submissions/{submission}/{verb}", json=REASON, headers=headers)
        assert answer.status_code == 200, answer.text
        done = answer.json()["retest"] if verb == "dispute" else submission
        events = record.events(done)
        act = events[0] if verb == "dispute" else events[-1]
        assert act.actor == ASKERS[asker]
        assert "A good reason." in act.message


@pytest.mark.parametrize(("asker", "verb", "status"), [row for row in TABLE if expected(*row) != 200])
def test_who_may_not_does_not(
    standing_still: dict[Status, Scene], asker: str, verb: Verb, status: Status
) -> None:
    record, submission, client = standing_still[status]
    headers, wanted, before = {"x-person": ASKERS[asker]}, expected(asker, verb, status), record.version
    assert not offers(client, submission, verb, headers)
    answer = client.post(f"/api/v1/submissions/{submission}/{verb}", json=REASON, headers=headers)
    assert answer.status_code == wanted, answer.text
    assert answer.json()["error"]["remedy"]
    form = client.post(f"/submissions/{submission}/{verb}", data=REASON, headers=headers)
    assert form.status_code == wanted
    assert record.version == before


def offers(client: TestClient, submission: str, verb: Verb, headers: dict[str, str]) -> bool:
    """Whether the page has a form for it."""
    page = client.get(f"/submissions/{submission}", headers=headers).text
    return f'action="/submissions/{submission}/{verb}"' in page


def test_what_the_model_is_to_blame_for_only_an_operator_runs_again(record: Record) -> None:
    submission = scenes.in_state(record, Status.REJECTED, Fault.THEIRS)
    client = TestClient(scenes.app_of(record))
    path = f"/api/v1/submissions/{submission.id}/rerun"
    refused = client.post(path, headers={"x-person": OWNER.subject})
    assert refused.status_code == 409
    assert "lies with the model" in refused.json()["error"]["message"]
    page = client.get(f"/submissions/{submission.id}", headers={"x-person": OWNER.subject}).text
    assert "/submit?model=sentence-transformers%2Fall-MiniLM-L6-v2&amp;task=sentence-similarity" in page
    assert client.post(path, headers={"x-person": OPERATOR.subject}).status_code == 400
    answer = client.post(path, json=REASON, headers={"x-person": OPERATOR.subject})
    assert answer.json() == {"status": "queued"}
    assert [(act.act, act.subject) for act in record.acts()] == [("rerun", submission.id)]


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "dispute"])
def test_who_left_the_organisation_has_no_say_over_what_is_its(record: Record, verb: Verb) -> None:
    """Though they submitted it; what they submitted for themselves stays theirs."""
    state = {"cancel": Status.QUEUED, "rerun": Status.FAILED, "withdraw": Status.DONE}[verb]
    submission = scenes.in_state(record, state)
    client, headers = TestClient(scenes.app_of(record)), {"x-person": "left"}
    path = f"/api/v1/submissions/{submission.id}/{verb}"
    assert not offers(client, submission.id, verb, headers)
    assert client.post(path, json=REASON, headers=headers).status_code == 403
    assert record.status(submission.id) is state
    assert client.post(path, json=REASON, headers={"x-person": COLLEAGUE.subject}).status_code == 200
    own = submission.model_copy(update={"owner": "", "owner_name": ""})
    assert may_change(scenes.LEFT, own) and not may_change(scenes.COLLEAGUE, own)


def test_another_sites_page_can_do_nothing(record: Record) -> None:
    submission = scenes.in_state(record, Status.DONE)
    client = TestClient(scenes.app_of(record))
    for verb in VERBS:
        for path in (f"/submissions/{submission.id}/{verb}", f"/api/v1/submissions/{submission.id}/{verb}"):
            headers = {"x-person": OWNER.subject, "origin": "https://evil.example"}
            assert client.post(path, headers=headers).status_code == 403
    assert record.status(submission.id) is Status.DONE


def test_what_is_not_there_is_told_so(record: Record) -> None:
    client = TestClient(scenes.app_of(record))
    for verb in VERBS:
        answer = client.post(
            f"/api/v1/submissions/000000000000/{verb}", json=REASON, headers={"x-person": OWNER.subject}
        )
        assert answer.status_code == 404
