"""Nothing is promised before the Hub has it, where that was asked for; tokens outlive the disk."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import app as composition
from leaderboard.domain import Forbidden, Status
from leaderboard.publish.hub import HubBusy, MemoryHub
from leaderboard.record import Record
from leaderboard.settings import read_settings
from submissions import keeper as keepers
from submissions import runner_api, tokens
from submissions.form import api as form_api
from submissions.hub.facts import FixedFacts
from tests import builders

BODY = {"model": builders.MODEL, "task": "sentence-similarity", "hardware": "cpu"}


class Away(MemoryHub):
    """A Hub that can be out of reach."""

    away = False

    def head(self, repository: str) -> str | None:
        if self.away:
            raise HubBusy("The Hub did not answer.", 1000.0)
        return super().head(repository)


@pytest.fixture
def far() -> Away:
    return Away()


Start = Callable[[], AbstractContextManager[TestClient]]


@pytest.fixture
def start(record: Record, hub: FixedFacts, far: Away, monkeypatch: pytest.MonkeyPatch) -> Start:
    """A Space under `hub` durability; its end is a commit, after which what that holds is queued."""
    monkeypatch.setattr(composition, "ApiFacts", lambda *_: hub)
    monkeypatch.setattr(keepers, "make_hub", lambda settings: far)
    monkeypatch.setattr(form_api, "_WAIT_FOR_HUB_S", 0.2)
    monkeypatch.setattr(runner_api, "_WAIT_FOR_HUB_S", 2.0)
    given = read_settings(
        {
            "STARWATT_DATA": str(record.folder),
            "STARWATT_DATASET": "starwatt/energy",
            "STARWATT_DURABILITY": "hub",
            "HF_TOKEN": "hf_none",
            "HF_ENDPOINT": "http://127.0.0.1:9",
        }
    )
    return lambda: TestClient(composition.create_app(given, record), base_url="http://127.0.0.1:7860")


def test_what_the_hub_does_not_have_is_received_and_not_claimed(
    start: Start, record: Record, far: Away
) -> None:
    with start() as client:
        far.away = True
        told = client.post("/api/v1/submissions", json=BODY).json()
        assert (told["status"], told["safe_in"]) == ("received", "disk")
        assert record.claim(["cpu"], "a machine", 300.0) is None
    assert record.status(told["id"]) is Status.RECEIVED
    far.away = False
    with start():
        pass
    assert record.status(told["id"]) is Status.QUEUED


def test_a_result_is_acknowledged_once_the_hub_has_it(start: Start, record: Record, far: Away) -> None:
    with start() as client:
        told = client.post("/api/v1/submissions", json=BODY).json()
        assert told["status"] == "received"
    claim = record.claim(["cpu"], "a machine", 300.0)
    assert claim is not None
    end = {"fence": claim.fence, "outcome": "failed", "cause": "It broke."}
    path = f"/api/v1/runner/submissions/{told['id']}/finish"
    bearer = tokens.token_file(record.folder, "runner").read_text().strip()
    headers = {"Authorization": f"Bearer {bearer}"}
    far.away = True
    with start() as client:
        answer = client.post(path, json=end, headers=headers)
        assert answer.status_code == 503
        assert "not yet in the Hub" in answer.text
    far.away = False
    with start():
        pass
    with start() as client:
        again = client.post(path, json=end, headers=headers)
        assert again.json()["status"] == "failed"
    assert [event.status for event in record.events(told["id"])].count(Status.FAILED) == 1


def test_tokens_of_a_lost_disk_stay_good_until_theirs_is_taken_away(record: Record, tmp_path: Path) -> None:
    def bearer(data: Path) -> str:
        return f"Bearer {tokens.token_file(data, 'runner').read_text().strip()}"

    tokens.ensure_tokens(record, tmp_path / "old")
    old = bearer(tmp_path / "old")
    tokens.keep_tokens(record)
    tokens.ensure_tokens(record, tmp_path / "new")
    new = bearer(tmp_path / "new")
    assert old != new
    for each in (old, new):
        tokens.check_token(record, "runner", each)
    tokens.token_file(tmp_path / "new", "runner").unlink()
    tokens.ensure_tokens(record, tmp_path / "new")
    tokens.check_token(record, "runner", bearer(tmp_path / "new"))
    for each in (old, new):
        with pytest.raises(Forbidden):
            tokens.check_token(record, "runner", each)


def test_whatever_waited_is_queued_in_its_order_where_the_disk_is_enough(record: Record) -> None:
    for number in range(105):
        plan = builders.plan(f"org/m{number}")
        record.submit(builders.submission(plan), [builders.event(Status.RECEIVED)])
    keepers.Keeper(record, None, hub_first=False).start()
    assert record.submissions([Status.RECEIVED]) == []
    assert record.queue()[0].submission.plan.model.repo_id == "org/m0"


def test_a_bundle_waits_for_an_operator_and_is_never_queued(start: Start, record: Record) -> None:
    plan = builders.plan(nonce="20261116-" + "7" * 24)
    submission = builders.submission(plan)
    record.submit(submission, [builders.event(Status.RECEIVED)])
    with start():
        pass
    with start():
        assert record.status(submission.id) is Status.RECEIVED
