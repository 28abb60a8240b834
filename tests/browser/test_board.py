"""The board in a real browser: narrow and wide, light and dark, by keyboard, and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from leaderboard.board.columns import KEYS
from leaderboard.editions import load_catalogue
from leaderboard.record import Record
from tests import builders
from tests.board.conftest import site_of
from tests.board.serving import serving

pytestmark = pytest.mark.browser

HARD = "/?edition=dev-2026-11"
PAGES = (
    "/",
    HARD,
    "/?task=gpqa&configurations=all",
    f"/?task=gpqa&columns={','.join(KEYS)}",
    "/?edition=aies-2025-12",
    "/models/Qwen/Qwen3-14B",
    "/editions",
    "/method",
    "/?q=zz",
)
BESIDE = (
    "/orgs",
    "/orgs/Qwen",
    "/models/Qwen/Qwen3-32B",
    "/compare?model=Qwen/Qwen3-14B&model=Qwen/Qwen3-8B",
    f"/compare?edition=dev-2026-11&model=a/short&model=org/{'x' * 90}&model=no/body",
    "/pareto",
    "/calculator?model=Qwen/Qwen3-14B&to=Qwen/Qwen3-8B",
    "/faq",
    "/api",
    "/procurement",
)
"""Pages beside the board."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The catalogue's figures, and a development edition with intervals, star ranges and long names."""
    with Record.open(tmp_path_factory.mktemp("board")) as record:
        load_catalogue(record)
        names = ("a/short", f"organisation/{'a-very-long-name-' * 6}", f"org/{'x' * 90}", "a/<b>bold</b>")
        rows = [
            builders.rating(
                name,
                energy_wh_per_1000=0.1 * 3**place,
                energy_low=0.09 * 3**place,
                energy_high=0.11 * 3**place,
                stars=4 - place,
                stars_low=4 - place,
                stars_high=5 - place,
            )
            for place, name in enumerate(names)
        ]
        record.put_edition(record.edition("dev-2026-11"), {rows[0].cell: builders.bands()}, rows, "rows")
        app = FastAPI()
        site_of(record).install(app)
        with serving(app) as address:
            yield address


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.mark.parametrize("width", [360, 390, 768, 1024, 1200, 1440])
@pytest.mark.parametrize("path", PAGES)
def test_no_page_scrolls_sideways(address: str, page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address + path)
    assert overflow(page) <= 0


@pytest.mark.parametrize("width", [360, 800])
@pytest.mark.parametrize("path", BESIDE)
def test_no_page_beside_the_board_scrolls_sideways(address: str, page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address + path)
    assert overflow(page) <= 0


@pytest.mark.parametrize(("width", "height", "most"), [(1440, 900, 500), (390, 844, 600), (360, 740, 620)])
@pytest.mark.parametrize("path", ["/", "/?task=summarization", HARD])
def test_the_first_row_is_above_the_fold(
    address: str, page: Page, path: str, width: int, height: int, most: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address + path)
    box = page.locator(".board tbody tr").first.bounding_box()
    assert box is not None
    assert box["y"] < most


def test_a_phone_sees_name_value_interval_and_stars_and_opens_the_rest(address: str, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address + HARD)
    row = page.get_by_role("row").filter(has_text="short")
    expect(row).to_contain_text("0.100")
    expect(row).to_contain_text("0.0900–0.110")
    expect(row.get_by_role("img", name="4 of 5 stars, could be 4–5")).to_be_visible()
    rest = page.locator(".rest").first
    expect(rest.get_by_text("apache-2.0")).to_be_hidden()
    rest.locator("summary").click()
    expect(rest.get_by_text("apache-2.0")).to_be_visible()


def test_sorting_by_keyboard_keeps_the_focus(address: str, page: Page) -> None:
    page.goto(address)
    page.evaluate("window.unchanged = true")
    page.locator("#c-model a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#c-model")).to_have_attribute("aria-sort", "ascending")
    page.keyboard.press("Enter")
    expect(page.locator("#c-model")).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(re.compile(r"\?sort=model&order=desc$"))
    assert page.evaluate("document.activeElement.closest('th').id") == "c-model"
    assert page.evaluate("window.unchanged"), "the table was swapped, the page was not loaded again"
    page.go_back()
    expect(page.locator("#c-model")).to_have_attribute("aria-sort", "ascending")


def test_the_skip_link_leads_past_the_head(address: str, page: Page) -> None:
    page.goto(address)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_help_opens_and_closes_by_keyboard(address: str, page: Page) -> None:
    page.goto(address)
    page.get_by_role("button", name="About energy").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("logarithmic scale")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("logarithmic scale")).to_be_hidden()


def test_help_shows_on_hover_and_on_focus_and_stays_after_a_click(address: str, page: Page) -> None:
    page.goto(address)
    button, words = page.get_by_role("button", name="About energy"), page.get_by_text("logarithmic scale")
    button.hover()
    expect(words).to_be_visible()
    page.locator("h1").hover()
    expect(words).to_be_hidden()
    page.locator("#c-energy a").focus()
    page.keyboard.press("Tab")
    expect(button).to_be_focused()
    expect(words).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(words).to_be_hidden()
    button.click()
    page.locator("h1").hover()
    expect(words).to_be_visible()
    page.keyboard.press("Escape")
    expect(words).to_be_hidden()


