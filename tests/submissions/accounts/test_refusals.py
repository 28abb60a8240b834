"""Answers that sign nobody in: replayed, of another browser, for something else, made up, or too late."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from leaderboard.domain import HubUnavailable
from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from leaderboard.settings import OAuthClient
from submissions.accounts.asking import Asking
from submissions.accounts.provider import Provider
from submissions.accounts.sign_ins import SIGN_IN_S
from tests.fakes.hub import Fault, LoopbackHub
from tests.fakes.hub.people import ADA, BO
from tests.submissions.accounts.conftest import COOKIE, Browser, sessions


def refused(browser: Browser, path: str, status: int, words: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == status, answer.text
    assert words in answer.text and 'role="alert"' in answer.text
    assert "Sign in at the Hub" in answer.text
    assert COOKIE not in browser.space.cookies and browser.me().status_code == 401


def test_an_answer_serves_once(browser: Browser, record: Record) -> None:
    back = browser.agree(browser.begin(), ADA)
    assert browser.get(back).status_code == 303
    browser.post("/sign-out")
    # The first way back took the browser's cookie with it; a thief who kept that too gets no further.
    refused(browser, back, 403, "No such sign-in is under way")
    assert sessions(record) == 0


def test_a_replayed_state_is_refused_though_its_cookie_was_kept(browser: Browser, record: Record) -> None:
    back = browser.agree(browser.begin(), ADA)
    kept = browser.space.cookies["starwatt-sign-in-7860"]
    assert browser.get(back).status_code == 303
    browser.post("/sign-out")
    browser.space.cookies.set("starwatt-sign-in-7860", kept)
    refused(browser, back, 409, "was used before")
    assert sessions(record) == 0


def test_another_browsers_state_is_refused_and_stays_good_there(browser: Browser, other: Browser) -> None:
    back = browser.agree(browser.begin(), ADA)
    refused(other, back, 403, "No such sign-in is under way in this browser")
    other.begin()
    refused(other, back, 403, "No such sign-in is under way in this browser")
    assert browser.get(back).status_code == 303
    assert browser.me().json()["name"] == "ada"


def test_a_code_of_another_sign_in_is_refused(browser: Browser, other: Browser) -> None:
    """Somebody hands on their own code with a state of the victim's browser: PKCE and nonce refuse it."""
    mine = dict(parse_qsl(urlsplit(other.agree(other.begin(), BO)).query))
    state = parse_qs(urlsplit(browser.begin()).query)["state"][0]
    path = f"/sign-in/callback?{urlencode({**mine, 'state': state})}"
    refused(browser, path, 403, "invalid_grant")


@pytest.mark.parametrize("state", ["", "x", "a" * 43, "%00", "' OR 1=1 --"])
def test_a_state_that_nobody_gave_is_refused(browser: Browser, state: str) -> None:
    browser.begin()
    path = f"/sign-in/callback?{urlencode({'state': state, 'code': 'c'})}"
    refused(browser, path, 403, "No such sign-in is under way")


def test_a_sign_in_that_took_too_long_is_refused(browser: Browser, clock: HandClock) -> None:
    back = browser.agree(browser.begin(), ADA)
    clock.advance(SIGN_IN_S)
    refused(browser, back, 403, "took too long")


def test_declining_is_no_accident(browser: Browser, record: Record) -> None:
    back = browser.agree(browser.begin(), None)
    refused(browser, back, 403, "access_denied")
    refused(browser, back, 409, "used before")
    assert sessions(record) == 0


def test_an_error_that_a_stranger_made_up_is_not_shown(browser: Browser) -> None:
    state = parse_qs(urlsplit(browser.begin()).query)["state"][0]
    answer = browser.get("/sign-in/callback", params={"state": state, "error": "<b>call 555</b>"})
    assert answer.status_code == 403 and "555" not in answer.text


