"""Without JavaScript: it reads, filters, sorts, pages, opens its menus and takes the form."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import builders
from tests.house import House, addresses

pytestmark = pytest.mark.browser


@pytest.fixture(params=[1280, 360])
def plain(chromium: Browser, house: House, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": request.param, "height": 800}
    )
    name, value = house.cookie
    context.add_cookies([{"name": name, "value": value, "url": house.address}])
    yield context.new_page()
    context.close()


def test_the_board_filters_sorts_and_pages(house: House, plain: Page) -> None:
    plain.goto(f"{house.address}/?task=gpqa&configurations=all")
    total = plain.locator("#count").inner_text()
    first = plain.get_by_role("rowheader").first.inner_text()
    plain.locator("a[rel=next]").click()
    expect(plain).to_have_url(re.compile("after="))
    assert plain.get_by_role("rowheader").first.inner_text() != first
    plain.locator(".more > summary").click()
    plain.get_by_role("search").get_by_label("Precision", exact=True).select_option("fp8")
    plain.get_by_role("searchbox").fill("qwen3")
    plain.get_by_role("button", name="Apply").first.click()
    expect(plain).to_have_url(re.compile(r"q=qwen3.*precision=fp8|precision=fp8.*q=qwen3"))
    assert plain.locator("#count").inner_text() != total
    plain.goto(f"{plain.url}&sort=model&order=desc")
    names = plain.locator(".board tbody th[scope=row] .model b").all_inner_texts()
    assert names
    assert names == sorted(names, key=str.lower, reverse=True)


def test_every_menu_opens(house: House, plain: Page) -> None:
    plain.goto(f"{house.address}/?{addresses.PLACE}")
    menus = plain.locator("details.menu:visible")
    for place in range(menus.count()):
        menu = menus.nth(place)
        menu.locator(":scope > summary").click()
        expect(menu).to_have_attribute("open", "")
        expect(menu.locator("a, label, button").first).to_be_visible()
        menu.locator(":scope > summary").click()


def test_the_form_is_taken(house: House, plain: Page) -> None:
    plain.goto(f"{house.address}/submit")
    plain.get_by_label(re.compile("^model", re.IGNORECASE)).fill(builders.MODEL)
    plain.get_by_label(re.compile("^task", re.IGNORECASE)).select_option("sentence-similarity")
    plain.get_by_label(re.compile("^hardware", re.IGNORECASE)).select_option("cpu")
    plain.get_by_role("button", name="Submit", exact=True).click()
    expect(plain.get_by_role("alert").first).to_contain_text("The Hub did not answer")
    expect(plain.get_by_label(re.compile("^model", re.IGNORECASE))).to_have_value(builders.MODEL)


def test_every_page_reads(house: House, plain: Page) -> None:
    for path in addresses.all_of(addresses.pages(house.there)):
        plain.goto(house.address + path)
        expect(plain.locator("main h1")).to_be_visible()
        assert not plain.locator(".needs-js:visible").count(), path