def test_columns_are_chosen_by_keyboard_at_once(address: str, page: Page) -> None:
    page.goto(f"{address}/?task=gpqa")
    page.locator("#choose-columns > summary").focus()
    page.keyboard.press("Enter")
    box = page.get_by_role("checkbox", name="Mean power")
    while not box.evaluate("node => node === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#c-power")).to_be_visible()
    expect(page.locator("#c-precision")).to_be_visible()
    expect(box).to_be_checked()
    expect(box).to_be_focused()
    shared = page.url
    assert "power" in shared and shared.count("columns=") == 1
    page.keyboard.press("Space")
    expect(page.locator("#c-power")).to_have_count(0)
    page.go_back()
    expect(page.locator("#c-power")).to_be_visible()
    page.locator("#choose-columns > summary").click()
    expect(box).to_be_checked()
    page.get_by_role("link", name="As the board chooses").click()
    expect(page).to_have_url(f"{address}/?task=gpqa")


def test_a_wide_table_scrolls_in_its_frame_and_keeps_head_and_models(address: str, page: Page) -> None:
    page.goto(f"{address}/?task=gpqa&configurations=all&columns={','.join(KEYS)}")
    frame = page.get_by_role("region", name="Ratings, a wide table")
    frame.evaluate("node => node.scrollTo(400, 600)")
    place = frame.bounding_box()
    assert place is not None
    for locator in (page.locator("#c-model"), page.locator("#c-measured_at")):
        box = locator.bounding_box()
        assert box is not None
        assert abs(box["y"] - place["y"]) < 2
    first = page.get_by_role("rowheader").nth(20).bounding_box()
    assert first is not None
    assert abs(first["x"] - place["x"]) < 2


def test_typing_searches_and_the_chip_takes_it_back(address: str, page: Page) -> None:
    page.goto(address)
    page.get_by_role("searchbox").press_sequentially("qwen3")
    expect(page).to_have_url(re.compile(r"\?q=qwen3$"))
    expect(page.locator("#count")).to_contain_text("3 models")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.get_by_role("link", name="Remove filter: “qwen3”").click()
    expect(page.locator("#count")).to_contain_text("22 models")
    expect(page.get_by_role("searchbox")).to_have_value("")
    assert page.url.endswith("/")


def test_a_filter_is_part_of_the_address_and_the_menu_stays_open(address: str, page: Page) -> None:
    page.goto(f"{address}/?task=gpqa")
    page.locator(".more > summary").click()
    page.locator("#f-precision").select_option("fp8")
    expect(page).to_have_url(re.compile("precision=fp8"))
    assert "licence" not in page.url
    expect(page.locator("#f-precision")).to_be_visible()
    shared = page.url
    total = page.locator("#count").inner_text()
    page.goto(shared)
    expect(page.locator("#count")).to_have_text(total)


def test_without_javascript_everything_can_be_reached(address: str, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_role("searchbox").fill("qwen3")
    page.get_by_role("button", name="Apply").click()
    assert page.url.endswith("/?q=qwen3")
    page.get_by_role("columnheader").get_by_role("link", name="Model").click()
    assert page.url.endswith("/?q=qwen3&sort=model")
    page.locator("#choose-columns > summary").click()
    page.get_by_role("checkbox", name="Class").uncheck()
    page.get_by_role("checkbox", name="Compared with").check()
    page.get_by_role("button", name="Show these").click()
    assert page.url.endswith("/?q=qwen3&sort=model&columns=model,energy,stars,cell_size")
    expect(page.locator("#c-cell_size")).to_be_visible()
    page.locator("tbody th a[href^='/models/']").first.click()
    expect(page.get_by_role("heading", level=2, name="Ratings")).to_be_visible()
    context.close()


def test_the_theme_follows_the_system_and_can_be_chosen(address: str, page: Page) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="light")
    page.goto(address)
    light = page.evaluate(background)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(background)
    assert light != dark
    page.get_by_role("button", name="Light").click()
    assert page.evaluate(background) == light
    page.reload()
    assert page.evaluate(background) == light
    page.get_by_role("button", name="As the system").click()
    assert page.evaluate(background) == dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", HARD, "/models/Qwen/Qwen3-14B", *BESIDE])
def test_text_is_readable_and_targets_can_be_hit(address: str, page: Page, path: str, scheme: str) -> None:
    """Contrast ≥ 4.5:1, nothing under 12 px, targets outside running text ≥ 24 px high."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(address + path)
    found = page.evaluate(_FAULTS)
    assert found == []


_FAULTS = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return parse(getComputedStyle(document.body).backgroundColor);
  };
  const faults = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility({ checkVisibilityCSS: true })) continue;
    const style = getComputedStyle(node);
    if (parseFloat(style.fontSize) < 12) faults.push(`small: ${walker.currentNode.data}`);
    const [one, other] = [luminance(parse(style.color)), luminance(behind(node))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 4.5) faults.push(`${ratio.toFixed(2)}: ${walker.currentNode.data}`);
  }
  for (const node of document.querySelectorAll("a, button, summary, select, input")) {
    const box = node.getBoundingClientRect();
    if (!node.checkVisibility() || node.type === "hidden" || box.width <= 1) continue;
    if (node.closest("p, td, li, dd, h2, .skip") && !node.closest(".tabs, .chips, .picks")) continue;
    if (Math.round(box.height) < 24) faults.push(`target ${box.height}: ${node.textContent.trim()}`);
  }
  return faults;
}"""