def test_an_answer_that_names_another_provider_is_refused(browser: Browser) -> None:
    back = browser.agree(browser.begin(), ADA)
    fields = {**dict(parse_qsl(urlsplit(back).query)), "iss": "https://evil.example"}
    refused(browser, f"/sign-in/callback?{urlencode(fields)}", 403, "another sign-in")


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"},
        {"aud": "another-client"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"sub": BO.sub},
    ],
    ids=lambda lie: next(iter(lie)),
)
def test_an_id_token_for_something_else_is_refused(
    browser: Browser, loopback: LoopbackHub, record: Record, lie: dict[str, object]
) -> None:
    back = browser.agree(browser.begin(), ADA)
    loopback.openid.lies = lie
    try:
        answer = browser.get(back)
    finally:
        loopback.openid.lies = {}
    assert answer.status_code == 403, answer.text
    assert sessions(record) == 0 and browser.me().status_code == 401


def test_a_silent_hub_is_no_broken_page(browser: Browser, loopback: LoopbackHub) -> None:
    back = browser.agree(browser.begin(), ADA)
    loopback.faults = lambda method, path, phase: Fault(503) if path.startswith("/oauth/token") else None
    try:
        refused(browser, back, 503, "does not answer")
    finally:
        loopback.faults = None


def test_the_provider_checks_what_it_is_given(loopback: LoopbackHub, browser: Browser) -> None:
    """The double is strict: without PKCE, with a wrong secret or for another address it gives nothing."""
    address = browser.begin()
    there, _, query = address.partition("?")
    asked = dict(parse_qsl(query))
    for change in (
        {"code_challenge_method": "plain"},
        {"redirect_uri": "https://evil.example"},
        {"state": ""},
    ):
        assert browser.hub.get(there, params={**asked, **change}).status_code == 400
    openid = loopback.openid
    code = parse_qs(urlsplit(browser.agree(address, ADA)).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": asked["redirect_uri"]}
    token = f"{loopback.endpoint}/oauth/token"
    wrong = browser.hub.post(token, data=form, auth=(openid.client_id, "guess"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    unproved = browser.hub.post(
        token, data={**form, "code_verifier": "x" * 43}, auth=(openid.client_id, openid.client_secret)
    )
    assert (unproved.status_code, unproved.json()["error"]) == (400, "invalid_grant")


def test_a_key_that_is_newer_than_those_we_know_is_looked_up(browser: Browser, loopback: LoopbackHub) -> None:
    browser.sign_in(ADA)
    before = loopback.openid.key
    loopback.openid.__dict__.pop("key")
    assert loopback.openid.key.kid != before.kid
    browser.sign_in(BO)
    assert browser.me().json()["name"] == "bo"


def test_a_provider_that_is_away_or_somebody_else_is_said_to_be(
    record: Record, client: OAuthClient, loopback: LoopbackHub
) -> None:
    away = Provider(replace(client, provider="http://127.0.0.1:9"))
    asking = Asking("http://127.0.0.1:7860/sign-in/callback", "state", "nonce", "v" * 43)
    with pytest.raises(HubUnavailable, match="does not answer"):
        away.address(asking)
    loopback.faults = lambda method, path, phase: Fault(404) if "well-known" in path else None
    try:
        with pytest.raises(HubUnavailable, match="does not answer"):
            Provider(client).address(asking)
    finally:
        loopback.faults = None
    assert Provider(client).address(asking).startswith(f"{client.provider}/oauth/authorize?")


def test_metadata_of_another_issuer_is_refused(client: OAuthClient, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Asking("http://127.0.0.1:7860/sign-in/callback", "state", "nonce", "v" * 43)
    for told in ({}, {"issuer": "https://evil.example"}, {"issuer": client.provider}):
        provider = Provider(client)
        monkeypatch.setattr(provider, "_fetched", lambda address, told=told: told)
        with pytest.raises(HubUnavailable, match="another sign-in"):
            provider.address(asking)
