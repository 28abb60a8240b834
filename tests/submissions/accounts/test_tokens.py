"""Personal tokens: shown once, revoked for good, and no more than their owner."""

from __future__ import annotations

import re
import threading
from contextlib import suppress

from leaderboard.domain import Conflict, Org
from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from submissions.accounts import HubAccounts
from submissions.accounts.identity import Identity
from submissions.accounts.personal_tokens import MOST_TOKENS, ORGS_DAYS, TOKEN_DAYS, PersonalToken
from submissions.accounts.sessions import SESSION_S
from tests import builders
from tests.fakes.hub.people import ADA, ANALYTICAL, BO
from tests.submissions.accounts.conftest import Browser

DAY_S = 86400
IN_ANALYTICAL = Identity(ADA.sub, "ada", (Org(subject=ANALYTICAL.sub, name="analytical"),))
BODY = {"model": builders.MODEL, "task": "sentence-similarity", "hardware": "cpu"}


def make(browser: Browser, label: str = "ci") -> str:
    made = browser.post("/account/tokens", {"label": label})
    assert made.status_code == 303
    page = browser.get(made.headers["location"])
    assert page.status_code == 200 and page.headers["cache-control"] == "no-store"
    found = re.search(r'<pre id="made"[^>]*>(swp_[\w-]{43})</pre>', page.text)
    assert found, page.text
    assert found[1] not in browser.get(made.headers["location"]).text, "a reload does not show it again"
    return found[1]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_acts_for_its_owner_without_a_form(browser: Browser, other: Browser, record: Record) -> None:
    browser.sign_in(ADA)
    token = make(browser)
    me = other.get("/api/v1/me", headers=bearer(token)).json()
    assert (me["subject"], me["name"], me["operator"]) == (ADA.sub, "ada", False)
    assert [org["subject"] for org in me["orgs"]] == [ANALYTICAL.sub]
    told = other.space.post("/api/v1/submissions", json=BODY, headers=bearer(token))
    assert told.status_code == 202
    assert record.submission(told.json()["id"]).submitted_by == ADA.sub
    cancelled = other.space.post(f"/api/v1/submissions/{told.json()['id']}/cancel", headers=bearer(token))
    assert cancelled.status_code == 200


def test_it_is_shown_once_and_never_kept(browser: Browser, record: Record) -> None:
    browser.sign_in(ADA)
    token = make(browser, "<b>my laptop</b>")
    page = browser.get("/account").text
    assert token not in page and "&lt;b&gt;my laptop&lt;/b&gt;" in page
    disk = b"".join(path.read_bytes() for path in record.folder.rglob("*") if path.is_file())
    assert token.encode() not in disk


def test_a_revoked_token_is_nobodys(browser: Browser, other: Browser, record: Record) -> None:
    browser.sign_in(ADA)
    token, kept = make(browser), make(browser, "another")
    (id,) = [found.id for found in record.tokens("person", ADA.sub) if '"ci"' in found.body]
    other.sign_in(BO)
    assert other.post(f"/account/tokens/{id}/revoke").status_code == 404
    assert browser.get("/api/v1/me", headers=bearer(token)).status_code == 200
    assert browser.post(f"/account/tokens/{id}/revoke").status_code == 303
    # Not even with the browser's session beside it: who sends a token is taken by that.
    assert browser.get("/api/v1/me", headers=bearer(token)).status_code == 401
    assert browser.space.post("/api/v1/submissions", json=BODY, headers=bearer(token)).status_code == 401
    assert browser.get("/api/v1/me", headers=bearer(kept)).status_code == 200
    assert browser.post(f"/account/tokens/{id}/revoke").status_code == 404


def test_a_token_ends_by_itself_and_its_organisations_before(
    browser: Browser, other: Browser, clock: HandClock
) -> None:
    browser.sign_in(ADA)
    token = make(browser)
    clock.advance(ORGS_DAYS * DAY_S)
    assert other.get("/api/v1/me", headers=bearer(token)).json()["orgs"] == []
    browser.sign_in(ADA)
    assert other.get("/api/v1/me", headers=bearer(token)).json()["orgs"]
    clock.advance((TOKEN_DAYS - ORGS_DAYS) * DAY_S)
    assert other.get("/api/v1/me", headers=bearer(token)).status_code == 401


def test_a_sign_in_tells_tokens_what_the_hub_says_now(accounts: HubAccounts) -> None:
    before = Identity(ADA.sub, "ada", ())
    token = accounts.tokens.make(before, "ci")
    accounts.sign_in(Identity(ADA.sub, "countess", ()), None)
    assert accounts.tokens.find(token) == Identity(ADA.sub, "countess", ())


