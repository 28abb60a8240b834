"""Pages that are a text: they can be read, skipped through, and lead somewhere."""

from __future__ import annotations

import html
import re

import pytest
from fastapi.testclient import TestClient

from leaderboard.board import texts
from leaderboard.board.text_pages import TEXTS
from tests.board.test_pages import Outline


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_has_a_heading_and_contents_that_lead_to_its_parts(board: TestClient, name: str) -> None:
    answer = board.get(f"/{name}")
    assert answer.status_code == 200
    page = Outline(answer.text)
    assert len(page.all("h1")) == 1
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    anchors = [attrs["href"][1:] for attrs in page.all("a") if attrs.get("href", "").startswith("#")]
    assert len(anchors) >= 7
    assert set(anchors) <= ids


@pytest.mark.parametrize("name", TEXTS)
def test_links_of_a_text_lead_to_pages_that_are_there(board: TestClient, name: str) -> None:
    text = board.get(f"/{name}").text
    # The form and the queue are another room's, and not served here.
    for href in set(re.findall(r'<a href="(/[^"#]*)"', text)) - {"/submit", "/queue"}:
        assert board.get(html.unescape(href)).status_code == 200, href


def test_every_page_leads_to_them(board: TestClient) -> None:
    foot = board.get("/method").text.split("<footer")[1]
    assert all(f'href="/{name}"' in foot for name in TEXTS)


def test_what_stands_between_backticks_is_code_and_the_rest_is_text() -> None:
    assert texts.coded("Run `a <b>` & see.") == "Run <code>a &lt;b&gt;</code> &amp; see."
    assert texts.coded("<i>`") == "&lt;i&gt;`"
    assert texts.coded("`one` `two`") == "<code>one</code> <code>two</code>"
    assert texts.coded("a`\n`b") == "a`\n`b"
