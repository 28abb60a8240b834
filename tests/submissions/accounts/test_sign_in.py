"""The whole way: to the Hub and back, a session, its end; and what no log may hold."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from leaderboard.settings import OAuthClient
from submissions.accounts import HubAccounts
from submissions.accounts.sessions import SESSION_S
from tests.fakes.hub import LoopbackHub
from tests.fakes.hub.people import ADA, ANALYTICAL, BO
from tests.submissions.accounts.conftest import COOKIE, SECRET, Browser, sessions


def test_somebody_signs_in_and_out(browser: Browser, record: Record) -> None:
    assert browser.me().status_code == 401
    assert 'href="/sign-in?next=%2Fsubmit"' in browser.get("/submit").text
    back = browser.sign_in(ADA, "/submit?task=reasoning")
    assert back.headers["location"] == "/submit?task=reasoning"
    me = browser.me()
    assert me.json() == {
        "subject": ADA.sub,
        "name": "ada",
        "orgs": [{"subject": ANALYTICAL.sub, "name": "analytical"}],
        "operator": False,
    }
    assert me.headers["cache-control"] == "no-store"
    page = browser.get("/submit").text
    assert ">ada</a>" in page and "Sign out" in page and "/sign-in" not in page
    assert browser.get("/sign-in", params={"next": "/queue"}).headers["location"] == "/queue"

    kept = browser.space.cookies[COOKIE]
    assert browser.post("/sign-out").status_code == 303
    assert COOKIE not in browser.space.cookies
    browser.space.cookies.set(COOKIE, kept)
    assert browser.me().status_code == 401 and sessions(record) == 0


def test_what_the_hub_is_asked(browser: Browser) -> None:
    asked = parse_qs(urlsplit(browser.begin()).query)
    assert asked["scope"] == ["openid profile"]
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"] and len(asked["code_challenge"][0]) == 43
    assert asked["redirect_uri"] == ["http://127.0.0.1:7860/sign-in/callback"]
    again = parse_qs(urlsplit(browser.begin()).query)
    for once in ("state", "nonce", "code_challenge"):
        assert asked[once] != again[once]


def test_two_tabs_may_sign_in_at_once(browser: Browser) -> None:
    first, second = browser.begin("/queue"), browser.begin("/submit")
    assert browser.get(browser.agree(first, ADA)).headers["location"] == "/queue"
    assert browser.me().json()["name"] == "ada"
    assert browser.agree(second, ADA)


def test_another_session_secret_ends_every_session(
    browser: Browser, record: Record, client: OAuthClient, clock: HandClock
) -> None:
    browser.sign_in(ADA)
    kept = browser.space.cookies[COOKIE]
    for secret, good in ((SECRET, True), (SECRET[::-1], False)):
        again = HubAccounts(record, replace(client, session_secret=secret), clock=clock)
        assert (again.sessions.find(kept) is not None) is good


def test_every_sign_in_makes_a_new_session_and_ends_the_one_before(
    browser: Browser, record: Record, accounts: HubAccounts
) -> None:
    browser.sign_in(BO)
    before = browser.space.cookies[COOKIE]
    browser.get(browser.agree(browser.begin(), ADA))
    assert browser.space.cookies[COOKIE] != before
    assert accounts.sessions.find(before) is None
    assert browser.me().json()["name"] == "ada" and sessions(record) == 1


def test_a_session_planted_before_the_sign_in_is_not_taken_over(
    browser: Browser, accounts: HubAccounts
) -> None:
    planted = "a" * 43
    browser.space.cookies.set(COOKIE, planted, domain="127.0.0.1")
    browser.sign_in(ADA)
    assert accounts.sessions.find(planted) is None
    assert browser.space.cookies[COOKIE] != planted and browser.me().json()["name"] == "ada"


def test_a_session_ends_by_itself(browser: Browser, clock: HandClock) -> None:
    browser.sign_in(ADA)
    clock.advance(SESSION_S - 1)
    assert browser.me().status_code == 200
    clock.advance(1)
    assert browser.me().status_code == 401
    # Who had a page open all that time is signed out, and told no lie about a wrong form.
    assert browser.post("/sign-out", csrf="").status_code == 303


def tampered(cookie: str) -> list[str]:
    flipped = cookie[:-1] + ("A" if cookie[-1] != "A" else "B")
    return [
        flipped,
        cookie + "A",
        cookie[1:],
        cookie.swapcase(),
        "",
        "x" * 10_000,
        "ü" * 43,
        f"{ADA.sub:0<43}",
    ]


def test_a_forged_or_tampered_cookie_is_nobodys(browser: Browser, other: Browser) -> None:
    browser.sign_in(ADA)
    for forged in tampered(browser.space.cookies[COOKIE]):
        answer = other.get("/api/v1/me", headers={"Cookie": f"{COOKIE}={forged}".encode()})
        assert answer.status_code == 401, forged


def test_a_cookie_made_from_the_secret_alone_is_nobodys(browser: Browser, accounts: HubAccounts) -> None:
    """Sessions lie in the record: who learns the session secret can sign nobody in with it."""
    browser.space.cookies.set(COOKIE, accounts.csrf(ADA.sub))
    assert browser.me().status_code == 401


def test_no_token_is_kept_or_logged(
    browser: Browser, loopback: LoopbackHub, record: Record, caplog: pytest.LogCaptureFixture
) -> None:
    before = len(loopback.openid.handed_out)
    with caplog.at_level(0):
        browser.sign_in(ADA)
        browser.post("/account/tokens", {"label": "ci"})
        refused_back = browser.agree(browser.begin(), ADA)
        loopback.openid.lies = {"nonce": "another"}
        try:
            assert browser.get(refused_back).status_code == 403
        finally:
            loopback.openid.lies = {}
    tokens = [token for token in loopback.openid.handed_out[before:] if token]
    assert len(tokens) == 4
    secrets = [*tokens, *browser.space.cookies.values(), loopback.openid.client_secret, SECRET]
    logged = "\n".join(f"{entry.getMessage()} {entry.exc_text or ''}" for entry in caplog.records)
    disk = b"".join(path.read_bytes() for path in record.folder.rglob("*") if path.is_file())
    for secret in secrets:
        assert secret not in logged
        assert secret.encode() not in disk
