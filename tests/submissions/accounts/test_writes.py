"""What changes something is asked for by a page of ours, or by a program with a token."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.routing import APIRoute
from starlette.datastructures import UploadFile

import app as composition
from leaderboard.record import Record
from leaderboard.settings import OAuthClient, Settings, read_settings
from submissions.accounts import HubAccounts, own_page
from tests import builders
from tests.fakes.hub.people import ADA, BO, OZ
from tests.submissions.accounts.conftest import ADDRESS, SECRET, Browser, sessions

BODY = {"model": builders.MODEL, "task": "sentence-similarity", "hardware": "cpu"}
FORMS = ("/submit", "/sign-out", "/account/tokens", "/account/sign-out-everywhere")


def submit(browser: Browser) -> str:
    answer = browser.post("/submit", BODY)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_a_form_of_ours_is_taken_with_who_sent_it(browser: Browser, record: Record) -> None:
    browser.sign_in(ADA)
    submission = record.submission(submit(browser).rsplit("/", 1)[1])
    assert submission.submitted_by == ADA.sub


def test_without_its_token_a_form_does_nothing(browser: Browser, record: Record) -> None:
    browser.sign_in(ADA)
    for path in FORMS:
        for given in ("", "wrong", "ü", "a" * 43):
            answer = browser.post(path, {"label": "x", **BODY}, csrf=given)
            assert answer.status_code == 403 and "not made for your session" in answer.text
    assert sessions(record) == 1 and not record.tokens("person") and not record.queue()


def test_a_token_of_another_session_is_wrong(browser: Browser, other: Browser, record: Record) -> None:
    browser.sign_in(ADA)
    other.sign_in(BO)
    theirs = other.csrf()
    assert browser.post("/submit", BODY, csrf=theirs).status_code == 403
    mine = browser.csrf()
    browser.sign_in(ADA)
    # One's own of an earlier session too: it went with that session.
    assert browser.post("/submit", BODY, csrf=mine).status_code == 403
    assert not record.queue()


FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
    {"Origin": "http://127.0.0.1:7861"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)


def test_a_foreign_page_does_nothing_even_with_the_token(browser: Browser, record: Record) -> None:
    browser.sign_in(ADA)
    fields = {"csrf": browser.csrf(), "label": "x", **BODY}
    for path in FORMS:
        for headers in FOREIGN:
            answer = browser.space.post(path, data=fields, headers=headers, follow_redirects=False)
            assert answer.status_code == 403 and "another site" in answer.text, headers
    assert sessions(record) == 1 and not record.tokens("person") and not record.queue()


def test_a_form_with_a_file_carries_its_token_too(
    app: FastAPI, browser: Browser, accounts: HubAccounts
) -> None:
    taken: list[int] = []

    @app.post("/files", dependencies=[Depends(own_page(accounts))])
    async def take(request: Request) -> None:
        async with request.form(max_files=1) as form:
            sent = form["file"]
            assert isinstance(sent, UploadFile)
            taken.append(len(await sent.read()))

    browser.sign_in(ADA)
    # Larger than what is kept in memory.
    file = {"file": ("bundle.zip", b"x" * 2_000_000)}
    refused = browser.space.post("/files", data={"csrf": "wrong"}, files=file)
    assert refused.status_code == 403 and not taken
    two = [("file", ("a", b"a")), ("more", ("b", b"b"))]
    assert browser.space.post("/files", data={"csrf": browser.csrf()}, files=two).status_code == 400
    assert browser.space.post("/files", data={"csrf": browser.csrf()}, files=file).status_code == 200
    assert taken == [2_000_000]


def test_a_script_of_ours_sends_the_token_in_a_header(browser: Browser, record: Record) -> None:
    browser.sign_in(ADA)
    bare = browser.space.post("/api/v1/submissions", json=BODY)
    assert bare.status_code == 403 and bare.json()["error"]["code"] == "forbidden"
    told = browser.space.post("/api/v1/submissions", json=BODY, headers={"X-CSRF-Token": browser.csrf()})
    assert told.status_code == 202, told.text
    assert len(record.queue()) == 1


def test_nobody_submits_without_signing_in(browser: Browser, record: Record) -> None:
    refused = browser.post("/submit", BODY, csrf="")
    assert refused.status_code == 401
    told = browser.space.post("/api/v1/submissions", json=BODY)
    assert (told.status_code, told.json()["error"]["code"]) == (401, "sign_in_needed")
    assert not record.queue()


def test_strangers_change_nothing_of_somebody_elses(browser: Browser, other: Browser) -> None:
    browser.sign_in(ADA)
    where = submit(browser)
    other.sign_in(BO)
    assert f'action="{where}/cancel"' not in other.get(where).text
    assert other.post(f"{where}/cancel").status_code == 403
    assert (
        other.space.post(f"/api/v1{where}/cancel", headers={"X-CSRF-Token": other.csrf()}).status_code == 403
    )
    assert f'action="{where}/cancel"' in browser.get(where).text
    assert browser.post(f"{where}/cancel").status_code == 303


def test_an_operator_may_and_one_who_is_none_any_more_may_not(
    browser: Browser, other: Browser, accounts: HubAccounts
) -> None:
    browser.sign_in(ADA)
    where = submit(browser)
    other.sign_in(OZ)
    accounts._operators = frozenset()
    assert other.post(f"{where}/cancel").status_code == 403
    accounts._operators = frozenset({OZ.sub})
    assert other.post(f"{where}/cancel").status_code == 303


def settings_of(record: Record, client: OAuthClient, **given: str) -> Settings:
    return read_settings(
        {
            "STARWATT_DATA": str(record.folder),
            "STARWATT_ACCOUNTS": "hub",
            "STARWATT_SESSION_SECRET": SECRET,
            "STARWATT_OPERATORS": OZ.sub,
            "OAUTH_CLIENT_ID": client.client_id,
            "OAUTH_CLIENT_SECRET": client.client_secret,
            "OPENID_PROVIDER_URL": client.provider,
            **given,
        }
    )


def writing(app: FastAPI) -> list[APIRoute]:
    """Every route that changes something for people; runners, and the desk's programs, show other tokens."""
    found = [route for route in _routes(app) if (route.methods or set()) - {"GET", "HEAD", "OPTIONS"}]
    return [route for route in found if not route.path.startswith(("/api/v1/runner/", "/api/v1/desk/"))]


def _routes(router: Any) -> list[APIRoute]:
    found: list[APIRoute] = []
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if isinstance(route, APIRoute):
            found.append(route)
        elif inner is not None:
            found += _routes(inner)
    return found


def test_the_composed_space_signs_people_in_and_guards_every_write(
    record: Record, client: OAuthClient, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leaderboard.board.mount_gradio", lambda app, record: None)
    app = composition.create_app(settings_of(record, client), record)
    routes = writing(app)
    assert {"/submit", "/submissions/{submission_id}/cancel", "/sign-out"} <= {r.path for r in routes}
    for route in routes:
        guards = [needed.call for needed in route.dependant.dependencies]
        names = [getattr(guard, "__name__", "") for guard in guards]
        assert "check_own_page" in names, f"{route.path} takes what any site's page sends"
    browser.space.app = app
    browser.space._transport.app = app  # type: ignore[attr-defined]
    browser.sign_in(OZ)
    assert browser.me().json()["operator"] is True
    assert str(browser.space.base_url) == ADDRESS
