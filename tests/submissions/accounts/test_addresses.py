"""Where a sign-in leads, what its cookies look like at which address, and how it leaves a frame."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from submissions.accounts.local_paths import local_path
from tests.fakes.hub.people import ADA
from tests.submissions.accounts.conftest import Browser

EVIL = (
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/ /evil.example",
    "javascript:alert(1)",
    "evil.example",
    "",
    "/x\r\nSet-Cookie: a=b",
    "/" + "a" * 3000,
    "/sign-in/start",
    "/sign-out",
)


@pytest.mark.parametrize("evil", EVIL)
def test_only_paths_of_ours_are_gone_on_to(evil: str) -> None:
    assert local_path(evil) == "/"


@pytest.mark.parametrize("path", ["/", "/queue", "/?q=https://x.example&a=%0d", "/models/org/name#runs"])
def test_paths_of_ours_are_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_nobody_is_sent_elsewhere_after_signing_in(browser: Browser, evil: str) -> None:
    back = browser.sign_in(ADA, evil)
    assert back.headers["location"] == "/"
    assert browser.get("/sign-in", params={"next": evil}).headers["location"] == "/"


def test_over_https_the_cookie_is_the_spaces_alone(
    browser_at: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACE_HOST", "org-name.hf.space")
    browser = browser_at("https://org-name.hf.space")
    answer = browser.sign_in(ADA)
    session = next(line for line in answer.headers.get_list("set-cookie") if "-session=" in line)
    assert session.startswith("__Host-starwatt-session=")
    parts = {part.strip().lower() for part in session.split(";")[1:]}
    assert {"secure", "httponly", "samesite=none", "partitioned", "path=/"} <= parts
    assert not any(part.startswith("domain") for part in parts)
    # One of the loopback name proves nothing there.
    value = browser.space.cookies["__Host-starwatt-session"]
    bare = browser_at("https://org-name.hf.space")
    bare.space.cookies.set("starwatt-session-443", value)
    assert bare.me().status_code == 401


def test_plain_http_on_another_address_signs_nobody_in(browser_at: Callable[[str], Browser]) -> None:
    answer = browser_at("http://leaderboard.example").get("/sign-in/start")
    assert answer.status_code == 403 and "plain http" in answer.text


def test_in_a_frame_the_way_opens_a_window_on_the_spaces_own_address(
    browser_at: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACE_HOST", "org-name.hf.space")
    browser = browser_at("https://org-name.hf.space")
    start = 'href="https://org-name.hf.space/sign-in/start?next=%2Fsubmit"'
    for where, target in (("iframe", "_blank"), ("document", "_top"), ("", "_blank")):
        headers = {"Sec-Fetch-Dest": where} if where else {}
        page = browser.get("/sign-in", params={"next": "/submit"}, headers=headers).text
        assert f'{start} target="{target}" rel="noopener"' in page
