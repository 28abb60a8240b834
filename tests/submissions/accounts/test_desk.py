"""The desk with real sessions and real tokens: who operates is known by their subject id alone."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI

from leaderboard import board
from leaderboard.publish import Publisher
from leaderboard.record import Record
from leaderboard.settings import read_settings
from submissions import pausing
from submissions.accounts import HubAccounts
from submissions.desk.acts import Desk
from submissions.desk.api import create_desk_api
from submissions.desk.door import Door
from submissions.desk.pages import create_desk_pages
from tests.fakes.hub.people import ADA, OZ
from tests.submissions.accounts.conftest import CSRF, Browser

PAUSE = {"hardware": "cpu", "reason": "The rack is being moved."}
API = "/api/v1/desk/hardware/cpu/pause"


@pytest.fixture(autouse=True)
def desk(app: FastAPI, record: Record, accounts: HubAccounts) -> None:
    """Its doors, in the Space that people sign in to."""
    site = board.create_site(record, version="0.1.0", single_user=False, about=accounts.about)
    publisher = Publisher.of(record, read_settings({"STARWATT_DATA": str(record.folder)}))
    acts, door = Desk(record, publisher), Door(record, accounts)
    app.include_router(create_desk_api(record, acts, door, 300))
    app.include_router(create_desk_pages(record, site.pages, acts, door, 300))


def token_of(browser: Browser) -> dict[str, str]:
    """A personal token of whoever is signed in."""
    made = browser.post("/account/tokens", {"label": "laptop"}).headers["location"]
    found = re.search(r"swp_[\w-]{43}", browser.get(made).text)
    assert found
    return {"Authorization": f"Bearer {found[0]}"}


def test_an_operator_signs_in_and_acts(browser: Browser, record: Record) -> None:
    assert browser.get("/desk").status_code == 401
    browser.sign_in(OZ)
    assert 'href="/desk"' in browser.get("/submit").text
    page = browser.get("/desk/pause?hardware=cpu")
    assert page.headers["cache-control"] == "no-store"
    assert CSRF.search(page.text)
    for forged in ("", "wrong"):
        assert browser.post("/desk/pause", PAUSE, csrf=forged).status_code == 403
    assert record.acts() == []
    assert browser.post("/desk/pause", PAUSE).status_code == 303
    (act,) = record.acts()
    assert act.actor == OZ.sub
    assert pausing.paused(record) == {"cpu": PAUSE["reason"]}
    browser.post("/sign-out")
    assert browser.get("/desk").status_code == 401


def test_a_session_at_the_api_proves_that_a_page_of_ours_asks(browser: Browser, record: Record) -> None:
    browser.sign_in(OZ)
    body = {"reason": "x"}
    assert browser.space.post(API, json=body).status_code == 403
    assert record.acts() == []
    assert browser.space.post(API, json=body, headers={"X-CSRF-Token": browser.csrf()}).status_code == 200


def test_anybody_else_is_a_stranger_at_the_desk(browser: Browser, record: Record) -> None:
    browser.sign_in(ADA)
    assert 'href="/desk"' not in browser.get("/submit").text
    assert browser.get("/desk").status_code == 403
    assert browser.post("/desk/pause", PAUSE).status_code == 403
    headers = token_of(browser)
    browser.space.cookies.clear()
    assert browser.space.post(API, json={"reason": "x"}, headers=headers).status_code == 403
    assert record.acts() == []


def test_an_operators_token_and_a_runners(browser: Browser, other: Browser, record: Record) -> None:
    browser.sign_in(OZ)
    headers = token_of(browser)
    assert other.space.post(API, json={"reason": "x"}, headers=headers).status_code == 200
    made = other.space.post(
        "/api/v1/desk/tokens",
        json={"machine": "m", "hardware": ["cpu"], "reason": "x"},
        headers=headers,
    ).json()
    runner = {"Authorization": f"Bearer {made['token']}"}
    assert other.space.post(API, json={"reason": "x"}, headers=runner).status_code == 403
    assert other.space.get("/desk", headers=runner).status_code == 401
    assert {act.actor for act in record.acts()} == {OZ.sub}
