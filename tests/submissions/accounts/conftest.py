"""A Space that people sign in to with the loopback Hub, and browsers that go between the two."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from leaderboard import board
from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from leaderboard.settings import OAuthClient
from submissions.accounts import HubAccounts
from submissions.accounts.account_routes import create_account
from submissions.accounts.sign_in_routes import create_sign_in
from submissions.form import api as form_api
from submissions.form import page as form
from submissions.hub.facts import FixedFacts
from submissions.intake import Intake
from submissions.status import page as status
from submissions.status.disputes import Disputes
from tests import builders
from tests.fakes.hub import LoopbackHub
from tests.fakes.hub.people import ADA, BO, OZ, Account

SECRET = "p4Wv0xqJk2nL8sT6yB1mZ9cR5dF7gH3e"
ADDRESS = "http://127.0.0.1:7860"
COOKIE = "starwatt-session-7860"
CSRF = re.compile(r'<input type="hidden" name="csrf" value="([^"]+)">')


class Browser:
    """One browser: cookies of the Space, and a person in front of it."""

    def __init__(self, space: TestClient, hub: httpx2.Client) -> None:
        self.space, self.hub = space, hub

    def get(self, path: str, **given: Any) -> Any:
        return self.space.get(path, follow_redirects=False, **given)

    def post(self, path: str, fields: Mapping[str, str] | None = None, *, csrf: str | None = None) -> Any:
        """A form of the Space's own page. `csrf`: None: what the page holds; empty: nothing."""
        token = self.csrf() if csrf is None else csrf
        fields = {**({"csrf": token} if token else {}), **(fields or {})}
        headers = {"Origin": str(self.space.base_url), "Sec-Fetch-Site": "same-origin"}
        return self.space.post(path, data=fields, headers=headers, follow_redirects=False)

    def csrf(self) -> str:
        found = CSRF.search(self.get("/submit").text)
        return found[1] if found else ""

    def begin(self, then: str = "/") -> str:
        """Start a sign-in; returns the address at the Hub."""
        answer = self.get("/sign-in/start", params={"next": then})
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def agree(self, address: str, account: Account | None) -> str:
        """Say at the Hub who one is (None: decline); returns path and query of the way back."""
        assert self.hub.get(address).status_code == 200
        asked = dict(parse_qsl(urlsplit(address).query))
        there = address.partition("?")[0]
        answer = self.hub.post(there, data={**asked, "person": account.sub if account else ""})
        assert answer.status_code == 303, answer.text
        back = urlsplit(answer.headers["location"])
        assert f"{back.scheme}://{back.netloc}" == str(self.space.base_url)
        return f"{back.path}?{back.query}"

    def sign_in(self, account: Account, then: str = "/") -> Any:
        """The whole way; returns the Space's last answer."""
        answer = self.get(self.agree(self.begin(then), account))
        assert answer.status_code == 303, answer.text
        return answer

    def me(self) -> Any:
        return self.get("/api/v1/me")


@pytest.fixture(scope="session")
def loopback(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture(scope="session")
def http() -> Iterator[httpx2.Client]:
    """One for all: each loads what it trusts first, and nothing here is https."""
    with httpx2.Client(verify=False) as client:
        yield client


@pytest.fixture
def clock() -> HandClock:
    return HandClock(builders.NOON)


@pytest.fixture
def client(loopback: LoopbackHub) -> OAuthClient:
    openid = loopback.openid
    return OAuthClient(loopback.endpoint, openid.client_id, openid.client_secret, SECRET)


@pytest.fixture
def accounts(record: Record, client: OAuthClient, clock: HandClock) -> HubAccounts:
    return HubAccounts(record, client, {OZ.sub}, clock=clock)


@pytest.fixture
def app(record: Record, accounts: HubAccounts) -> FastAPI:
    """The Space as `app.py` composes it, without Gradio and what runs by the clock."""
    site = board.create_site(record, version="0.1.0", single_user=False, about=accounts.about)
    made = FastAPI(docs_url=None, redoc_url=None)
    site.install(made)
    known = FixedFacts({builders.MODEL: builders.facts(builders.MODEL)})
    intake = Intake(record, known)
    disputes = Disputes(record)
    for router in (
        create_sign_in(site.pages, accounts),
        create_account(site.pages, accounts),
        form.create_form(record, intake, site.pages, accounts, known),
        form_api.create_form_api(record, intake, accounts, known),
        status.create_status(record, site.pages, accounts, disputes),
        status.create_status_api(record, accounts, disputes),
    ):
        made.include_router(router)
    return made


@pytest.fixture
def browser_at(app: FastAPI, http: httpx2.Client) -> Callable[[str], Browser]:
    """A new browser at an address of the Space."""
    return lambda address: Browser(TestClient(app, base_url=address), http)


@pytest.fixture
def browser(browser_at: Callable[[str], Browser]) -> Browser:
    return browser_at(ADDRESS)


@pytest.fixture
def other(browser_at: Callable[[str], Browser]) -> Browser:
    return browser_at(ADDRESS)


def sessions(record: Record, *people: str) -> int:
    """How many sessions are open; of these subject ids, or of anybody."""
    return sum(record.count_tickets("session", person) for person in people or (ADA.sub, BO.sub, OZ.sub))
