"""What strangers wrote is text on every page, in a real browser: nothing runs, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from leaderboard.board.inlined import SCRIPTS, SHEETS, inlined
from tests.house import House, addresses
from tests.house.furniture import EDITION
from tests.payloads import PAYLOADS

pytestmark = pytest.mark.browser

CELL = f"{EDITION}/sentence-similarity/cpu"
ALL_ROWS = f"/?{addresses.PLACE}"

# What our own pages are made of is known: an element or an attribute that is none of it was injected.
_OURS = [inlined(name) for name in SHEETS + SCRIPTS]
_INJECTED = """(ours) => {
  const found = [];
  const isOurs = (node) => !node.attributes.length && ours.includes(node.textContent);
  const never = "iframe, object, embed, base, math, marquee, video, audio, plaintext, template, style, " +
    "foreignObject, animate, link[href*='evil'], img[src*='evil'], form[action*='evil'], meta[http-equiv]";
  const strange = (node) => { if (!isOurs(node)) found.push(node.outerHTML.slice(0, 120)); };
  for (const node of document.querySelectorAll(never)) strange(node);
  for (const node of document.querySelectorAll("script"))
    if (!node.src.startsWith(location.origin + "/static/")) strange(node);
  for (const node of document.querySelectorAll("*"))
    for (const { name, value } of node.attributes) {
      if (/^on|hx-on/.test(name)) found.push(`${name}=${value}`);
      if (/^(hx-get|hx-post|data-hx)/.test(name) && !value.startsWith("/")) found.push(`${name}=${value}`);
    }
  for (const link of document.querySelectorAll("a[href], area[href]")) {
    const where = new URL(link.getAttribute("href"), location.href);
    if (!["http:", "https:"].includes(where.protocol) || where.hostname.includes("evil"))
      found.push(link.outerHTML.slice(0, 160));
  }
  if (window.hurt || window.parent.hurt) found.push("a script of theirs ran");
  if (!document.querySelector("main#main ~ footer.foot")) found.push("a page cut short");
  return found;
}"""


@dataclass
class Watched:
    """A page, and everything on it that must not happen."""

    page: Page
    happened: list[str] = field(default_factory=list)

    def look(self, address: str) -> list[str]:
        """Open a page; what was injected into it."""
        answer = self.page.goto(address, wait_until="load")
        assert answer is not None
        assert answer.status < 400, address
        return [f"{address}: {line}" for line in self.page.evaluate(_INJECTED, _OURS)]


@pytest.fixture(scope="module")
def watched(chromium: Browser, house: House) -> Iterator[Watched]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    name, value = house.cookie
    context.add_cookies([{"name": name, "value": value, "url": house.address}])
    seen = Watched(context.new_page())
    own = urlsplit(house.address).netloc

    def asked(url: str) -> None:
        if urlsplit(url).netloc != own and not url.startswith("data:"):
            seen.happened.append(f"asked {url}")

    def said(dialog: Dialog) -> None:
        seen.happened.append(f"said {dialog.message}")
        dialog.dismiss()

    context.on("dialog", said)
    context.on("weberror", lambda error: seen.happened.append(str(error.error)))
    context.on("request", lambda request: asked(request.url))
    context.on(
        "console",
        lambda message: seen.happened.append(message.text) if message.type == "error" else None,
    )
    yield seen
    context.close()


@pytest.fixture(autouse=True)
def _nothing_happens(watched: Watched) -> Iterator[None]:
    watched.happened.clear()
    yield
    assert watched.happened == []


def test_every_page_is_as_we_made_it(house: House, watched: Watched) -> None:
    tables = addresses.pages(house.there), addresses.desk(house.there)
    found = []
    for path in addresses.all_of(*tables):
        if not path.startswith("/?q="):
            found += watched.look(house.address + path)
    assert found == []


def test_every_submission_is_as_we_made_it(house: House, watched: Watched) -> None:
    found = []
    for id in house.there.submissions:
        found += watched.look(f"{house.address}/submissions/{id}")
    assert found == []


def test_every_row_shows_its_name_as_it_was_written(house: House, watched: Watched) -> None:
    shown: list[str] = []
    found = watched.look(house.address + ALL_ROWS)
    while True:
        # Organisation and model are a link each.
        names = watched.page.locator(".board tbody th[scope=row]").evaluate_all(
            "all => all.map(head => [...head.querySelectorAll('.model')].map(a => a.textContent).join(''))"
        )
        shown += [_blank(text) for text in names]
        more = watched.page.locator("a[rel=next]")
        if not more.count():
            break
        found += watched.look(house.address + str(more.first.get_attribute("href")))
    assert found == []
    assert set(shown) >= {_blank(text) for text in PAYLOADS}


def _blank(text: str) -> str:
    """Without what HTML treats alike or drops: blanks, and the character that is none."""
    return "".join(text.replace("\x00", "").split())


def test_every_model_has_its_page(house: House, watched: Watched) -> None:
    found = []
    # Of an organisation and a name at most; no address has room for more.
    for text in [text for text in PAYLOADS if text.count("/") <= 1 and "\n" not in text][::2]:
        found += watched.look(f"{house.address}/r/{house.there.ratings[text]}")
    assert found == []


def test_what_is_searched_for_and_typed_is_text(house: House, watched: Watched) -> None:
    found = []
    for text in PAYLOADS[::2]:
        if len(text) <= 100 and text.isprintable() and text.strip():
            watched.page.goto(f"{house.address}/?q={quote(text, safe='')}", wait_until="domcontentloaded")
            expect(watched.page.get_by_role("searchbox")).to_have_value(text.strip())
            found += [f"q={text}: {line}" for line in watched.page.evaluate(_INJECTED, _OURS)]
    for text in PAYLOADS[::7]:
        query = "&".join(f"{name}={quote(text, safe='')}" for name in ("model", "note", "revision", "for"))
        found += watched.look(f"{house.address}/submit?{query}")
    assert found == []


def test_labels_opened_as_pages_run_nothing(house: House, watched: Watched) -> None:
    for text in PAYLOADS[::5]:
        watched.page.goto(f"{house.address}/label/{CELL}/{quote(text, safe='')}.svg")
        assert watched.page.evaluate("window.hurt === undefined && !document.querySelector('script')")
