"""A headless Chromium and pages that fail a test on any console error or request to another host."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

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
