"""axe-core finds nothing on any page: light and dark, wide and narrow, whatever can be opened opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import COLOURS, SIZE, shorten, violations
from tests.fakes.hub import carriers
from tests.house import House, addresses

pytestmark = pytest.mark.browser

Theme = Literal["light", "dark"]
WIDTHS = (1280, 390)
ERRORS = (
    "/nothing-here",
    "/?sort=nonsense",
    "/?task=no-such-task",
    "/models/nobody/nothing",
    "/runs/nothing",
    "/submissions/nothing",
    "/editions/nothing",
    "/desk/nothing",
)


@pytest.fixture(scope="module")
def axe() -> str:
    try:
        return carriers.axe()
    except carriers.PackageGone as gone:
        pytest.skip(f"package-gone: {gone}")


@pytest.fixture(scope="module")
def seen(chromium: Browser, house: House) -> Iterator[Page]:
    """One page for all, signed in as an operator: who is, sees everything that others see, and more."""
    context = chromium.new_context(viewport={"width": WIDTHS[0], "height": 900}, color_scheme="light")
    name, value = house.cookie
    context.add_cookies([{"name": name, "value": value, "url": house.address}])
    yield context.new_page()
    context.close()


def look(page: Page, script: str, where: str, widths: Sequence[int] = WIDTHS) -> list[str]:
    """Wide in light, narrow in dark, the other theme's colours; then what opens above the rest, open."""
    page.set_viewport_size({"width": widths[0], "height": 900})
    page.goto(where, wait_until="load")
    shorten(page)
    page.evaluate("for (const fold of document.querySelectorAll('details:not(.menu)')) fold.open = true")
    found = _looked(page, script, "light")
    found += _looked(page, script, "dark", rules=COLOURS)
    for width in widths[1:]:
        page.set_viewport_size({"width": width, "height": 900})
        found += _looked(page, script, "dark")
    if page.evaluate(_OPEN):
        found += _looked(page, script, "dark", without=[SIZE])
        found += _looked(page, script, "light", rules=COLOURS)
    return found


def _looked(page: Page, script: str, theme: Theme, **which: Sequence[str]) -> list[str]:
    page.emulate_media(color_scheme=theme)
    width = page.viewport_size["width"] if page.viewport_size else 0
    return [f"{width} {theme} {line}" for line in violations(page, script, **which)]


_OPEN = """() => {
  const over = [...document.querySelectorAll("details.menu, [popover], dialog:not([open])")];
  for (const one of over) {
    if (one.matches("details")) one.open = true;
    else if (one.matches("dialog")) one.show();
    else { one.popover = "manual"; one.showPopover(); }
  }
  return over.length;
}"""
"""Every menu, dialog and popover at once; how many there are."""


def test_every_page_has_an_address_here(house: House) -> None:
    there = house.there
    known = {*addresses.pages(there), *addresses.STRANGERS, *addresses.desk(there), *addresses.files(there)}
    read = {path for path, methods in addresses.routes(house.app).items() if "GET" in methods}
    assert read == known, "add the new page to tests/house/addresses.py, so that it is looked at"


def test_axe_finds_nothing_on_any_page(house: House, seen: Page, axe: str) -> None:
    found = {}
    for path in [*addresses.all_of(addresses.pages(house.there), addresses.desk(house.there)), *ERRORS]:
        # The acts of the desk are one page with other words.
        widths = WIDTHS[:1] if path.startswith("/desk/") else WIDTHS
        if lines := look(seen, axe, house.address + path, widths):
            found[path] = lines
    assert found == {}


def test_axe_finds_nothing_for_who_is_not_signed_in(house: House, chromium: Browser, axe: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    found = {}
    for path in [*addresses.all_of(addresses.STRANGERS), "/submit", "/queue", "/desk"]:
        if lines := look(page, axe, house.address + path):
            found[urlsplit(page.url).path] = lines
    context.close()
    assert found == {}


def test_axe_finds_a_fault_where_there_is_one(house: House, seen: Page, axe: str) -> None:
    seen.goto(f"{house.address}/faq")
    assert violations(seen, axe) == []
    seen.evaluate("document.querySelector('main').append(document.createElement('input'))")
    assert [line.partition(":")[0] for line in violations(seen, axe)] == ["label"]
