"""Every answer carries the headers of the site: pages, data, files, errors, redirects, Gradio's routes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx2
import pytest

from leaderboard.board.headers import CONTENT_SECURITY_POLICY
from tests.house import House, addresses

ELSEWHERE = {"Origin": "https://elsewhere.example"}
GRADIO = ("/config", "/gradio_api/info", "/gradio_api/heartbeat/x", "/gradio_api/mcp/schema")
SHUT = ("/gradio_api/upload", "/gradio_api/file=/etc/passwd", "/monitoring", "/login", "/theme.css", "/docs")
ERRORS = ("/nothing", "/?sort=x", "/api/v1/nothing", "/static/nothing", "/api/v1/ratings?sort=x")
STATIC = ("/static/site.css", "/static/vendor/htmx.min.js", "/static/mark.svg")


@pytest.fixture(scope="module")
def client(house: House) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=house.address, timeout=120) as opened:
        yield opened


def checked(answer: httpx2.Response, path: str) -> None:
    headers = answer.headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY, path
    assert headers["x-content-type-options"] == "nosniff", path
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin", path
    assert headers.get("access-control-allow-origin", "*") == "*", path
    assert "access-control-allow-credentials" not in headers, path


def test_the_policy_lets_nothing_of_others_in() -> None:
    rules = dict(rule.split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split("; "))
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert rules["form-action"] == "'self'"
    # Beside our own files, what stands in the page itself is let in by the hash of its text.
    for rule, most in (("script-src", 1), ("style-src", 2)):
        own, *hashes = rules[rule].split()
        assert own == "'self'"
        assert 0 < len(hashes) <= most
        assert all(re.fullmatch("'sha256-[A-Za-z0-9+/]{43}='", one) for one in hashes)
    assert rules["object-src"] == rules["base-uri"] == "'none'"
    assert rules["frame-ancestors"] == "'self' https://huggingface.co https://*.hf.space"


@pytest.mark.parametrize("signed_in", [False, True])
def test_every_address_that_is_read_has_them(house: House, client: httpx2.Client, signed_in: bool) -> None:
    cookies = "=".join(house.cookie) if signed_in else ""
    there = house.there
    tables = addresses.pages(there), addresses.STRANGERS, addresses.desk(there), addresses.files(there)
    for path in addresses.all_of(*tables):
        # A stream has no end: its head is enough.
        with client.stream("GET", path, headers={**ELSEWHERE, "Cookie": cookies}) as answer:
            checked(answer, path)


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_errors_files_and_the_routes_of_gradio_have_them(client: httpx2.Client, method: str) -> None:
    for path in (*GRADIO, *SHUT, *ERRORS, *STATIC):
        with client.stream(method, path, headers={**ELSEWHERE, "Content-Length": "0"}) as answer:
            checked(answer, path)
            if path in SHUT:
                assert answer.status_code in (404, 405), path


def test_what_is_too_large_has_them(client: httpx2.Client) -> None:
    answer = client.post("/submit", content=b"x" * 200_000)
    assert answer.status_code == 413
    checked(answer, "/submit")


def test_redirects_have_them(house: House, client: httpx2.Client) -> None:
    rating = next(iter(house.there.ratings.values()))
    for path in (f"/r/{rating}", "/?q=", "/account"):
        answer = client.get(path)
        assert answer.is_redirect, path
        checked(answer, path)
