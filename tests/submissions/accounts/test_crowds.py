"""Many strangers at once: sign-ins under way are counted, and a silent Hub holds no queue of threads."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from leaderboard.domain import HubUnavailable, TooMany
from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from leaderboard.settings import OAuthClient
from submissions.accounts import HubAccounts
from submissions.accounts.asked_once import AWAY_S, MOST_ASKING, AskedOnce
from submissions.accounts.asking import Asking
from submissions.accounts.open_sign_ins import MOST_PER_ADDRESS, OpenSignIns
from submissions.accounts.provider import Provider
from submissions.accounts.sign_ins import SIGN_IN_S
from submissions.limits import Addresses
from tests.fakes.hub.people import ADA
from tests.submissions.accounts.conftest import ADDRESS, Browser

ASKING = Asking("http://127.0.0.1:7860/sign-in/callback", "state", "nonce", "v" * 43)
PATIENCE_S = 60.0


def away() -> HubUnavailable:
    return HubUnavailable("The Hub does not answer.", "Try again.")


def test_places_are_counted_in_all_and_by_address(clock: HandClock) -> None:
    opened = OpenSignIns(clock, 600, most=3, most_per_address=2)
    opened.begin("a", "here")
    clock.advance(60)
    opened.begin("b", "here")
    with pytest.raises(TooMany, match="from your network") as refused:
        opened.begin("c", "here")
    assert refused.value.retry_after_s == 540
    opened.begin("d", "there")
    with pytest.raises(TooMany, match="begun here"):
        opened.begin("e", "elsewhere")
    opened.end("b")
    opened.end("unknown")
    opened.begin("f", "here")
    clock.advance(540)
    opened.begin("g", "here")


def test_where_the_address_is_not_known_only_the_whole_counts(clock: HandClock) -> None:
    opened = OpenSignIns(clock, 600, most=3, most_per_address=1)
    for key in "abc":
        opened.begin(key, "")
    with pytest.raises(TooMany, match="begun here"):
        opened.begin("d", "")


def test_one_network_cannot_fill_the_record_and_stops_nobody_else(
    app: FastAPI, browser: Browser, record: Record, clock: HandClock
) -> None:
    app.state.addresses = Addresses(b"key", behind_proxy=True)
    from_there = {"X-Forwarded-For": "203.0.113.9"}
    crowd = TestClient(app, base_url=ADDRESS, follow_redirects=False)

    def begin(headers: dict[str, str]) -> int:
        crowd.cookies.clear()
        return crowd.get("/sign-in/start", headers=headers).status_code

    assert {begin(from_there) for _ in range(MOST_PER_ADDRESS)} == {303}
    refused = crowd.get("/sign-in/start", headers=from_there)
    assert refused.status_code == 429 and refused.headers["retry-after"] == str(SIGN_IN_S)
    assert 'role="alert"' in refused.text and "from your network" in refused.text
    assert record.count_tickets("sign-in", "") == MOST_PER_ADDRESS
    assert begin({"X-Forwarded-For": "203.0.113.10"}) == 303
    assert browser.sign_in(ADA).status_code == 303
    clock.advance(SIGN_IN_S)
    assert begin(from_there) == 303


def test_a_sign_in_that_ended_well_frees_its_place_and_another_does_not(
    app: FastAPI, browser: Browser, accounts: HubAccounts
) -> None:
    app.state.addresses = Addresses(b"key", behind_proxy=True)
    browser.space.headers["X-Forwarded-For"] = "203.0.113.9"
    for _ in range(MOST_PER_ADDRESS - 1):
        browser.begin()
    browser.get(browser.agree(browser.begin(), ADA))
    browser.get(browser.agree(browser.begin(), None))
    assert browser.get("/sign-in/start").status_code == 429


def test_what_the_provider_did_not_answer_takes_no_place(
    app: FastAPI, browser: Browser, accounts: HubAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.state.addresses = Addresses(b"key", behind_proxy=True)
    browser.space.headers["X-Forwarded-For"] = "203.0.113.9"

    def fail(asking: Asking) -> str:
        raise away()

    with monkeypatch.context() as silent:
        silent.setattr(Provider, "address", lambda self, asking: fail(asking))
        for _ in range(MOST_PER_ADDRESS + 1):
            answer = browser.get("/sign-in/start")
            assert answer.status_code == 503 and int(answer.headers["retry-after"]) > 0
    browser.begin()


def test_a_failure_is_remembered_for_a_while_and_what_is_known_for_good(
    client: OAuthClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    time_s, asked, answers = [0.0], [0], [False]
    provider = Provider(client, lambda: time_s[0])
    fetched = provider._fetched

    def counted(address: str) -> dict[str, object]:
        asked[0] += 1
        if not answers[0]:
            raise away()
        return fetched(address)

    monkeypatch.setattr(provider, "_fetched", counted)
    for _ in range(5):
        with pytest.raises(HubUnavailable, match="does not answer"):
            provider.address(ASKING)
    assert asked == [1]
    answers[0] = True
    with pytest.raises(HubUnavailable):
        provider.address(ASKING)
    time_s[0] += AWAY_S
    for _ in range(3):
        provider.address(ASKING)
    assert asked == [2]


def test_nobody_waits_for_anothers_question() -> None:
    """While as many ask as may, the next is refused at once; what one of them learns all have."""
    answer, asking = threading.Event(), threading.Semaphore(0)

    def fetch() -> str:
        asking.release()
        assert answer.wait(PATIENCE_S)
        return "known"

    asked, got = AskedOnce(fetch), []

    def one(ask: Callable[[], str]) -> None:
        got.append(ask())

    threads = [threading.Thread(target=one, args=(asked.get,)) for _ in range(MOST_ASKING)]
    for thread in threads:
        thread.start()
    try:
        # All of them are inside at once: none waits for a lock that another holds.
        assert all(asking.acquire(timeout=PATIENCE_S) for _ in threads)
        with pytest.raises(HubUnavailable, match="Too many people wait"):
            asked.get()
    finally:
        answer.set()
        for thread in threads:
            thread.join()
    assert got == ["known"] * MOST_ASKING and asked.get() == "known"


def test_a_key_set_that_does_not_come_anew_leaves_the_one_that_is_known() -> None:
    time_s, fails = [0.0], [False]

    def fetch() -> str:
        if fails[0]:
            raise away()
        return "keys"

    asked = AskedOnce(fetch, lambda: time_s[0])
    assert asked.get() == "keys"
    fails[0] = True
    with pytest.raises(HubUnavailable):
        asked.get(anew=True)
    assert asked.get() == "keys"
    fails[0] = False
    with pytest.raises(HubUnavailable):
        asked.get(anew=True)
    time_s[0] = AWAY_S
    assert asked.get(anew=True) == "keys"
