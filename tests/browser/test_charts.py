"""Charts in a real browser, under the site's own policy: they answer; without JavaScript they still tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Locator, Page, expect

from leaderboard.board.headers import CONTENT_SECURITY_POLICY
from leaderboard.record import Record
from tests.board import test_control_pages as controls
from tests.board import test_run_pages as runs
from tests.board.conftest import fill, public_row, site_of
from tests.board.serving import serving
from tests.board.test_hostile import HOSTILE

pytestmark = pytest.mark.browser

PATIENCE_MS = 120_000
FRONT = "/pareto?edition=2026-11"
HOSTILE_ONE = HOSTILE[1]


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """A machine that does much else draws late."""
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The site's address, and the path of a run with a trace."""
    with Record.open(tmp_path_factory.mktemp("charts")) as record:
        rows = [("a/small", 0.2, 0.5), ("b/middle", 2, 0.7), (HOSTILE_ONE, 6, 0.6), ("c/large", 30, 0.9)]
        fill(
            record,
            *(
                public_row(name, energy_wh_per_1000=energy, quality=quality, quality_metric="Spearman")
                for name, energy, quality in rows
            ),
        )
        path = runs.put(record, runs.run(), runs.samples(held_back=True))
        controls.put(record, [0.5, 0.51, 0.62, 0.5])
        app = FastAPI()
        site_of(record).install(app)
        with serving(app) as address:
            yield address, path


def live(page: Page, url: str) -> Locator:
    """The chart of a page once it answers."""
    answer = page.goto(url)
    assert answer is not None
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    page.locator("figure.chart").scroll_into_view_if_needed()
    chart = page.locator(".live")
    # Buttons can be used from the moment that all is in place.
    expect(page.get_by_role("button", name="Zoom in")).to_be_enabled(timeout=PATIENCE_MS)
    expect(chart.locator("svg")).to_be_visible()
    expect(page.locator(".still")).to_be_hidden()
    return chart


def said(page: Page) -> Locator:
    return page.locator("#said")


def test_a_chart_answers_to_the_keyboard_and_leads_to_a_model(place: tuple[str, str], page: Page) -> None:
    chart = live(page, place[0] + FRONT)
    expect(chart).to_have_attribute("aria-label", re.compile("4 models, 3 of them on the front"))
    chart.focus()
    for words in ("a/small, 0.200 Wh", HOSTILE_ONE, "b/middle, 2.00 Wh per 1,000 queries, Spearman 0.700"):
        page.keyboard.press("ArrowRight")
        expect(said(page)).to_contain_text(words)
    tip = page.locator(".chart-tip")
    expect(tip).to_contain_text("on the front, number 2")
    assert page.locator(".live img, .live script").count() == 0
    page.keyboard.press("+")
    expect(page.get_by_role("button", name="Whole chart")).to_be_enabled()
    expect(tip).to_contain_text("b/middle")
    page.keyboard.press("0")
    expect(page.get_by_role("button", name="Whole chart")).to_be_disabled()
    expect(tip).to_be_hidden()
    page.keyboard.press("End")
    expect(tip).to_contain_text("c/large")
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.wait_for_url("**/models/a/small", timeout=PATIENCE_MS)


def test_a_chart_answers_to_a_pointer(place: tuple[str, str], page: Page) -> None:
    chart = live(page, place[0] + FRONT)
    point = chart.locator("g.points_front_marks path").first.bounding_box()
    assert point is not None
    page.mouse.move(point["x"] + 8, point["y"] + 8)
    expect(page.locator(".chart-tip")).to_contain_text("a/small")
    page.mouse.move(point["x"] + 300, point["y"] - 8)
    expect(page.locator(".chart-tip")).to_be_hidden()
    page.get_by_role("button", name="Beside it").click()
    expect(chart.locator("g.points_front_marks path").first).to_have_attribute("opacity", "0.12")
    expect(chart.locator("g.points_beside_marks path").first).to_have_attribute("opacity", "1")
    page.get_by_role("button", name="Zoom in").click()
    expect(page.get_by_role("button", name="Zoom out")).to_be_enabled()
    page.get_by_role("button", name="Whole chart").click()
    page.mouse.click(point["x"] + 5, point["y"] + 5)
    page.wait_for_url("**/models/a/small", timeout=PATIENCE_MS)


def test_a_chart_follows_the_theme_and_the_width(place: tuple[str, str], page: Page) -> None:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    chart = live(page, place[0] + FRONT)
    mark = chart.locator("g.points_front_marks path").first
    expect(mark).to_have_css("fill", "rgb(10, 92, 90)")
    page.get_by_role("button", name="Dark").click()
    expect(mark).to_have_css("fill", "rgb(111, 211, 200)")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(chart.locator("svg")).to_have_css("width", "362px")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_a_trace_and_controls_answer_too(place: tuple[str, str], page: Page) -> None:
    chart = live(page, place[0] + place[1])
    chart.focus()
    page.keyboard.press("Home")
    expect(said(page)).to_have_text("0.0 s: 70.0 W, 41 °C, 1,980 MHz, idle")
    page.get_by_role("button", name="forward").click()
    expect(page.get_by_role("button", name="forward")).to_have_attribute("aria-pressed", "true")
    chart = live(page, f"{place[0]}/control")
    chart.focus()
    page.keyboard.press("End")
    expect(said(page)).to_contain_text("driver 580")


def test_where_vega_does_not_come_the_drawing_stays(place: tuple[str, str], page: Page) -> None:
    page.route(
        "**/vega.min.js*", lambda route: route.fulfill(status=200, body="", content_type="text/javascript")
    )
    page.goto(place[0] + FRONT)
    expect(page.locator(".chart-tools")).to_have_count(0)
    expect(page.locator(".still .wide svg")).to_be_visible()
    assert page.locator(".live").count() == 0


def test_without_javascript_there_are_the_drawing_and_the_table(
    place: tuple[str, str], chromium: Browser
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(place[0] + FRONT)
    expect(page.locator(".still .wide svg")).to_be_visible()
    expect(page.locator(".chart-tools")).to_be_hidden()
    expect(page.get_by_role("rowheader", name="c/large")).to_be_visible()
    page.goto(place[0] + place[1])
    page.get_by_text("The figures of this chart").click()
    expect(page.get_by_role("rowheader", name="idle").first).to_be_visible()
    assert not [url for url in asked if "vega" in url or "/charts/" in url]
    context.close()
