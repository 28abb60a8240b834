"""The page and the API: who may pass, what is said, and what is read before that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient

from leaderboard import board as site
from leaderboard.domain import Limits
from leaderboard.judging.bundle import MOST_BUNDLE_BYTES
from leaderboard.record import Record
from submissions import attested
from submissions.accounts import Accounts, ReadOnly
from submissions.attested.pages import create_attested, create_attested_api
from submissions.attested.terms import TERMS
from submissions.limits import Gate
from submissions.policy import BodyCap
from submissions.status.disputes import Disputes
from submissions.status.page import create_status
from tests.submissions.attested.conftest import OPERATOR, PERSON
from tests.submissions.people import always

ALL = dict.fromkeys(TERMS, "on")


def client_of(record: Record, accounts: Accounts) -> TestClient:
    app = FastAPI()
    app.add_middleware(BodyCap)
    made = site.create_site(record, version="0", single_user=False)
    made.install(app)
    gate = Gate(record, Limits())
    app.include_router(create_attested(record, made.pages, accounts, gate))
    app.include_router(create_attested_api(record, accounts, gate))
    app.include_router(create_status(record, made.pages, accounts, Disputes(record)))
    return TestClient(app, base_url="http://127.0.0.1:7860", follow_redirects=False)


@pytest.fixture
def client(record: Record) -> Iterator[TestClient]:
    with client_of(record, always(PERSON)) as opened:
        yield opened


def bundle(path: Path) -> dict[str, Any]:
    return {"bundle": ("bundle.zip", path.read_bytes(), "application/zip")}


def test_the_page_gives_a_nonce_and_shows_it_once(client: TestClient) -> None:
    page = client.get("/submit/attested")
    assert page.status_code == 200
    assert "0 of 5 unused nonces" in page.text
    assert page.text.count('type="checkbox"') == 3
    given = client.post("/submit/attested/nonce")
    assert given.headers["cache-control"] == "no-store"
    (nonce,) = set(re.findall(r"\b20261116-[0-9a-z]{24}\b", given.text))
    assert f"--nonce {nonce}" in given.text
    again = client.get("/submit/attested").text
    assert nonce not in again
    assert "1 of 5 unused nonces" in again
    for _ in range(4):
        assert client.post("/submit/attested/nonce").status_code == 200
    full = client.post("/submit/attested/nonce")
    assert full.status_code == 429
    assert "not used yet" in full.text
    more = client.post("/api/v1/attested/nonces")
    assert (more.status_code, more.json()["error"]["code"]) == (429, "too_many")
    assert int(more.headers["retry-after"]) > 0


def test_limits_on_bundles_stand_where_one_is_handed_in(client: TestClient) -> None:
    page = client.get("/submit/attested").text
    assert "Bundles of yours that wait for an operator" in page
    assert "Submissions of yours in 24 hours" in page
    assert "Open submissions of yours" not in page


def test_a_bundle_over_the_page(record: Record, packed: Path) -> None:
    with client_of(record, always(PERSON)) as client:
        answer = client.post("/submit/attested", data=ALL, files=bundle(packed))
        assert answer.status_code == 303
        page = client.get(answer.headers["location"])
        assert "waits for an operator" in page.text
        (waits,) = attested.waiting(record)
        rating = attested.accept(record, waits.submission.id, OPERATOR, "Fine.")
        shown = {
            name: client.get(address)
            for name, address in {
                "model": f"/models/{rating.model}",
                "run": f"/runs/{rating.run_id}",
                "board": f"/?edition=2026-11&task={rating.task}&hardware={rating.hardware}",
                "api": "/api/v1/ratings?edition=2026-11&provenance=attested",
                "label": f"/label/2026-11/{rating.task}/{rating.hardware}/{rating.model}.svg",
                "badge": f"/badge/2026-11/{rating.task}/{rating.hardware}/{rating.model}.json",
            }.items()
        }
        assert {name: answer.status_code for name, answer in shown.items()} == dict.fromkeys(shown, 200)
        for name in ("model", "board", "label"):
            assert "attested by its submitter, not measured by us" in shown[name].text, name
        assert "a bundle forged with care cannot be told from a true one" in shown["model"].text
        assert "Not public" in shown["model"].text
        assert "runners plan" not in shown["model"].text + shown["run"].text
        (item,) = shown["api"].json()["items"]
        assert (item["provenance"], item["stars"], item["licence"]) == ("attested", None, "closed")
        assert (item["weights_open"], item["licence_open"], item["library"]) == (False, False, None)
        assert shown["badge"].json()["message"].startswith("not rated")


def test_a_bundle_over_the_api(record: Record, packed: Path) -> None:
    with client_of(record, always(PERSON)) as client:
        answer = client.post("/api/v1/attested", data=ALL, files=bundle(packed))
        assert answer.status_code == 202, answer.text
        told = answer.json()
        assert told["status"] == "received"
        again = client.post("/api/v1/attested", data=ALL, files=bundle(packed))
        error = again.json()["error"]
        assert (again.status_code, error["findings"][0]["name"]) == (422, "nonce-unused")
        assert error["remedy"]
    terms = record.events(told["id"])[0].detail["terms"]
    assert set(terms) == set(TERMS)
    assert all(re.fullmatch("[0-9a-f]{64}", words) for words in terms.values())


@pytest.mark.parametrize("left_out", TERMS)
def test_each_term_is_accepted_by_itself(client: TestClient, packed: Path, left_out: str) -> None:
    given = {name: "on" for name in TERMS if name != left_out}
    answer = client.post("/submit/attested", data=given, files=bundle(packed))
    assert answer.status_code == 422
    assert left_out.replace("_", " ") in answer.text
    # What was ticked stays so.
    assert answer.text.count(" checked") == 2
    error = client.post("/api/v1/attested", data=given | {left_out: "no"}, files=bundle(packed))
    assert error.json()["error"]["findings"][0]["name"] == "terms-accepted"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/json"),
        (b"{}", "application/json"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"nonsense", "multipart/form-data"),
        (
            b"bundle=text&public_figures=on&integrity=on&representativeness=on",
            "application/x-www-form-urlencoded",
        ),
    ],
)
def test_what_is_no_form_is_no_fault_of_ours(client: TestClient, body: bytes, kind: str) -> None:
    for address in ("/api/v1/attested", "/submit/attested"):
        answer = client.post(address, content=body, headers={"content-type": kind})
        assert 400 <= answer.status_code < 500, answer.text


def test_a_refused_bundle_shows_what_was_checked(client: TestClient, packed: Path) -> None:
    packed.write_bytes(packed.read_bytes()[:-1])
    answer = client.post("/submit/attested", data=ALL, files=bundle(packed))
    assert answer.status_code == 422
    assert "(bundle-whole)" in answer.text
    assert "your nonce is not used up" in answer.text


@pytest.mark.parametrize(("accounts", "status"), [(always(None), 401), (ReadOnly(), 403)])
def test_nobody_is_read_before_they_are_known(
    record: Record, packed: Path, accounts: Accounts, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the body was read")

    monkeypatch.setattr(Request, "form", never)
    monkeypatch.setattr(Request, "body", never)
    with client_of(record, accounts) as client:
        for address in ("/api/v1/attested", "/submit/attested"):
            assert client.post(address, data=ALL, files=bundle(packed)).status_code == status
            for nonces in (f"{address}/nonce", f"{address}/nonces"):
                assert client.post(nonces).status_code in (status, 404)
        assert client.get("/submit/attested").status_code == 200


def test_another_sites_page_hands_nothing_in(client: TestClient, packed: Path) -> None:
    foreign = {"origin": "https://evil.example"}
    for address in ("/api/v1/attested", "/submit/attested"):
        answer = client.post(address, data=ALL, files=bundle(packed), headers=foreign)
        assert answer.status_code == 403
    assert client.post("/submit/attested/nonce", headers=foreign).status_code == 403


def test_a_body_past_the_cap_is_not_read(client: TestClient) -> None:
    for address, most in (("/api/v1/attested", MOST_BUNDLE_BYTES), ("/api/v1/attested/nonces", 2**16)):
        length = {"content-length": str(most + 2**17)}
        assert client.post(address, content=b"x", headers=length).status_code == 413
    assert client.post("/submit/attested", content=iter([b"x"])).status_code == 411
