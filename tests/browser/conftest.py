"""A headless Chromium and pages that fail a test on any console error or request to another host."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

# Chromium looks for its maker's hosts at every start; these keep it quiet.
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


_SETTLED = """() => !document.querySelector("meta[name=scripts]") ||
  !document.documentElement.classList.contains("js") || Boolean(window.htmx)"""


def settle(page: Page) -> None:
    """Wait for the scripts, which come once a page was drawn: a test clicks sooner than anybody."""
    for _ in range(1000):
        try:
            if page.evaluate(_SETTLED):
                # What has come looks through the page in a moment of its own.
                page.wait_for_timeout(20)
                return
        except Error:
            # It went on to another page.
            pass
        page.wait_for_timeout(10)
    raise AssertionError(f"{page.url}: its scripts never came")


@pytest.fixture(scope="session", autouse=True)
def _settled() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("goto", "reload", "go_back", "go_forward"):

            def opens(page: Page, *given: Any, _plainly: Any = getattr(Page, name), **named: Any) -> Any:
                answer = _plainly(page, *given, **named)
                settle(page)
                return answer

            patch.setattr(Page, name, opens)
        yield


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    assert path, "tests marked `browser` are skipped where there is no Chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_QUIET))
        yield browser
        browser.close()


def _is_fault(message: ConsoleMessage) -> bool:
    """Chromium also reports a form that was answered with a refusal; that is an answer, not a fault."""
    at_form = message.location["url"].endswith("/submit")
    refusal = at_form and message.text.startswith("Failed to load resource")
    return message.type == "error" and not refusal


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    errors: list[str] = []
    opened.on("console", lambda message: errors.append(message.text) if _is_fault(message) else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on(
        "request",
        lambda request: (
            errors.append(f"asked {request.url}")
            if urlsplit(request.url).hostname not in ("127.0.0.1", None)
            else None
        ),
    )
    yield opened
    context.close()
    assert errors == []
