"""What a reader's browser sees of a page: headless Chromium, a fresh profile for each look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
SLOW = {"latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8, "offline": False}
"""1.6 Mbit/s and 150 ms, as a phone on the road; its processor is four times slower."""
SLOW_CPU = 4
_ENDS_MS = 180_000

_WATCH = """
(() => {
  const seen = window.__seen = { row: null, shift: 0, y: null };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  const look = () => {
    for (const row of document.querySelectorAll("tbody tr, .virtual-row")) {
      const box = row.getBoundingClientRect();
      // A model's id in a row that takes room: what the reader came for.
      if (box.height > 4 && box.width > 50 && /\\S\\/\\S/.test(row.innerText)) {
        seen.row = performance.now();
        seen.y = box.top + scrollY;
        return;
      }
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""


@dataclass(frozen=True)
class Look:
    """One visit with an empty cache."""

    row_ms: float
    """Until the first row can be read, from the start of the navigation."""
    row_y: float
    """How far down it stands, CSS pixels."""
    transferred: int
    """Bytes, headers included."""
    scripts: int
    """Bytes of it that are JavaScript."""
    requests: int
    others: int
    """Requests to other hosts."""
    shift: float
    heap_mb: float
    nodes: int


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as started:
        made = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--enable-precise-memory-info"]
        )
        try:
            yield made
        finally:
            made.close()


def look(chromium: Browser, url: str, *, width: int = 1440, height: int = 900, slow: bool = False) -> Look:
    """Open a page once and watch it until nothing comes any more."""
    context = chromium.new_context(viewport={"width": width, "height": height})
    try:
        page = context.new_page()
        page.add_init_script(_WATCH)
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Performance.enable")
        if slow:
            session.send("Network.emulateNetworkConditions", SLOW)
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_CPU})
        kinds: dict[str, str] = {}
        hosts: dict[str, str] = {}
        sizes: dict[str, int] = {}

        def answered(told: dict[str, Any]) -> None:
            kinds[told["requestId"]] = told["type"]
            hosts[told["requestId"]] = urlsplit(told["response"]["url"]).netloc

        session.on("Network.responseReceived", answered)
        session.on(
            "Network.loadingFinished",
            lambda told: sizes.__setitem__(told["requestId"], int(told["encodedDataLength"])),
        )
        page.goto(url, wait_until="load", timeout=_ENDS_MS)
        page.wait_for_function("() => window.__seen.row !== null", timeout=_ENDS_MS)
        _settle(page)
        seen = page.evaluate("window.__seen")
        metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        host = urlsplit(url).netloc
        return Look(
            row_ms=float(seen["row"]),
            row_y=float(seen["y"]),
            transferred=sum(sizes.values()),
            scripts=sum(size for id, size in sizes.items() if kinds.get(id) == "Script"),
            requests=sum(bool(name) for name in hosts.values()),
            others=sum(bool(name) and name != host for name in hosts.values()),
            shift=float(seen["shift"]),
            heap_mb=metrics["JSHeapUsedSize"] / 1e6,
            nodes=int(page.evaluate("document.querySelectorAll('*').length")),
        )
    finally:
        context.close()


def _settle(page: Page) -> None:
    """Until the network is quiet, or half a minute: some pages never are."""
    from playwright.sync_api import TimeoutError as NeverQuiet

    try:
        page.wait_for_load_state("networkidle", timeout=30_000)
    except NeverQuiet:
        return
