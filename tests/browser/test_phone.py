"""At 360 px: no page scrolls sideways, and a row shows its name, value, interval and stars."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.house import House, addresses

pytestmark = pytest.mark.browser

WIDTH = 360
_OUTSIDE = """(width) => [...document.querySelectorAll("body *")].filter((node) => {
  const box = node.getBoundingClientRect();
  return box.width && box.right > width + 0.5 && !node.closest(".scroll, pre, .skip, svg, .tabs, nav");
}).slice(0, 3).map((node) => node.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def phone(chromium: Browser, house: House) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": WIDTH, "height": 740})
    name, value = house.cookie
    context.add_cookies([{"name": name, "value": value, "url": house.address}])
    yield context.new_page()
    context.close()


def test_no_page_scrolls_sideways(house: House, phone: Page) -> None:
    found = {}
    tables = addresses.pages(house.there), addresses.desk(house.there)
    for path in [*addresses.all_of(*tables), "/nothing", "/?sort=x"]:
        phone.goto(house.address + path)
        phone.evaluate("for (const fold of document.querySelectorAll('details.fold')) fold.open = true")
        if phone.evaluate("document.documentElement.scrollWidth") > WIDTH:
            found[path] = phone.evaluate(_OUTSIDE, WIDTH)
    assert found == {}


def test_every_row_shows_what_counts(house: House, phone: Page) -> None:
    phone.goto(f"{house.address}/?{addresses.PLACE}")
    rows = phone.locator(".board tbody tr:has(th[scope=row])")
    for place in range(0, rows.count(), 5):
        row = rows.nth(place)
        for part in (".model", ".stars, .unrated", ".interval"):
            box = row.locator(part).first.bounding_box()
            assert box is not None, part
            assert box["x"] >= 0 and box["x"] + box["width"] <= WIDTH, part
