"""The doors: form, API, runner, desk. Who may pass, what is said to who may not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import app as composition
from leaderboard.record import Record
from leaderboard.settings import read_settings
from submissions.hub.facts import FixedFacts
from submissions.tokens import token_file
from tests import builders

BODY = {"model": builders.MODEL, "task": "sentence-similarity", "hardware": "cpu"}


def client_of(
    record: Record, hub: FixedFacts, monkeypatch: pytest.MonkeyPatch, **settings: str
) -> TestClient:
    monkeypatch.setattr(composition, "ApiFacts", lambda *_: hub)
    given = read_settings({"STARWATT_DATA": str(record.folder), **settings})
    return TestClient(composition.create_app(given, record), base_url="http://127.0.0.1:7860")


@pytest.fixture
def client(record: Record, hub: FixedFacts, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    with client_of(record, hub, monkeypatch) as opened:
        yield opened


def bearer(record: Record, role: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_file(record.folder, role).read_text().strip()}"}


def test_a_submission_over_the_api(client: TestClient) -> None:
    answer = client.post("/api/v1/submissions", json=BODY)
    assert answer.status_code == 202
    told = answer.json()
    assert told["status"] == "queued"
    shown = client.get(f"/api/v1/submissions/{told['id']}").json()
    assert shown["reasoning"] == "off"
    assert shown["position"] == 1
    assert [event["status"] for event in shown["events"]] == ["received", "queued"]
    assert client.get(told["url"]).status_code == 200
    queue = client.get("/api/v1/queue").json()
    assert [row["id"] for row in queue["items"]] == [told["id"]]
    assert client.get("/queue").status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "code", "words"),
    [
        ({"model": "org/gated"}, 422, "refused", "gated"),
        ({"model": "org/code"}, 422, "refused", "auto_map"),
        ({"model": "org/nowhere"}, 404, "not_found", "org/nowhere"),
        ({"model": "<script>alert(1)</script>"}, 400, "bad_input", "not a model id"),
        ({"model": "../../etc/passwd"}, 400, "bad_input", "not a model id"),
        ({"task": "poetry"}, 404, "unknown_name", "poetry"),
        ({"hardware": "abacus"}, 404, "unknown_name", "abacus"),
        ({"colour": "green"}, 422, "bad_input", "colour"),
        ({"precision": "fp7"}, 422, "bad_input", "precision"),
    ],
)
def test_bad_input_is_answered_in_one_shape(
    client: TestClient, change: dict[str, str], status: int, code: str, words: str
) -> None:
    answer = client.post("/api/v1/submissions", json={**BODY, **change})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert words in error["message"]
    assert error["remedy"]


def test_a_refusal_carries_its_findings(client: TestClient) -> None:
    error = client.post("/api/v1/submissions", json={**BODY, "model": "org/pickle"}).json()["error"]
    failed = [finding["name"] for finding in error["findings"] if finding["outcome"] == "failed"]
    assert failed == ["safetensors"]


def test_the_same_twice_names_the_first(client: TestClient) -> None:
    first = client.post("/api/v1/submissions", json=BODY).json()["id"]
    again = client.post("/api/v1/submissions", json=BODY)
    assert again.status_code == 422
    assert first in again.text


def test_the_form_submits_and_keeps_what_was_typed(client: TestClient) -> None:
    page = client.get("/submit")
    assert page.status_code == 200
    assert "sentence-similarity" in page.text
    refused = client.post("/submit", data={**BODY, "model": "org/gated", "note": "<b>mine</b>"})
    assert refused.status_code == 422
    assert 'value="org/gated"' in refused.text
    assert "<b>mine</b>" not in refused.text
    missing = client.post("/submit", data={"task": "sentence-similarity"})
    assert missing.status_code == 400
    assert "Model is missing" in missing.text
    accepted = client.post("/submit", data=BODY, follow_redirects=False)
    assert accepted.status_code == 303
    assert client.get(accepted.headers["location"]).status_code == 200


def test_a_preview_queues_nothing(client: TestClient) -> None:
    told = client.post("/api/v1/submissions/preview", json=BODY).json()
    assert told["expected_duration_s"] > 0
    assert [finding["name"] for finding in told["findings"]] == [
        "revision",
        "public",
        "not-gated",
        "safetensors",
        "weights-complete",
        "download-size",
        "no-remote-code",
        "known-architecture",
        "fits-the-task",
        "precision-as-stored",
        "fits-the-card",
        "licence",
        "queries-pinned",
        "not-there-already",
        "no-other-name",
    ]
    assert not told["refused"]
    assert told["cost"]["duration_s"]["low"] == told["expected_duration_s"]
    assert told["cost"]["gpu_s"] is None
    assert told["fitting_tasks"][0] == "sentence-similarity"
    assert client.get("/api/v1/queue").json()["items"] == []


def test_cancel(client: TestClient) -> None:
    submission = client.post("/api/v1/submissions", json=BODY).json()["id"]
    assert client.post(f"/api/v1/submissions/{submission}/cancel").json() == {"status": "cancelled"}
    assert client.post(f"/api/v1/submissions/{submission}/cancel").status_code == 409


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_sites_page_cannot_submit(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/api/v1/submissions", json=BODY, headers=headers).status_code == 403
    assert client.post("/submit", data=BODY, headers=headers).status_code == 403
    assert client.get("/api/v1/queue").json()["items"] == []


def test_a_large_or_unmeasured_body_is_not_read(client: TestClient) -> None:
    assert client.post("/api/v1/submissions", content=b"x" * 70_000).status_code == 413
    assert client.post("/api/v1/submissions", content=iter([b"x" * 10])).status_code == 411


def test_without_accounts_a_public_address_is_read_only(
    record: Record, hub: FixedFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client_of(record, hub, monkeypatch, HOST="0.0.0.0") as public:
        assert public.get("/").status_code == 200
        assert public.get("/submit").status_code == 200
        assert public.post("/api/v1/submissions", json=BODY).status_code == 403
        assert public.post("/submit", data=BODY).status_code == 403


def test_runner_and_desk_need_their_own_tokens(client: TestClient, record: Record) -> None:
    claim = {"hardware": ["cpu"], "machine": "m", "harness": "0.1.0"}
    freeze = "/api/v1/desk/editions/dev-2026-11/freeze"
    for headers in ({}, {"Authorization": "Bearer no"}, bearer(record, "operator")):
        assert client.post("/api/v1/runner/claim", json=claim, headers=headers).status_code == 403
    for headers in ({}, {"Authorization": "Bearer no"}, bearer(record, "runner")):
        assert client.post(freeze, headers=headers).status_code == 403
    assert (
        client.post("/api/v1/runner/claim", json=claim, headers=bearer(record, "runner")).status_code == 204
    )
    answer = client.post(freeze, headers=bearer(record, "operator"), json={"reason": "Ten are there."})
    assert answer.status_code == 400
    assert "ten reference models" in answer.json()["error"]["message"]
    for role in ("runner", "operator"):
        assert token_file(record.folder, role).stat().st_mode & 0o077 == 0


def test_a_whole_run_over_the_runner_api(client: TestClient, record: Record) -> None:
    submission = client.post("/api/v1/submissions", json=BODY).json()["id"]
    headers = bearer(record, "runner")
    claim = client.post(
        "/api/v1/runner/claim",
        json={"hardware": ["cpu"], "machine": "m", "harness": "0.1.0"},
        headers=headers,
    ).json()
    assert claim["submission_id"] == submission
    base, fence = f"/api/v1/runner/submissions/{submission}", claim["fence"]
    for _ in range(2):  # the second time its answer was lost
        told = client.post(f"{base}/start", json={"fence": fence}, headers=headers)
        assert told.json() == {"status": "running"}
    assert client.post(f"{base}/start", json={"fence": fence}, headers=headers).json() == {
        "status": "running"
    }
    beat = {"fence": fence, "fraction": 0.5, "message": "window 2 of 3", "remaining_s": 4.0, "log": "hello\n"}
    assert client.post(f"{base}/heartbeat", json=beat, headers=headers).json() == {"status": "running"}
    assert client.get(f"/api/v1/submissions/{submission}").json()["progress"]["fraction"] == 0.5
    assert "hello" in client.get(f"/submissions/{submission}").text
    stale = client.post(f"{base}/heartbeat", json={**beat, "fence": fence + 1}, headers=headers)
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "fence_lost")

    run = builders.run(record.submission(submission).plan)
    where = f"{base}/files/run.json?fence={fence}"
    assert client.put(where, content=run.model_dump_json(), headers=headers).status_code == 200
    end = {"fence": fence, "outcome": "done"}
    told = client.post(f"{base}/finish", json=end, headers=headers).json()
    assert told == {"status": "done", "run_id": run.id}
    assert client.post(f"{base}/finish", json=end, headers=headers).json() == told

    assert client.get(f"/runs/{run.id}").status_code == 200
    assert client.get(f"/api/v1/runs/{run.id}").json()["run_key"] == run.run_key
    rows = client.get("/api/v1/ratings", params={"edition": "dev-2026-11"}).json()
    assert [row["model"] for row in rows["items"]] == [builders.MODEL]
    everywhere = client.get("/api/v1/ratings", params={"task": "sentence-similarity", "limit": 1000}).json()
    assert all(row["provenance"] == "reference" for row in everywhere["items"])


def test_tokens_survive_a_restart_and_are_made_anew_when_lost(
    client: TestClient, record: Record, tmp_path: Path
) -> None:
    from submissions.tokens import ensure_tokens

    path = token_file(record.folder, "runner")
    before = path.read_text()
    ensure_tokens(record, record.folder)
    assert path.read_text() == before
    path.unlink()
    ensure_tokens(record, record.folder)
    assert path.read_text() != before
