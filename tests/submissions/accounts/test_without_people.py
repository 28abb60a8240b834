"""The pages of signing in where nobody does: one's own machine, and a Space without an OAuth client."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from leaderboard import board
from leaderboard.record import Record
from submissions.accounts import Accounts, ReadOnly, SingleUser
from submissions.accounts.account_routes import create_account
from submissions.accounts.sign_in_routes import create_sign_in
from tests.submissions.accounts.conftest import ADDRESS


def space(record: Record, accounts: Accounts) -> TestClient:
    site = board.create_site(record, version="0.1.0", single_user=accounts.single_user, about=accounts.about)
    app = FastAPI(docs_url=None, redoc_url=None)
    site.install(app)
    for router in (create_sign_in(site.pages, accounts), create_account(site.pages, accounts)):
        app.include_router(router)
    return TestClient(app, base_url=ADDRESS, follow_redirects=False)


def test_ones_own_machine(record: Record) -> None:
    client = space(record, SingleUser(at_home=True))
    me = client.get("/api/v1/me").json()
    assert (me["subject"], me["operator"]) == ("local", True)
    account = client.get("/account")
    assert account.status_code == 200 and "user and its operator" in account.text
    assert "Make a token" not in account.text and "Sign out" not in account.text
    assert "Nobody signs in here" in client.get("/sign-in").text
    assert "local mode" in client.get("/method").text
    # The pages are everybody's, and kept as such.
    assert client.get("/method").headers["cache-control"] == "no-cache"
    elsewhere = client.get("/api/v1/me", headers={"Host": "evil.example"})
    assert elsewhere.status_code == 401


def test_a_space_without_a_client(record: Record) -> None:
    client = space(record, ReadOnly())
    for path in ("/api/v1/me", "/account"):
        answer = client.get(path)
        assert answer.status_code == 403 and "no OAuth client is set up" in answer.text
    page = client.get("/sign-in").text
    assert "no OAuth client is set up" in page and "Sign in at the Hub" not in page
    assert "/sign-in" not in client.get("/method").text


@pytest.mark.parametrize("path", ["/sign-in/start", "/sign-in/callback"])
def test_there_is_no_way_to_the_hub(record: Record, path: str) -> None:
    for accounts in (SingleUser(), ReadOnly()):
        assert space(record, accounts).get(path).status_code == 404
