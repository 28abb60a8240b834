"""A runner's token: made once, good for one machine and its hardware, until it is revoked."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from leaderboard.domain import BadInput, Conflict, Forbidden, NotFound, UnknownName
from leaderboard.record import Record
from submissions.runner_tokens import (
    MOST_CLASSES,
    check_runner,
    make_runner_token,
    new_token_id,
    revoke,
    runner_tokens,
)
from tests import builders
from tests.record import snapshot
from tests.submissions.desk.space import ADA, ADA_IS_HERE, LEASE_S, bearer, desk_space, queued
from tests.submissions.test_controls import run as control

WANTED = {"machine": "rack-1", "hardware": ["t4-16gb"], "reason": "A new rack."}
CLAIM = {"machine": "rack-1", "hardware": ["t4-16gb"], "harness": "0.1.0"}


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with Record.open(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def client(record: Record) -> Iterator[TestClient]:
    with desk_space(record) as opened:
        yield opened


def make(client: TestClient, **fields: object) -> tuple[str, dict[str, str]]:
    """A token's id, and the header it goes into."""
    answer = client.post("/api/v1/desk/tokens", json={**WANTED, **fields}, headers=ADA_IS_HERE)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    return told["id"], {"Authorization": f"Bearer {told['token']}"}


def claim(client: TestClient, headers: dict[str, str], **fields: object) -> int:
    return client.post("/api/v1/runner/claim", json={**CLAIM, **fields}, headers=headers).status_code


def test_the_life_of_a_token(client: TestClient, record: Record) -> None:
    submission_id = queued(record, hardware="t4-16gb")
    token_id, token = make(client)
    listed = client.get("/api/v1/desk/tokens", headers=ADA_IS_HERE)
    (one,) = listed.json()["tokens"]
    assert (one["id"], one["machine"], one["hardware"]) == (token_id, "rack-1", ["t4-16gb"])
    assert (one["made_by"], one["revoked"]) == ("Ada", False)
    assert token["Authorization"].removeprefix("Bearer ") not in listed.text

    assert claim(client, token) == 200
    fence = 1
    base = f"/api/v1/runner/submissions/{submission_id}"
    assert client.post(f"{base}/start", json={"fence": fence}, headers=token).status_code == 200

    why = {"reason": "The rack was sold."}
    revoked = client.post(f"/api/v1/desk/tokens/{token_id}/revoke", json=why, headers=ADA_IS_HERE)
    assert revoked.json() == {"id": token_id, "revoked": True}
    assert claim(client, token) == 403
    told = client.post("/api/v1/runner/claim", json=CLAIM, headers=token).json()["error"]
    assert "revoked" in told["message"]
    assert "at the desk" in told["remedy"]
    beat = {"fence": fence, "fraction": 0.5, "message": "half"}
    assert client.post(f"{base}/heartbeat", json=beat, headers=token).status_code == 403
    (one,) = client.get("/api/v1/desk/tokens", headers=ADA_IS_HERE).json()["tokens"]
    assert one["revoked"] is True
    again = client.post(f"/api/v1/desk/tokens/{token_id}/revoke", json=why, headers=ADA_IS_HERE)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
    acts = [(act.act, act.subject, act.reason) for act in reversed(record.acts(token_id))]
    assert acts[:2] == [
        ("make-token", token_id, "A new rack."),
        ("revoke-token", token_id, "The rack was sold."),
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"hardware": ["h100-sxm-80gb"]}, "not for h100-sxm-80gb"),
        ({"hardware": ["t4-16gb", "cpu"]}, "not for cpu"),
        ({"machine": "rack-2"}, "not for rack-2"),
    ],
)
def test_a_claim_for_something_else_is_refused_and_leaves_no_trace(
    client: TestClient, record: Record, change: dict[str, object], words: str
) -> None:
    queued(record, hardware="t4-16gb")
    _, token = make(client)
    answer = client.post("/api/v1/runner/claim", json={**CLAIM, **change}, headers=token)
    assert answer.status_code == 403
    assert words in answer.json()["error"]["message"]
    assert answer.json()["error"]["remedy"]
    assert record.workers() == []
    assert all(row.attempt == 0 for row in record.queue())


