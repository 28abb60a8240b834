"""Back and forward restore every view; a link opened by somebody else shows the same rows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.house import House, addresses

pytestmark = pytest.mark.browser


def view(page: Page) -> dict[str, Any]:
    """What a reader sees of a view of the board."""
    return {
        "url": page.url,
        "rows": page.locator(".board tbody th[scope=row] .model").all_text_contents(),
        "count": page.locator("#count").inner_text(),
        "search": page.get_by_role("searchbox").input_value(),
        "sorted": page.locator("th[aria-sort]").evaluate_all(
            "(heads) => heads.map((head) => [head.id, head.getAttribute('aria-sort')])"
        ),
    }


def shows(page: Page, wanted: dict[str, Any]) -> None:
    expect(page).to_have_url(wanted["url"])
    expect(page.locator("#count")).to_have_text(wanted["count"])
    rows = page.locator(".board tbody th[scope=row] .model")
    expect(rows).to_have_text([re.compile("^" + re.escape(name.strip()) + "$") for name in wanted["rows"]])
    assert view(page) == wanted


def test_back_and_forward_restore_every_view_of_the_board(
    house: House, page: Page, chromium: Browser
) -> None:
    page.goto(f"{house.address}/?task=gpqa&configurations=all")
    seen = [view(page)]

    def step(then: str) -> None:
        expect(page).to_have_url(re.compile(then))
        page.wait_for_load_state("networkidle")
        seen.append(view(page))

    page.locator("#c-model a").first.click()
    step("sort=model")
    page.locator("a[rel=next]").click()
    step("after=")
    page.get_by_role("searchbox").press_sequentially("qwen3")
    step("q=qwen3")
    page.locator(".more > summary").click()
    page.get_by_role("search").get_by_label("Precision", exact=True).select_option("fp8")
    step("precision=fp8")
    page.get_by_role("rowheader").first.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("/models/"))

    for wanted in reversed(seen):
        page.go_back()
        shows(page, wanted)
    for wanted in seen[1:]:
        page.go_forward()
        shows(page, wanted)

    context = chromium.new_context()
    other = context.new_page()
    for wanted in seen:
        other.goto(wanted["url"])
        shows(other, wanted)
    context.close()


@pytest.mark.parametrize(
    ("path", "label", "value"),
    [
        (f"/right-size?{addresses.PLACE}", "Queries", "12345"),
        ("/calculator?model=Qwen/Qwen3-14B", "Queries", "12345"),
    ],
)
def test_back_restores_the_pages_beside_it(
    house: House, page: Page, path: str, label: str, value: str
) -> None:
    page.goto(house.address + path)
    before = page.locator("main").inner_text()
    field = page.get_by_label(re.compile(label, re.IGNORECASE)).first
    was = field.input_value()
    field.fill(value)
    field.press("Enter")
    expect(page).to_have_url(re.compile(value))
    after = page.locator("main").inner_text()
    assert after != before
    page.go_back()
    expect(field).to_have_value(was)
    assert page.locator("main").inner_text() == before
    page.go_forward()
    expect(field).to_have_value(value)
    assert page.locator("main").inner_text() == after
