"""With the keyboard alone: everything is reached, in the order it is read, and one sees where one is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import builders
from tests.house import House, addresses

pytestmark = pytest.mark.browser

BOARD = f"/?{addresses.PLACE}"
_MOST_STEPS = 600

_WHERE = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const style = getComputedStyle(at);
  const outlined = parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== "none";
  const ring = outlined || style.boxShadow !== "none";
  window.steps = window.steps || new Map();
  if (!window.steps.has(at)) window.steps.set(at, window.steps.size);
  return {
    step: window.steps.get(at), ring, seen: at.checkVisibility({ visibilityProperty: true }),
    order: [...document.querySelectorAll("*")].indexOf(at), what: at.outerHTML.slice(0, 120),
  };
}"""


def reach(page: Page, target: Locator, most: int = _MOST_STEPS) -> None:
    """Press Tab until something has the focus."""
    for _ in range(most):
        if target.evaluate("(node) => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached by Tab")


def sign_in(page: Page, house: House) -> None:
    name, value = house.cookie
    page.context.add_cookies([{"name": name, "value": value, "url": house.address}])


@pytest.mark.parametrize(
    "path",
    [BOARD, "/models/Qwen/Qwen3-14B", "/submit", "/right-size", "/calculator", "/editions", "/desk/freeze"],
)
def test_tab_goes_through_a_page_in_its_order_and_out_again(house: House, page: Page, path: str) -> None:
    sign_in(page, house)
    page.goto(house.address + path)
    orders, faults = list[int](), list[str]()
    for _ in range(_MOST_STEPS):
        page.keyboard.press("Tab")
        at = page.evaluate(_WHERE)
        if at is None or (at["step"] == 0 and orders):
            break
        orders.append(at["order"])
        if not at["ring"] or not at["seen"]:
            faults.append(at["what"])
    else:
        raise AssertionError("a trap: Tab never leaves the page")
    assert faults == [], "one does not see where one is"
    assert len(orders) > 10
    assert orders == sorted(orders), "the order is not that of reading"


def test_from_the_address_bar_to_a_view_a_model_and_its_label(house: House, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(house.address + BOARD)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()

    reach(page, page.locator("a[rel=next]"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("after="))
    page.goto(f"{house.address}/?task=gpqa&configurations=all")
    reach(page, page.get_by_role("searchbox"))
    page.keyboard.type("qwen3")
    expect(page).to_have_url(re.compile("q=qwen3"))
    expect(page.get_by_role("rowheader").first).to_contain_text(re.compile("qwen3", re.IGNORECASE))
    reach(page, page.locator("#c-model a").first)
    page.keyboard.press("Enter")
    expect(page.locator("#c-model")).to_have_attribute("aria-sort", "ascending")
    expect(page).to_have_url(re.compile("q=qwen3.*sort=model"))

    reach(page, page.get_by_role("rowheader").first.get_by_role("link").first)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/models/Qwen/"))
    page.goto(f"{house.address}/models/Qwen/Qwen3-14B")
    reach(page, page.locator("#labels > summary"))
    page.keyboard.press("Enter")
    copy = page.locator("#labels").get_by_role("button", name="Copy").first
    reach(page, copy)
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()").startswith("[![")


def test_the_form_is_filled_in_and_sent(house: House, page: Page) -> None:
    sign_in(page, house)
    page.goto(f"{house.address}/submit")
    model = page.get_by_label(re.compile("^model", re.IGNORECASE))
    reach(page, model)
    page.keyboard.type(builders.MODEL)
    reach(page, page.get_by_label(re.compile("^task", re.IGNORECASE)))
    page.keyboard.type("Sentence")
    reach(page, page.get_by_label(re.compile("^hardware", re.IGNORECASE)))
    page.keyboard.press("ArrowDown")
    reach(page, page.get_by_role("button", name="Submit", exact=True))
    with page.expect_response(lambda response: response.request.method == "POST") as sent:
        page.keyboard.press("Enter")
    # The Hub cannot be reached from here: the form says so, and keeps what was typed.
    assert sent.value.status == 503
    expect(page.get_by_role("alert").first).to_contain_text("The Hub did not answer")
    expect(model).to_have_value(builders.MODEL)