def test_a_machines_token_does_nothing_for_what_another_machine_holds(
    client: TestClient, record: Record
) -> None:
    submission_id = queued(record, hardware="t4-16gb")
    _, mine = make(client)
    held = record.claim(["t4-16gb"], "rack-2", LEASE_S)
    assert held is not None
    base = f"/api/v1/runner/submissions/{submission_id}"
    beat = {"fence": held.fence, "fraction": 1, "message": "mine now"}
    end = {"fence": held.fence, "outcome": "failed", "cause": "sabotage"}
    for answer in (
        client.post(f"{base}/start", json={"fence": held.fence}, headers=mine),
        client.post(f"{base}/heartbeat", json=beat, headers=mine),
        client.put(f"{base}/files/run.json?fence={held.fence}", content=b"{}", headers=mine),
        client.post(f"{base}/finish", json=end, headers=mine),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "fence_lost")
    assert record.status(submission_id).value == "claimed"
    # The token of the Space's own worker is good for whatever its fence is good for.
    started = client.post(f"{base}/start", json={"fence": held.fence}, headers=bearer(record, "runner"))
    assert started.status_code == 200


def test_a_control_of_another_class_is_refused(client: TestClient) -> None:
    _, token = make(client)
    body = builders.run().model_dump_json()
    answer = client.post("/api/v1/runner/controls", content=body, headers=token)
    assert answer.status_code == 403
    assert "not for cpu" in answer.json()["error"]["message"]


def test_a_control_in_another_machine_s_name_is_not_kept(client: TestClient, record: Record) -> None:
    _, token = make(client, hardware=["cpu"])
    where = "/api/v1/runner/controls?machine=rack-2&fit=true"
    answer = client.post(where, content=control().model_dump_json(), headers=token)
    assert (answer.status_code, record.controls()) == (403, [])
    own = client.post(where.replace("rack-2", "rack-1"), content=control().model_dump_json(), headers=token)
    assert (own.status_code, len(record.controls())) == (200, 1)


def test_a_token_may_be_for_several_classes(client: TestClient, record: Record) -> None:
    _, token = make(client, hardware=["t4-16gb", "cpu", "cpu"])
    assert claim(client, token, hardware=["cpu"]) == 204
    assert claim(client, token, hardware=["cpu", "t4-16gb"]) == 204
    assert [worker.worker for worker in record.workers()] == ["rack-1"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"hardware": ["abacus"]}, 404),
        ({"hardware": []}, 422),
        ({"machine": "../rack"}, 422),
        ({"machine": ""}, 422),
        ({"reason": " "}, 422),
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(
    client: TestClient, record: Record, change: dict[str, object], status: int
) -> None:
    answer = client.post("/api/v1/desk/tokens", json={**WANTED, **change}, headers=ADA_IS_HERE)
    assert answer.status_code == status
    assert record.tokens("runner") == []


def test_the_secret_is_in_no_record_no_log_and_no_act(
    client: TestClient, record: Record, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        _, token = make(client)
        claim(client, token)
        claim(client, token, machine="rack-2")
    secret = token["Authorization"].removeprefix("Bearer ")
    assert secret not in caplog.text
    assert secret not in "\n".join(snapshot.dumped(record.folder))
    assert secret not in client.get("/desk", headers=ADA_IS_HERE).text
    assert secret not in client.get("/desk/log", headers=ADA_IS_HERE).text


def test_the_tokens_themselves(record: Record) -> None:
    with pytest.raises(UnknownName):
        make_runner_token(record, "a", "m", ("abacus",), ADA)
    with pytest.raises(BadInput, match=f"1 to {MOST_CLASSES}"):
        make_runner_token(record, "a", "m", (), ADA)
    made = [make_runner_token(record, new_token_id(), name, ("cpu",), ADA) for name in ("b", "a")]
    assert len({secret for _, secret in made}) == 2
    assert [token.machine for token in runner_tokens(record)] == ["a", "b"]
    first = runner_tokens(record)[0]
    revoke(record, first.id)
    assert [token.machine for token in runner_tokens(record)] == ["b", "a"]
    with pytest.raises(Conflict, match="before"):
        revoke(record, first.id)
    record.add_token("c", "person", "x", subject="ada", body="{}")
    with pytest.raises(NotFound, match="No runner"):
        revoke(record, "c")
    for header in (None, "", "Bearer ", "Bearer x"):
        with pytest.raises(Forbidden):
            check_runner(record, header)
