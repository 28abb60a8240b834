"""One person's page is never another's: caches, tags, and what it costs to read without signing in."""

from __future__ import annotations

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse
from starlette.requests import Request
from starlette.testclient import TestClient

from leaderboard.board.render import Pages
from leaderboard.domain import StorageUnavailable
from leaderboard.record import Record
from submissions.accounts import HubAccounts
from tests.fakes.hub.people import ADA, BO
from tests.submissions.accounts.conftest import ADDRESS, Browser

PAGE = "/method"


def test_pages_of_people_are_theirs_alone(browser: Browser, other: Browser, app: FastAPI) -> None:
    nobody = TestClient(app, base_url=ADDRESS)
    everybodys = nobody.get(PAGE)
    browser.sign_in(ADA)
    other.sign_in(BO)
    adas, bos = browser.get(PAGE), other.get(PAGE)
    assert ">ada</a>" in adas.text and ">bo</a>" in bos.text
    assert "/account" not in everybodys.text and nobody.get(PAGE).text == everybodys.text
    assert len({answer.headers["etag"] for answer in (everybodys, adas, bos)}) == 3
    for own in (adas, bos):
        assert own.headers["cache-control"] == "private, no-cache"
    assert everybodys.headers["cache-control"] == "no-cache"


def test_a_tag_is_good_for_who_has_it_alone(browser: Browser, other: Browser) -> None:
    everybodys = browser.get(PAGE).headers["etag"]
    browser.sign_in(ADA)
    adas = browser.get(PAGE).headers["etag"]
    assert browser.get(PAGE, headers={"If-None-Match": adas}).status_code == 304
    assert browser.get(PAGE, headers={"If-None-Match": everybodys}).status_code == 200
    other.sign_in(BO)
    assert other.get(PAGE, headers={"If-None-Match": adas}).status_code == 200
    # A new session has a new token in its forms.
    browser.sign_in(ADA)
    assert browser.get(PAGE, headers={"If-None-Match": adas}).status_code == 200
    browser.post("/sign-out")
    assert browser.get(PAGE, headers={"If-None-Match": adas}).status_code == 200
    assert browser.get(PAGE, headers={"If-None-Match": everybodys}).status_code == 304


def test_pages_that_are_not_kept_are_private_too(browser: Browser) -> None:
    assert "cache-control" not in browser.get("/submit").headers
    browser.sign_in(ADA)
    for path in ("/submit", "/nowhere"):
        assert browser.get(path).headers["cache-control"] == "private, no-cache"


def test_without_a_cookie_the_record_is_not_asked_who_it_is(accounts: HubAccounts, record: Record) -> None:
    record.close()
    headers = [(b"host", b"127.0.0.1:7860"), (b"cookie", b"other=1; starwatt-session-7861=" + b"a" * 43)]
    request = Request(
        {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": "/queue",
            "query_string": b"mine=1",
            "headers": headers,
        }
    )
    assert accounts.about(request) == {"sign_in": "/sign-in?next=%2Fqueue%3Fmine%3D1"}


def test_a_record_that_fails_still_has_its_error_page(
    browser: Browser, accounts: HubAccounts, app: FastAPI
) -> None:
    browser.sign_in(ADA)

    def fail(secret: str) -> None:
        raise StorageUnavailable("The disk is full.", "Free some space.")

    accounts.sessions.find = fail  # type: ignore[method-assign]
    answer = browser.get("/account")
    assert answer.status_code == 503 and "The disk is full." in answer.text
    assert browser.get(PAGE).status_code == 200


def test_a_page_begun_while_the_record_failed_reaches_nobody_else(
    browser: Browser, other: Browser, accounts: HubAccounts
) -> None:
    """The look-up fails once and then works: the request still has one reader, and its page is not kept."""
    browser.sign_in(ADA)
    find, calls = accounts.sessions.find, [0]

    def fail_once(secret: str) -> object:
        calls[0] += 1
        if calls[0] == 1:
            raise StorageUnavailable("The record is busy.", "Try again.")
        return find(secret)

    accounts.sessions.find = fail_once  # type: ignore[method-assign, assignment]
    answer = browser.get(PAGE)
    assert answer.status_code == 200 and calls == [1]
    assert "ada</a>" not in answer.text and 'name="csrf"' not in answer.text
    assert answer.headers["cache-control"] == "private, no-cache" and "etag" not in answer.headers
    everybodys = other.get(PAGE)
    assert "ada</a>" not in everybodys.text and "/sign-in" in everybodys.text
    assert ">ada</a>" in browser.get(PAGE).text


def test_what_is_marked_private_is_not_kept(record: Record) -> None:
    pages = Pages(record, version="0.1.0", single_user=False)
    made: list[int] = []

    def make() -> Response:
        made.append(1)
        return HTMLResponse(f"page {len(made)}", headers={"Cache-Control": "private, no-cache"})

    for number in (1, 2):
        request = Request(
            {
                "type": "http",
                "method": "GET",
                "scheme": "http",
                "path": "/x",
                "query_string": b"",
                "headers": [],
            }
            | {"server": ("127.0.0.1", 7860)}
        )
        answer = pages.cached(request, make)
        assert bytes(answer.body) == f"page {number}".encode()
        assert answer.headers["cache-control"] == "private, no-cache" and "etag" not in answer.headers
