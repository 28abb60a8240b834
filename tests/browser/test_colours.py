"""Colours that a reader chose: every page comes with them, until the system's are chosen again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.house import House

pytestmark = pytest.mark.browser

_DRAWN = """() => getComputedStyle(document.documentElement).colorScheme"""
_PRESSED = """() => [...document.querySelectorAll("[data-set-theme]")]
  .filter((button) => button.getAttribute("aria-pressed") === "true")
  .map((button) => button.dataset.setTheme)"""


def seen(page: Page) -> tuple[str, list[str]]:
    """The colour scheme that is drawn, and the buttons that are pressed."""
    return page.evaluate(_DRAWN), page.evaluate(_PRESSED)


def test_chosen_colours_stay(house: House, chromium: Browser) -> None:
    context = chromium.new_context(color_scheme="light")
    page = context.new_page()
    try:
        page.goto(f"{house.address}/")
        assert seen(page) == ("light dark", ["auto"])
        page.get_by_role("button", name="Dark").click()
        assert seen(page) == ("dark", ["dark"])
        for path in ("/", "/method", "/nothing-here"):
            answer = page.goto(f"{house.address}{path}")
            assert answer is not None
            # It is in what the server sent: nothing is drawn in other colours first.
            assert '<html lang="en" data-theme="dark">' in answer.text()
            assert seen(page) == ("dark", ["dark"])
        page.get_by_role("button", name="Light").click()
        page.go_back()
        assert seen(page) == ("light", ["light"])
        page.get_by_role("button", name="As the system").click()
        page.reload()
        assert seen(page) == ("light dark", ["auto"])
        assert context.cookies() == []
    finally:
        context.close()