def test_a_token_keeps_the_moment_of_the_sign_in_that_it_was_made_from(
    accounts: HubAccounts, clock: HandClock
) -> None:
    """A session made near its end gives a token no longer in the organisation than the sign-in did."""
    session = accounts.sign_in(IN_ANALYTICAL, None)
    clock.advance(SESSION_S - 60)
    held = accounts.sessions.find(session)
    assert held is not None and held.orgs
    token = accounts.tokens.make(held, "ci")
    clock.advance(ORGS_DAYS * DAY_S - SESSION_S + 59)
    kept = accounts.tokens.find(token)
    assert kept is not None and kept.orgs
    clock.advance(1)
    assert accounts.tokens.find(token) == Identity(ADA.sub, "ada", ())


def test_leaving_an_organisation_reaches_every_browser_of_theirs(
    accounts: HubAccounts, clock: HandClock
) -> None:
    before = accounts.sign_in(IN_ANALYTICAL, None)
    another = accounts.sign_in(Identity(BO.sub, "bo", IN_ANALYTICAL.orgs), None)
    clock.advance(3600)
    accounts.sign_in(Identity(ADA.sub, "ada", ()), None)
    stale = accounts.sessions.find(before)
    assert stale is not None and stale.orgs == ()
    token = accounts.tokens.find(accounts.tokens.make(stale, "x"))
    assert token is not None and token.orgs == ()
    others = accounts.sessions.find(another)
    assert others is not None and (others.name, others.orgs) == ("bo", IN_ANALYTICAL.orgs)
    # Being told anew keeps nobody signed in for longer.
    clock.advance(SESSION_S - 3600)
    assert accounts.sessions.find(before) is None


def test_tokens_made_at_once_do_not_pass_the_cap(accounts: HubAccounts, record: Record) -> None:
    me = Identity(ADA.sub, "ada", ())
    for number in range(MOST_TOKENS - 1):
        accounts.tokens.make(me, f"token {number}")
    counted, seen = accounts.tokens.of, threading.Barrier(2)
    refused: list[Conflict] = []

    def together(subject: str) -> list[PersonalToken]:
        """Where nothing keeps them apart, both have counted before either writes."""
        found = counted(subject)
        with suppress(threading.BrokenBarrierError):
            seen.wait(0.5)
        return found

    def one() -> None:
        try:
            accounts.tokens.make(me, "the last")
        except Conflict as error:
            refused.append(error)

    accounts.tokens.of = together  # type: ignore[method-assign]
    asking = [threading.Thread(target=one) for _ in range(2)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(record.tokens("person")) == MOST_TOKENS and len(refused) == 1


def test_a_token_cannot_make_or_revoke_tokens(browser: Browser, other: Browser, record: Record) -> None:
    browser.sign_in(ADA)
    token = make(browser)
    (id,) = [found.id for found in record.tokens("person", ADA.sub)]
    for path in ("/account/tokens", f"/account/tokens/{id}/revoke", "/account/sign-out-everywhere"):
        assert other.space.post(path, data={"label": "x"}, headers=bearer(token)).status_code == 403
    assert len(record.tokens("person")) == 1


def test_what_is_no_token_is_nobodys(other: Browser) -> None:
    for wrong in ("swp_", "swp_" + "a" * 43, "swp_ü", "hf_abc", "' OR 1=1"):
        headers = {"Authorization": f"Bearer {wrong}".encode()}
        assert other.get("/api/v1/me", headers=headers).status_code == 401


def test_labels_and_how_many(browser: Browser, accounts: HubAccounts, record: Record) -> None:
    browser.sign_in(ADA)
    for label in ("", "   ", "x" * 61, "a\u202eb"):
        answer = browser.post("/account/tokens", {"label": label})
        assert answer.status_code == 400 and "needs a label" in answer.text
    me = Identity(ADA.sub, "ada", ())
    for number in range(MOST_TOKENS):
        accounts.tokens.make(me, f"token {number}")
    assert browser.post("/account/tokens", {"label": "one more"}).status_code == 409
    assert len(record.tokens("person")) == MOST_TOKENS


def test_signing_out_everywhere_ends_every_session_of_theirs_alone(
    browser: Browser, other: Browser, accounts: HubAccounts
) -> None:
    browser.sign_in(ADA)
    other.sign_in(BO)
    token = make(browser)
    elsewhere = accounts.sessions.begin(Identity(ADA.sub, "ada", ()))
    assert "in 2 browsers" in browser.get("/account").text
    assert browser.post("/account/sign-out-everywhere").status_code == 303
    assert accounts.sessions.find(elsewhere) is None and browser.me().status_code == 401
    assert other.me().status_code == 200
    assert other.get("/api/v1/me", headers=bearer(token)).status_code == 200


def test_the_account_page_needs_somebody(browser: Browser) -> None:
    assert browser.get("/account").headers["location"] == "/sign-in?next=/account"
    browser.sign_in(ADA)
    page = browser.get("/account").text
    assert ADA.sub in page and "analytical" in page
    assert "onlookers" not in page and "sealed" not in page
